"""Keys of cloud and infrastructure providers."""

from core.data.detect.rules import token

_HEX = "0f3a91c7d25b8e64"
_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"

FAMILIES = (
    token(
        "aws-key",
        "AWS access key id",
        lead=rb"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{8}",
        shape=rb"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}",
        finds=("id AK" + "IAQ3EGT7RZ2KX5WMLB", "export ID=AS" + "IAYR7XKQ2ZT5WMLB3G"),
        leaves=(
            "AK" + "IAIOSFODNN7EXAMPLE",
            "AK" + "IAQ3EGT7RZ2KX5WML",
            "AK" + "IAq3egt7rz2kx5wmlb",
        ),
    ),
    token(
        "google-key",
        "Google API key",
        lead=rb"AIza",
        shape=rb"AIza[0-9A-Za-z_\-]{35}",
        finds=("AI" + "za" + _MIX[:35],),
        leaves=("AI" + "za" + _MIX[:30], "AI" + "zaXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"),
    ),
    token(
        "google-oauth",
        "Google OAuth client secret or access token",
        lead=rb"GOCSPX-|ya29\.",
        shape=rb"GOCSPX-[0-9A-Za-z_\-]{28}|ya29\.[0-9A-Za-z_\-]{40,}",
        finds=("GOC" + "SPX-" + _MIX[:28], "ya" + "29." + _MIX),
        leaves=("GOC" + "SPX-short", "ya" + "29.short"),
    ),
    token(
        "azure-secret",
        "Azure client secret",
        lead=rb"[0-9A-Za-z_.~\-]{3}[0-9]Q~",
        shape=rb"[0-9A-Za-z_.~\-]{3}[0-9]Q~[0-9A-Za-z_.~\-]{31,34}",
        finds=("w3K8Q" + "~" + _MIX[:34],),
        leaves=("w3K8Q" + "~" + _MIX[:20], "w3KxQ~" + _MIX[:34]),
    ),
    token(
        "digitalocean-token",
        "DigitalOcean token",
        lead=rb"do[opr]_v1_",
        shape=rb"do[opr]_v1_[0-9a-f]{64}",
        finds=("do" + "p_v1_" + _HEX * 4,),
        leaves=("do" + "p_v1_" + _HEX * 3, "do" + "p_v1_" + "x" * 64),
    ),
    token(
        "databricks-token",
        "Databricks access token",
        lead=rb"dapi[0-9a-f]{8}",
        shape=rb"dapi[0-9a-f]{32}(?:-[0-9])?",
        finds=("da" + "pi" + _HEX * 2, "da" + "pi" + _HEX * 2 + "-2"),
        leaves=("da" + "pi" + _HEX, "dapixyz" + _HEX * 2),
    ),
    token(
        "vault-token",
        "HashiCorp Vault token",
        lead=rb"hv[sbr]\.",
        shape=rb"hv[sbr]\.[0-9A-Za-z_\-]{24,300}",
        finds=("hv" + "s." + _MIX + _MIX[:35], "hv" + "b.AAAA" + _MIX),
        leaves=("hv" + "s.short", "hvx." + _MIX),
    ),
    token(
        "terraform-token",
        "Terraform Cloud token",
        lead=rb"[0-9A-Za-z]{14}\.atlasv1\.",
        shape=rb"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=\-]{60,70}",
        finds=("Zk3vQ9xT1bLmW7." + "atlasv1." + _MIX + "abQ1z79",),
        leaves=("Zk3vQ9xT1bLmW7." + "atlasv1." + "short",),
    ),
    token(
        "cloud-tool-token",
        "Doppler, Pulumi, Docker Hub, Grafana, New Relic, Tailscale, PlanetScale, Supabase token",
        lead=rb"dp\.(?:pt|st|ct|sa)\.|pul-|dckr_pat_|glsa_|NRAK-|tskey-|pscale_tkn_|sbp_",
        shape=(
            rb"dp\.(?:pt|st|ct|sa)\.(?:[a-z0-9_\-]{2,35}\.)?[0-9A-Za-z]{40,44}|pul-[0-9a-f]{40}"
            rb"|dckr_pat_[0-9A-Za-z_\-]{27}|glsa_[0-9A-Za-z]{32}_[0-9a-f]{8}|NRAK-[0-9A-Z]{27}"
            rb"|tskey-(?:auth|api|client)-[0-9A-Za-z]{8,20}-[0-9A-Za-z]{20,40}"
            rb"|pscale_tkn_[0-9A-Za-z_.\-]{32,64}|sbp_[0-9a-f]{40}"
        ),
        finds=(
            "dp" + ".pt." + _MIX[:43],
            "pu" + "l-" + (_HEX * 3)[:40],
            "dck" + "r_pat_" + _MIX[:27],
            "gl" + "sa_" + _MIX[:32] + "_0f3a91c7",
            "NR" + "AK-" + "7Q2ZK9X4BM1WPR8SY3NHD6EUG5J",
            "ts" + "key-auth-kQ7x2Zt5Wm1CNTRL-" + _MIX[:32],
            "sb" + "p_" + (_HEX * 3)[:40],
        ),
        leaves=("pul-request", "NRAK-short", "tskey-auth-x"),
    ),
)
