"""Private keys, signed tokens and addresses of hooks: secrets known by their structure."""

import re

from core.data.detect.rules import Rule, token
from core.data.detect.secrets.proofs import base64_json, made_up, random_looking
from core.data.detect.spans import Hit

_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"
_BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE"


def _signed(value: bytes) -> bool:
    head, body, _ = value.split(b".")
    return base64_json(head) and base64_json(body)


FAMILIES = (
    token(
        "age-key",
        "age private key",
        lead=rb"AGE-SECRET-KEY-1",
        shape=rb"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}",
        finds=("AGE-SECRET" + "-KEY-1" + _BECH32,),
        leaves=("AGE-SECRET-KEY-1" + _BECH32[:40],),
    ),
    token(
        "jwt",
        "Signed token (JWT) whose head and body are JSON",
        lead=rb"ey[IJ][0-9A-Za-z_\-]{14,}\.ey",
        shape=rb"ey[IJ][0-9A-Za-z_\-]{14,}\.ey[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{20,}",
        proof=_signed,
        finds=(
            "Bearer ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiI0MiIsIm5hbWUiOiJKbyJ9." + _MIX[:43],
        ),
        leaves=(
            "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0MiIs",
            "ey" + "JhbGciOiJIUzI1NiJQ.ey" + "JzdWIiOiI0MiIsIm5hbWUiOiJKbyJ9." + _MIX[:43],
        ),
    ),
)

PEM = Rule(
    kind="private-key",
    group="secret",
    severity="blocker",
    title="Private key in PEM armour with a body",
    finds=(
        "-----BEGIN RSA PRIV"
        + "ATE KEY-----\n"
        + _MIX
        + "\n"
        + _MIX
        + "\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIV" + "ATE KEY-----\\n" + _MIX + "\\n-----END PRIVATE KEY-----\\n",
        "-----BEGIN OPENSSH PRIV" + "ATE KEY-----\n" + _MIX,
    ),
    leaves=(
        "-----BEGIN PUBLIC KEY-----\n" + _MIX,
        "the line -----BEGIN PRIVATE KEY----- begins it",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    ),
)
PEM_ANCHOR = b"PRIVATE KEY"
_PEM = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
    rb"(?:(?:\s|\\r|\\n)+(?:[A-Za-z\-]{3,20}: [^\r\n\\\0]{1,80}))*"
    rb"(?:\s|\\r|\\n)*([A-Za-z0-9+/=]{24,})"
    rb"(?:[A-Za-z0-9+/=\s]|\\[rn])*"
    rb"(?:-----END (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----)?"
)
_PEM_HEAD = 44

URL = Rule(
    kind="url-password",
    group="secret",
    severity="blocker",
    title="Address with a password in it",
    finds=(
        "postgres://app:t9" + "Zk3vQ9x@db.corp.io:5432/main",
        "https://deploy:" + "hunter2%21@git.corp.io/x.git",
        "redis://:" + "p4ssw0rdlong@cache:6379/0",
    ),
    leaves=(
        "postgres://user:password@localhost/db",
        "https://user:pass@example.com/",
        "http://host:8080/@name",
        "https://${USER}:${PASSWORD}@host.io",
        "ftp://<user>:<pw>@host.io",
        "scheme://user:xxxxx@host.io",
    ),
)
_URL = re.compile(
    rb"://([^\s\0/?#@:\"'<>`\\]{0,64}):([^\s\0/?#@\"'<>`\\]{3,128})@([A-Za-z0-9\[][A-Za-z0-9.\-:\]_]{2,})"
)
_ALONE = re.compile(rb"://([0-9A-Za-z_+=.~-]{16,128})@([A-Za-z0-9][A-Za-z0-9.\-:_]{2,})")
"""A token in the place of the user, as in addresses to clone from or to report errors to."""
_FILLED_IN = re.compile(rb"[{}()\[\]]|\A[$%]|\*{2}|%s")
_PLAIN_WORDS = re.compile(
    rb"(?i)(?:pass(?:word|wd|phrase)?|pwd?|pw|secret|token|key|user(?:name)?|my-?pass(?:word)?|"
    rb"api[_-]?key|changeme|admin|root|test|foo|bar|baz|guest|postgres|mysql|redis|hunter2|"
    rb"p(?:ass)?w(?:or)?d[0-9]{0,3}|x+|secret[0-9]{0,3}|credentials?|auth)\Z"
)

HOOK = Rule(
    kind="webhook",
    group="secret",
    severity="blocker",
    title="Address of a Slack, Discord or Teams hook, which lets anybody post",
    finds=(
        "https://hooks.slack.com/" + "services/T02K7QZ9X/B03M8RY1W/" + _MIX[:24],
        "https://discord.com/" + "api/webhooks/1087654321098765432/" + _MIX + "abcdQ9xT",
    ),
    leaves=(
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
        "https://discord.com/api/webhooks/",
        "https://hooks.slack.com/services/T02K7QZ9X/B03M8RY1W/short",
    ),
)
_HOOK = re.compile(
    rb"://(?:hooks\.slack\.com/(?:services|workflows)/[A-Z0-9]{8,14}/[A-Z0-9]{8,14}/[0-9A-Za-z]{20,32}"
    rb"|(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{17,20}/[0-9A-Za-z_\-]{60,80})"
    rb"(?![0-9A-Za-z])"
)


def find_pem(text: bytes, anchor: int) -> Hit | None:
    """Return the private key whose armour names it here."""
    begin = text.rfind(b"-----BEGIN ", max(0, anchor - _PEM_HEAD), anchor)
    match = _PEM.match(text, begin) if begin >= 0 else None
    if match is None:
        return None
    return Hit(PEM.kind, match.start(), match.end(), "blocker")


def find_in_url(text: bytes, mark: int) -> Hit | None:
    """Return the password or the hook in the address whose `://` stands here."""
    hook = _HOOK.match(text, mark)
    if hook is not None:
        return None if made_up(hook.group()[-24:]) else Hit(HOOK.kind, *hook.span(), "blocker")
    match = _URL.match(text, mark)
    if match is None:
        alone = _ALONE.match(text, mark)
        if alone is None or made_up(alone[1]) or not random_looking(alone[1]):
            return None
        return None if _of_documentation(alone[2]) else Hit(URL.kind, *alone.span(1), "blocker")
    user, password, host = match.groups()
    if _PLAIN_WORDS.match(password) or password == user or _FILLED_IN.search(password):
        return None
    if _of_documentation(host) or b"..." in password:
        return None
    return Hit(URL.kind, match.start(2), match.end(2), "blocker")


def _of_documentation(host: bytes) -> bool:
    """Return whether a host is one of documentation."""
    return host.lower().startswith((b"example.", b"host.example")) or b".example." in host.lower()
