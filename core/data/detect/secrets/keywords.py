"""Values that a word such as `password =` or `api_key:` announces."""

import base64
import binascii
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
        "Authorization: Bearer " + _MIX[:40],
        '"Authorization": "Basic c3ZjOTplVXJ1eVdyVnJNM1lTUDBV"',
        "- name: DB_PASSWORD\n  value: t9Vz!kQ2mW",
        '<add key="DbPassword" value="t9Vz!kQ2mW"/>',
        "my wifi password is t9Vz!kQ2mW now",
        "PGPASSWORD=#t9VzkQ2mW psql",
        "the api key is " + _MIX[:40] + ".",
        "Mot de passe : t9Vz!kQ2mW",
        "machine api.corp.net login bot password t9Vz!kQ2mW",
        "Das Passwort lautet t9Vz!kQ2mW.",
        "пароль: t9Vz!kQ2mW",
        "密码是t9VzkQ2mW9",
        "log in with Walnut_1987 as your password",
        "creds: admin / t9Vz!kQ2mW",
        "CREATE USER 'app' IDENTIFIED BY 't9Vz!kQ2mW';",
        "mysqldump -u backup -p't9Vz!kQ2mW' shop",
        "| user | password |\n|---|---|\n| bob | t9Vz!kQ2mW |",
        "La clé API est " + _MIX[:32],
        "storageKey: " + _MIX[:32],
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
        "Authorization: Bearer <token>",
        "Authorization: Bearer YOUR_ACCESS_TOKEN",
        "Authorization: Basic dGhpcyBpcyBqdXN0IGEgdGV4dA==",
        "the password is utf8-encoded before it is hashed",
        "the password is case-sensitive",
        "- name: LOG_LEVEL\n  value: Debug-2024",
        "password=%PASSWORD1%",
        "the password PBKDF2WithHmacSHA256 is derived from",
        "a token NEXT_TOKEN_PLACEHOLDER2 is read",
        "the primary key is customer_order_line_2024_id",
        "the password must have 8-character parts",
        "the public key is " + _MIX[:40],
        "a monkey ate t9Vz!kQ2mW",
        "key fingerprint: SHA256:" + _MIX[:43],
        "hidden password field (id=field2)",
        "Le mot de passe expire le 1er mai",
    ),
)

_NAME = re.compile(rb"([A-Za-z0-9_.\-]*[A-Za-z0-9])[ \"'`\\]{0,4}\Z")
_STRONG = re.compile(rb"(?:passwords?|passwd|passphrase|pwd|kennwort|passwort|passe)\Z")
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
    rb"|\A[a-z]+=[a-z]+\Z|\A/|\A\.|\A[0-9.:,/\-]+\Z|::|->|\A\*+"
)
_COMMON = re.compile(
    rb"(?i)\A(?:pass(?:word|wd)?|secret|changeme|admin|root|test(?:ing)?|user(?:name)?|qwerty|letmein|foo(?:bar)?"
    rb"|example|string|null|none|true|false|my[_-]?\w+|your\w*|hunter2|p[a@]ssw[o0]rd)[0-9!]{0,4}\Z"
)
_NAME_REACH = 60
_PAIR = re.compile(
    rb"(?i)(?:name|key)\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"'`]?([a-z0-9_.\-]{3,40})\\?[\"'`]?"
    rb"[\s,;]{1,20}\\?[\"'`]?value[ \"'`\\]{0,4}\Z"
)
"""The name of a pair whose value comes next, as in `- name: DB_PASSWORD` above `value:`."""
_HEADER = re.compile(
    rb"[ \t]{0,4}\\?[\"'`]?(?P<scheme>(?i:bearer|basic|token|apikey))[ \t]{1,2}"
    rb"(?P<value>[0-9A-Za-z_.~+/\-]{16,400}={0,2})(?![0-9A-Za-z_.~+/\-])"
)
_BETWEEN = b" \"'`\\"
_CLASSES = tuple(re.compile(one) for one in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[!#%^&*+?@~=$]"))
_TOLD = 3
"""Of small letters, capitals, digits and signs, how many a password has that begins with one."""
_ENDS = tuple(
    b"password passwords passwd passphrase pwd kennwort passwort passe secret token credential"
    b" credentials key authorization value".split()
)
"""How the words that announce a value end; all other words are left at once."""
_LONGEST_END = max(map(len, _ENDS))
_TOKEN_LENGTH = 16
_BLOCKING = 3.0


def find_at(text: bytes, mark: int) -> Hit | None:
    """Return the value announced by the name before a `=` or `:`."""
    before = text[max(0, mark - _NAME_REACH) : mark]
    if not before.rstrip(_BETWEEN)[-_LONGEST_END:].lower().endswith(_ENDS):
        return None
    before = before.rpartition(b"\0")[2]
    name = _NAME.search(before)
    if name is None:
        return None
    word = name.group(1).lower()
    if word.endswith(b"authorization"):
        return _credentials(text, mark)
    if word == b"value":
        pair = _PAIR.search(before)
        if pair is None:
            return None
        word = pair.group(1).lower()
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
    return _judged(text, start, end, strong=strong)


def _credentials(text: bytes, mark: int) -> Hit | None:
    """Return what an `Authorization` header carries."""
    match = _HEADER.match(text, mark + 1)
    if match is None:
        return None
    start, end = match.span("value")
    value = text[start:end]
    if match.group("scheme").lower() == b"basic" and not _user_and_password(value):
        return None
    return _judged(text, start, end, strong=False)


def _user_and_password(value: bytes) -> bool:
    """Return whether base64 holds a user and a password."""
    try:
        user, colon, password = base64.b64decode(value, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return bool(user and colon and password) and (user + password).isascii()


def _judged(text: bytes, start: int, end: int, *, strong: bool) -> Hit | None:
    """Return the hit if the value is no word, name or placeholder."""
    value = text[start:end]
    odd = strong and value[:1] in b"#%" and _classes(value.strip(b"#%")) >= _TOLD
    if is_code(value[1:] if odd else value) or is_common(value) or made_up_value(value):
        return None
    if not (_password(value) if strong else _token(value)):
        return None
    return Hit(RULE.kind, start, end, "blocker" if entropy(value) >= _BLOCKING else "review")


def _classes(value: bytes) -> int:
    """Return how many of small letters, capitals, digits and signs are in a value."""
    return sum(one.search(value) is not None for one in _CLASSES)


def is_code(value: bytes) -> bool:
    """Return whether a value is an expression, a name or a path rather than a literal."""
    return _CODE.search(value) is not None


def is_common(value: bytes) -> bool:
    """Return whether everybody writes this value where a password belongs."""
    return _COMMON.match(value) is not None


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
