"""Tokens of code hosts and package registries."""

from core.data.detect.rules import token
from core.data.detect.secrets.proofs import ends_in_checksum

_HEX = "0f3a91c7d25b8e64"
_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"
_BODY, _ENDING = "0123456789ABCDEFGHIJKLMNOPQRST", "4PMbyp"

FAMILIES = (
    token(
        "github-token",
        "GitHub token whose last six characters are its checksum",
        lead=rb"gh[pousr]_",
        shape=rb"gh[pousr]_[0-9A-Za-z]{36}",
        proof=ends_in_checksum,
        finds=("gh" + "p_" + _BODY + _ENDING, "token\\ngh" + "s_" + "A" * 30 + "0uCPlr"),
        leaves=("gh" + "p_" + _BODY + "4PMbyq", "gh" + "p_" + _BODY, "gh" + "p_" + "x" * 36),
    ),
    token(
        "github-fine-grained",
        "GitHub fine-grained token",
        lead=rb"github_pat_",
        shape=rb"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
        finds=("github" + "_pat_" + _MIX[:22] + "_" + _MIX[:59],),
        leaves=("github" + "_pat_" + _MIX[:22] + "_" + _MIX[:50], "github_pat_" + "x" * 82),
    ),
    token(
        "gitlab-token",
        "GitLab token",
        lead=rb"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-",
        shape=(
            rb"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[0-9A-Za-z_\-]{20,300}"
            rb"(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?"
        ),
        finds=("gl" + "pat-" + _MIX[:20], "gl" + "pat-" + _MIX[:27] + ".01.0z1abcd9f"),
        leaves=("gl" + "pat-" + _MIX[:15], "glpat-xxxxxxxxxxxxxxxxxxxx"),
    ),
    token(
        "pypi-token",
        "PyPI upload token",
        lead=rb"pypi-AgE",
        shape=rb"pypi-AgE[0-9A-Za-z_\-]{60,}",
        finds=("py" + "pi-AgEIcHlwaS5vcmc" + _MIX + _MIX[:40],),
        leaves=("py" + "pi-AgEIcHlwaS5vcmc", "pypi-some-long-project-name-of-somebody"),
    ),
    token(
        "npm-token",
        "npm token whose last six characters are its checksum",
        lead=rb"npm_",
        shape=rb"npm_[0-9A-Za-z]{36}",
        proof=ends_in_checksum,
        finds=("np" + "m_" + _BODY + _ENDING,),
        leaves=("np" + "m_" + _BODY + "4PMbyq", "npm_config_registry_of_the_company_proxy"),
    ),
    token(
        "registry-token",
        "RubyGems or crates.io publishing token",
        lead=rb"rubygems_|cio[0-9A-Za-z]{32}",
        shape=rb"rubygems_[0-9a-f]{48}|cio(?=[0-9A-Za-z]*[0-9])[0-9A-Za-z]{32}",
        finds=("ruby" + "gems_" + _HEX * 3, "ci" + "o" + _MIX[:32]),
        leaves=("rubygems_" + _HEX, "ciolinguisticsandotherwordswithoutend"),
    ),
    token(
        "work-tool-token",
        "Token of Linear, Atlassian, Notion, Figma, Postman or Sentry",
        lead=rb"lin_(?:api|oauth)_|ATATT3xFfGF0|ntn_|secret_[0-9A-Za-z]{43}|figd_|PMAK-|sntrys_",
        shape=(
            rb"lin_api_[0-9A-Za-z]{40}|lin_oauth_[0-9a-f]{64}|ATATT3xFfGF0[0-9A-Za-z_\-=]{100,220}"
            rb"|ntn_[0-9A-Za-z]{46}|secret_[0-9A-Za-z]{43}|figd_[0-9A-Za-z_\-]{40}"
            rb"|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|sntrys_[0-9A-Za-z_+/=\-]{60,400}"
        ),
        finds=(
            "li" + "n_api_" + _MIX[:40],
            "ATA" + "TT3xFfGF0" + _MIX * 2,
            "nt" + "n_" + _MIX[:46],
            "fi" + "gd_" + _MIX[:40],
            "PM" + "AK-" + (_HEX * 2)[:24] + "-" + (_HEX * 3)[:34],
        ),
        leaves=(
            "lin_api_key_of_the_team",
            "secret_of_the_long_lost_treasure_island_map",
            "figd_short",
        ),
    ),
)
