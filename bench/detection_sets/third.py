"""A third set of secrets: other places to stand in, other ways to be torn, other issuers.

Tokens of issuers that have a rule are mostly of other kinds and lengths than in the first two
sets, and torn at any place; those of issuers without a rule stand behind words that announce them.
Faults it showed were mended since: tokens torn by a carriage return, values in sentences, headers
and pairs of name and value, and passwords that begin with a sign.
"""

import base64
import json
import random
import string
import uuid
from collections.abc import Callable

from bench.detection_sets.phrases import Planted
from bench.detection_sets.tokens import BASE32, HEX, MAKERS, MIXED, WEB

_HIDDEN = ("\u200b", "\u2060", "\u00ad", "\ufeff")
_BREAKS = ("\n", "\r\n", "\\n", "\\r\\n")
_AROUND = (
    "<input type='hidden' name='auth' value='{}'/>",
    "INSERT INTO creds VALUES (7, '{}', now());",
    "ENV UPSTREAM {}",
    "- [my link](https://api.corp.net/v2/items?auth={})",
    "#!/bin/sh\nexec worker --auth {} --loud",
    'conn = Client("{}", timeout=3)',
    "{{'headers': {{'X-Auth': '{}'}}}}",
    "// left here by mistake: {}",
    "<auth>{}</auth>",
    "val auth: String = `{}`;",
    "(was {}, is revoked?)",
    "{} <- does this still work",
    "auth\t{}\tprod",
    "$h = @{{ Auth = '{}' }}",
)


def _some(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


_OTHER_KINDS: dict[str, Callable[[random.Random], str]] = {
    "aws-key": lambda r: "ASI" + "A" + _some(r, BASE32, 16),
    "slack-token": lambda r: (
        "xo"
        + f"xp-{r.randint(10**10, 10**11)}-{r.randint(10**11, 10**12)}"
        + f"-{r.randint(10**12, 10**13)}-"
        + _some(r, HEX, 32)
    ),
    "stripe-key": lambda r: r.choice(["sk", "rk"]) + "_live_" + _some(r, MIXED, 24),
    "sk-key": lambda r: "sk-" + "or-v1-" + _some(r, HEX, 64),
    "openai-key": lambda r: "sk-" + "svcacct-" + _some(r, WEB, 70) + "B",
    "vault-token": lambda r: "hv" + "b.AAAAAQ" + _some(r, WEB, 120),
    "shopify-token": lambda r: "shp" + r.choice(["ca", "pa", "ss"]) + "_" + _some(r, HEX, 32),
    "digitalocean-token": lambda r: "do" + r.choice("or") + "_v1_" + _some(r, HEX, 64),
    "mail-service-key": lambda r: r.choice(["ke" + "y-{}", "{}-us" + str(r.randint(1, 21))]).format(
        _some(r, HEX, 32)
    ),
    "model-provider-key": lambda r: r.choice(
        [
            "ppl" + "x-" + _some(r, MIXED, 48),
            "r" + "8_" + _some(r, MIXED, 37),
            "nva" + "pi-" + _some(r, WEB, 63) + "Q",
            "ls" + "v2_pt_" + _some(r, HEX, 32) + "_" + _some(r, HEX, 10),
        ]
    ),
    "jwt": lambda r: ".".join(
        (
            _web64({"alg": "EdDSA", "kid": _some(r, MIXED, 8)}),
            _web64(
                {"iss": "https://id.corp.net", "exp": r.randint(10**9, 2 * 10**9), "scope": ["a"]}
            ),
            _some(r, WEB, 85) + "A",
        )
    ),
    **{
        kind: MAKERS[kind]
        for kind in ("github-token", "gitlab-token", "npm-token", "google-key", "telegram-token")
    },
    **{kind: MAKERS[kind] for kind in ("discord-token", "twilio-key", "sendgrid-key")},
    **{kind: MAKERS[kind] for kind in ("huggingface-token", "groq-key", "age-key")},
}
"""Tokens of issuers that have a rule, mostly of a kind that the first two sets do not hold."""
_NAMED: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("DATADOG_API_KEY=%s", lambda r: _some(r, HEX, 32)),
    ("FIGMA_TOKEN=%s", lambda r: "figd_" + _some(r, WEB, 39) + "7"),
    ("NOTION_TOKEN: %s", lambda r: "secret_" + _some(r, MIXED, 43)),
    ("HEROKU_API_KEY=%s", lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4))),
    ('"sentryAuthToken": "%s"', lambda r: _some(r, HEX, 64)),
    ("ALGOLIA_ADMIN_API_KEY: '%s'", lambda r: _some(r, HEX, 32)),
    ("CLOUDFLARE_API_TOKEN=%s", lambda r: _some(r, WEB, 39) + "x"),
    ('mapboxSecretKey = "%s"', lambda r: "sk.ey" + _some(r, MIXED, 60) + "." + _some(r, WEB, 22)),
    ("spring.datasource.password=%s", lambda r: _password(r)),
    ('<add key="DbPassword" value="%s"/>', lambda r: _password(r)),
    ("PGPASSWORD=%s psql -h db", lambda r: _password(r)),
    ("mysql -u root --password=%s", lambda r: _password(r)),
    ("Authorization: Bearer %s", lambda r: _some(r, WEB, 43) + "9"),
    ("Authorization: Basic %s", lambda r: _basic(r)),
    ("my wifi password is %s ok", lambda r: _password(r)),
    ("redis://:%s@cache.corp.net:6379/0", lambda r: _some(r, MIXED, 20)),
)
"""Values of issuers that have no rule of their own, with the words that announce them."""


def _web64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _password(rng: random.Random) -> str:
    signs = (
        _some(rng, "!#%+?~", 2) + _some(rng, string.digits, 2) + _some(rng, string.ascii_letters, 9)
    )
    return "".join(rng.sample(signs, len(signs)))


def _basic(rng: random.Random) -> str:
    said = f"svc{rng.randint(1, 99)}:{_some(rng, MIXED, 16)}"
    return base64.b64encode(said.encode()).decode()


KNOWN = tuple(_OTHER_KINDS)
"""Kinds whose issuers have a rule."""
ANNOUNCED = tuple(words for words, _ in _NAMED)
"""Lines whose values are known only by the words before them."""


def known(kind: str, count: int, seed: int) -> list[Planted]:
    """Return rows with one token each, every third torn at any place or holding hidden signs."""
    rng = random.Random(f"third{kind}{seed}")
    made = []
    for _ in range(count):
        value = _OTHER_KINDS[kind](rng)
        if rng.random() < 1 / 3:
            cut = rng.randint(1, len(value) - 1)
            value = value[:cut] + rng.choice(_HIDDEN + _BREAKS) + value[cut:]
        made.append(Planted(rng.choice(_AROUND).format(value), ((kind, value),)))
    return made


def announced(words: str, count: int, seed: int) -> list[Planted]:
    """Return lines that announce one value each."""
    rng = random.Random(f"third{words}{seed}")
    make = dict(_NAMED)[words]
    made = []
    for _ in range(count):
        value = make(rng)
        made.append(Planted(f"Look at this:\n{words % value}\nthanks", ((words, value),)))
    return made
