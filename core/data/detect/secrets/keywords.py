"""Values that a word such as `password =` or `api_key:` announces."""

import re

from core.data.detect.rules import Rule
from core.data.detect.secrets.proofs import entropy, made_up, random_looking
from core.data.detect.spans import Hit

_MIX = "Zk3vQ9xT1bLmW7pRsY2nHdE8uGcJ4aFo6KiV5tXeB0wDyMqNfUhSgPlCrOjA"

RULE = Rule(
    kind="keyword-secret",
    group="secret",
    severity="blocker",
    title="Value after password, secret, token or key that is no word, name or placeholder",
    finds=(
        'password = "t9Vz!kQ2mW"',
        "DB_PASSWORD=n7Gh2kLq9Z",
        '{\\"api_key\\": \\"' + _MIX[:32] + '\\"}',
        "aws_secret_access_key = " + _MIX[:40],
        "AccountKey=" + _MIX + "q9Zt4b7KxW1mQ8rY2vT5cN==",
        "client_secret: '" + _MIX[:24] + "'",
        "Password: Sommer2024!",
        "?access_token=" + _MIX[:40] + "&x=1",
    ),
    leaves=(
        'password = os.environ["DB"]',
        "${TOKEN}",
        "password: str",
        "token = next_token",
        "password = 'password'",
        "secret: the recipe",
        "api_key=YOUR_API_KEY",
        "key=lambda x: x[1]",
        "token: 42",
        "password = getpass.getpass()",
        "password=<password>",
        "reset password: open Settings",
        'password="{{ vault.db }}"',
        "sort_key = user2_name",
    ),
)

_NAME = re.compile(rb"([A-Za-z0-9_.\-]*[A-Za-z0-9])[ \"'`\\]{0,4}\Z")
_STRONG = re.compile(rb"(?:passwords?|passwd|passphrase|pwd|kennwort|passwort)\Z")
_WEAK = re.compile(
    rb"(?:secret|token|credentials?|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|secret[_-]?key"
    rb"|private[_-]?key|auth[_-]?key|account[_-]?key|accesskey|signing[_-]?key|encryption[_-]?key"
    rb"|master[_-]?key|service[_-]?key|license[_-]?key|shared[_-]?key|app[_-]?key|client[_-]?key"
    rb"|subscription[_-]?key|aws[_-]?key|webhook[_-]?secret)\Z"
)
_VALUE = re.compile(
    rb"[=>]?[ \t]{0,4}(?:\\?(?P<quote>[\"'`])(?P<quoted>[^\s\0\"'`\\]{6,200})\\?(?P=quote)"
    rb"|(?P<bare>[^\s\0\"'`\\,;&<>(){}\[\]|]{6,200})(?P<after>[(\[{]?))"
)
_CODE = re.compile(
    rb"\A[$%@<{#]|\$\{|\{\{|%\(|\$\(|\A(?:os|self|process|env|config|settings|request|req|args|ctx|this)\."
    rb"|\A[A-Za-z_]+\.[A-Za-z_.]+\Z|\A[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z|://|\A[A-Za-z_]+[0-9]{0,2}\Z"
    rb"|\A/|\A\.|\A[0-9.:,/\-]+\Z|::|->|\A\*+"
)
_COMMON = re.compile(
    rb"(?i)\A(?:pass(?:word|wd)?|secret|changeme|admin|root|test(?:ing)?|user(?:name)?|qwerty|letmein|foo(?:bar)?"
    rb"|example|string|null|none|true|false|my[_-]?\w+|your\w*|hunter2|p[a@]ssw[o0]rd)[0-9!]{0,4}\Z"
)
_NAME_REACH = 60
_TOKEN_LENGTH = 16
_BLOCKING = 3.0


def find_at(text: bytes, mark: int) -> Hit | None:
    """Return the value announced by the name before a `=` or `:`."""
    name = _NAME.search(text[max(0, mark - _NAME_REACH) : mark].rpartition(b"\0")[2])
    if name is None:
        return None
    word = name.group(1).lower()
    strong = _STRONG.search(word) is not None
    if not strong and _WEAK.search(word) is None:
        return None
    match = _VALUE.match(text, mark + 1)
    if match is None or match.group("after"):
        return None
    group = "quoted" if match.group("quoted") is not None else "bare"
    start, end = match.span(group)
    if group == "bare":
        while text[end - 1] in b".!?:" and end > start and not (strong and text[end - 1] == 33):
            end -= 1
    value = text[start:end]
    if _CODE.search(value) or _COMMON.match(value) or made_up_value(value):
        return None
    if not (_password(value) if strong else _token(value)):
        return None
    return Hit(RULE.kind, start, end, "blocker" if entropy(value) >= _BLOCKING else "review")


def made_up_value(value: bytes) -> bool:
    """Return whether a value is a placeholder; a short password may repeat signs."""
    return made_up(value) if len(value) >= _TOKEN_LENGTH else made_up(value + b"0aB!9zQ7")


def _password(value: bytes) -> bool:
    """Return whether a person or a generator may have chosen this password."""
    digits = any(48 <= byte <= 57 for byte in value)
    letters = any(65 <= byte <= 90 or 97 <= byte <= 122 for byte in value)
    signs = any(byte in b"!#%^&*+?@~=$" for byte in value)
    return letters and (digits or signs) and len(set(value)) >= 5


def _token(value: bytes) -> bool:
    """Return whether a generator made this value."""
    return len(value) >= _TOKEN_LENGTH and random_looking(value)
