"""Secrets of some thirty families, made by their issuers' descriptions and not by our patterns."""

import base64
import binascii
import json
import random
import string
from collections.abc import Callable

LETTERS = string.ascii_letters
MIXED = LETTERS + string.digits
WEB = MIXED + "-_"
HEX = "0123456789abcdef"
BASE32 = string.ascii_uppercase + "234567"
_SIXTY_TWO = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _some(rng: random.Random, alphabet: str, count: int) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _with_checksum(rng: random.Random) -> str:
    body = _some(rng, MIXED, 30)
    number, ending = binascii.crc32(body.encode()), ""
    for power in range(5, -1, -1):
        ending += _SIXTY_TWO[number // 62**power % 62]
    return body + ending


def _web64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _signed(rng: random.Random) -> str:
    head = json.dumps({"typ": "JWT", "alg": rng.choice(["RS256", "HS256", "ES256"])})
    body = json.dumps({"sub": _some(rng, string.digits, 8), "iat": rng.randint(10**9, 2 * 10**9)})
    return ".".join((_web64(head.encode()), _web64(body.encode()), _web64(rng.randbytes(32))))


def _armoured(rng: random.Random) -> str:
    kind = rng.choice(["RSA ", "EC ", "", "OPENSSH "])
    text = base64.b64encode(rng.randbytes(600)).decode()
    lines = [text[place : place + 64] for place in range(0, len(text), 64)]
    edge = "-" * 5
    return "\n".join(
        (f"{edge}BEGIN {kind}PRIVATE KEY{edge}", *lines, f"{edge}END {kind}PRIVATE KEY{edge}")
    )


def _bot(rng: random.Random) -> str:
    number = str(rng.randint(10**17, 13 * 10**17))
    return f"{_web64(number.encode())}.G{_some(rng, MIXED, 5)}.{_some(rng, WEB, 38)}"


def _upload(rng: random.Random) -> str:
    return "pypi-" + _web64(b"\x02\x01\x08pypi.org\x02\x24" + rng.randbytes(110))


def _telegram(rng: random.Random) -> str:
    return f"{rng.randint(10**8, 8 * 10**9)}:AA{_some(rng, WEB, 33)}"


def _slack(rng: random.Random) -> str:
    kind = rng.choice("bp")
    return f"xox{kind}-{rng.randint(10**11, 10**12)}-{rng.randint(10**12, 10**13)}-" + _some(
        rng, MIXED, 24
    )


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "aws-key": lambda r: "AKI" + "A" + _some(r, BASE32, 16),
    "google-key": lambda r: "AI" + "zaSy" + _some(r, WEB, 33),
    "google-oauth": lambda r: "GOCSP" + "X-" + _some(r, WEB, 28),
    "azure-secret": lambda r: _some(r, MIXED, 3) + "8Q~" + _some(r, WEB, 33) + "a",
    "digitalocean-token": lambda r: "do" + "p_v1_" + _some(r, HEX, 64),
    "databricks-token": lambda r: "da" + "pi" + _some(r, HEX, 32),
    "vault-token": lambda r: "hv" + "s.CAESI" + _some(r, WEB, 90),
    "github-token": lambda r: "gh" + r.choice("pousr") + "_" + _with_checksum(r),
    "github-fine-grained": lambda r: (
        "github_" + f"pat_11{_some(r, MIXED, 20)}_{_some(r, MIXED, 59)}"
    ),
    "gitlab-token": lambda r: "gl" + "pat-" + _some(r, WEB, 19) + "k",
    "pypi-token": _upload,
    "npm-token": lambda r: "np" + "m_" + _with_checksum(r),
    "registry-token": lambda r: "ruby" + "gems_" + _some(r, HEX, 48),
    "work-tool-token": lambda r: "li" + "n_api_" + _some(r, MIXED, 40),
    "sk-ant-key": lambda r: "sk-" + "ant-api03-" + _some(r, WEB, 93) + "AA",
    "openai-key": lambda r: r.choice(
        [
            "sk-" + _some(r, MIXED, 20) + "T3Blbk" + "FJ" + _some(r, MIXED, 20),
            "sk-" + "proj-" + _some(r, WEB, 74) + "T3Blbk" + "FJ" + _some(r, WEB, 73) + "A",
        ]
    ),
    "sk-key": lambda r: "sk-" + _some(r, HEX, 32),
    "huggingface-token": lambda r: "h" + "f_" + _some(r, LETTERS, 34),
    "groq-key": lambda r: "gs" + "k_" + _some(r, MIXED, 52),
    "model-provider-key": lambda r: "xa" + "i-" + _some(r, MIXED, 80),
    "slack-token": _slack,
    "stripe-key": lambda r: r.choice(["sk", "rk"]) + "_live_" + "51" + _some(r, MIXED, 97),
    "sendgrid-key": lambda r: "S" + "G." + _some(r, WEB, 22) + "." + _some(r, WEB, 42) + "x",
    "twilio-key": lambda r: "S" + "K" + _some(r, HEX, 32),
    "telegram-token": _telegram,
    "discord-token": _bot,
    "shopify-token": lambda r: "shp" + "at_" + _some(r, HEX, 32),
    "age-key": lambda r: "AGE-SECRET-" + "KEY-1" + _some(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "jwt": _signed,
    "private-key": _armoured,
    "webhook": lambda r: (
        "https://hooks.slack.com/"
        + f"services/T{_some(r, BASE32, 9)}/B{_some(r, BASE32, 10)}/"
        + _some(r, MIXED, 24)
    ),
    "url-password": lambda r: (
        f"postgresql://svc{r.randint(1, 9)}:{_some(r, MIXED, 14)}@db{r.randint(1, 9)}.corp.net/main"
    ),
    "keyword-secret": lambda r: (
        r.choice(["password = '%s'", "DB_PASSWORD=%s", '"client_secret": "%s"', "api_key: %s"])
        % _some(r, MIXED, 24)
    ),
}
"""One maker a family, by the name of the kind it must be found as."""
