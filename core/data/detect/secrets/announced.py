"""Values that a word announces, in sentences, settings and commands of several languages.

Looked at from the value: a gate names every word in which a digit stands beside a letter or a sign,
and only what stands around such a word is read for words that announce it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from core.data.detect.secrets.keywords import RULE, is_code, is_common, made_up_value
from core.data.detect.secrets.proofs import entropy, random_looking
from core.data.detect.spans import Hit

_BEFORE: Final = 72
_AFTER: Final = 40
_LONGEST: Final = 200
_SHORTEST: Final = 6
_LEAST_KEY: Final = 16
_BLOCKING: Final = 3.0


def _nouns(*stems: str) -> re.Pattern[bytes]:
    """Return a pattern of small letters; every branch begins with a sign, which makes it fast."""
    return re.compile("|".join(stems).encode())


_PASSWORD: Final = _nouns(
    *(
        "passe?(?:word|wort|phrase|code|wd|ord)?s?",
        "kennwort",
        "wachtwoord",
        "pwd",
        "psk",
        "pw",
        "mdp",
    ),
    *("contrase(?:ñ|n)a", "clave", "senha", "parola(?: d'ordine)?", "l(?:ö|o)senord", "salasana"),
    *("adgangskode", "heslo", "has(?:ł|l)(?:o|a)", "jelsz(?:ó|o)", "lozinka", "kata sandi"),
    *("şifre(?:si|niz)?", "Şifre(?:si|niz)?", "sifre", "mật khẩu", "Mật khẩu"),
    *("парол(?:ь|я|ем)", "Парол(?:ь|я|ем)", "κωδικ(?:ός|ο)", "Κωδικ(?:ός|ο)"),
    *("密码", "密碼", "口令", "パスワード", "비밀번호", "암호", "رمز(?: عبور| المرور)?"),
    *("كلمة (?:السر|المرور)", "סיסמ(?:ה|א)", "पासवर्ड"),
)
_KEY: Final = _nouns(
    *("keys?", "tokens?", "secrets?", "schl(?:ü|ue)ssel", "clé", "clave", "chave", "chiave"),
    *("sleutel", "klucz", "nyckel", "n(?:ø|o)kkel", "kulcs", "kl(?:í|i)č", "jeton"),
    *(
        "auth",
        "pepper",
        "bearer",
        "anahtar(?:ı|i)?",
        "ключ",
        "Ключ",
        "токен",
        "Токен",
        "κλειδί",
        "credentials?",
    ),
    *("密钥", "密鑰", "令牌", "キー", "トークン", "키", "토큰", "مفتاح", "מפתח"),
)
_LOGIN: Final = _nouns(
    *("credentials?", "creds?", "log-?in(?:-daten)?", "zugangsdaten", "identifiants"),
    *("credenciales", "credenziali", "anmeldedaten"),
)
_CODE_TO: Final = _nouns(
    *(f"{one}[ -]?codes?" for one in ("unlock", "access", "security", "door", "gate", "alarm")),
    *(f"{one}[ -]?codes?" for one in ("recovery", "backup", "entry", "pin")),
)
_COMMANDS: Final = _nouns(
    *("identified by", "requirepass", "sshpass -p", r"mysql[a-z]{0,6}[^\n\0]{1,40} -p"),
    r"(?:ldap[a-z]+|redis-cli|mongo[a-z]*|sqlcmd|rdesktop) [^\n\0]{0,50}-[pwa]",
    r"(?:docker|podman) login[^\n\0]{1,50} -p",
    *(r"smbclient [^\n\0]{1,40}%", r"(?:key|store)pass"),
    *(r"curl [^\n\0]{0,40}(?:-u|--user)[ =]?[^\s:\0]{1,30}:", r"/user:\S{1,40}"),
    *("password from", r"net user \S{1,40}", r"networkcredential\([^,\n]{1,40}, ?"),
    r"getconnection\([^,\n]{1,60},[^,\n]{1,40}, ?",
    *(r"echo [\"']?[a-z]{2,20}:",),
)
_SIGN: Final = (
    rb"(?:_(?:base|value|prod|dev|live|[0-9]))?[\"'`*_)\]}]{0,4}(?:[ \t][^\s\0.!?;:=,(]{1,20}){0,4}[ \t]{0,4}"
    rb"(?:=>|->|:=|=|:|\xef\xbc\x9a|>)[ \t]{0,4}"
    rb"(?:\s{0,12}value[\"']?[ \t]?[:=][ \t]?)?(?:(?i:old|new|live|prod|test|bearer|basic|is) )?"
)
_TYPED: Final = rb"[ \t]?:[ \t]?&?[A-Za-z]{1,12}[ \t]?=[ \t]?"
_VERB: Final = (
    rb"(?:'s|[\"'`*_)\]}]{0,4}(?:[ \t][^\s\0.!?;:=]{1,20}){0,4}?[ \t]?"
    + "(?:(?<![a-z])(?:is|was|ist|lautet|war|est|es|era|fue|é|è|adalah|to|auf|je|on|är|er)".encode()
    + "|は|是|为|為|는|은|이))".encode()
    + rb"(?:[ \t](?:now|still|just|currently|jetzt|noch|maintenant|ahora|agora))?[ \t:]{0,3}"
)
_ADJACENT: Final = rb"[\"'`]?,?[ \t]\(?|\((?=[\"'])"
_USER: Final = (
    rb"(?:[ \t]?[:=]|[ \t](?:is|are|with|as|mit|sind|con|avec))[ \t][\w.@-]{2,30}"
    rb"(?:[ \t]?[:/|][ \t]?|,?[ \t](?:and|und|y|et|e)[ \t])"
)
_LOOSE: Final = rb"(?:[ \t][^\s\0.!?;:=,]{1,16}){1,3}[ \t]\(?"
_OPEN: Final = rb"(?:[bru@]{0,2}[\"'`]|\*\*)?"
_VALUE: Final = rb"(?P<value>[!#-&*+\--;=?-Z^-z~]{6,200})"
_SIGNED, _ASSIGNED, _VERBAL, _NEXT, _FURTHER, _DIRECT, _AFTER_USER = (
    re.compile(b"(?:%b)%b%b" % (link, _OPEN, _VALUE))
    for link in (_SIGN, _TYPED, _VERB, _ADJACENT, _LOOSE, rb"[ \t]?", _USER)
)
_LINKS: Final = (_SIGNED, _ASSIGNED, _VERBAL, _NEXT, _FURTHER)
_WORD_AT: Final = re.compile(rb"[!#-&*+\--;=?-Z^-z~]{6,200}")
_IN_WORD: Final = frozenset(
    b"!#$%&*+-./0123456789:;=?@^_~" + bytes(range(65, 91)) + bytes(range(97, 123))
)
_TABLE: Final = 2_000
"""How far above a row the heading of its table may stand."""
_BEHIND: Final = re.compile(
    rb"(?i)\A[!?.\"'`)\]]{0,3}[,;]?[ \t]{0,2}"
    rb"(?://|#|--|as|for|als|como|comme|is|when|if|where)[ \t]"
    rb"(?:[a-z]{1,8}[ \t]){0,5}?"
    rb"(?:(?P<password>pass(?:word|code|phrase|wort)|kennwort|contrase\xc3\xb1a|senha)"
    rb"|(?P<key>(?:api|access|secret|auth)?[ _-]?(?:key|token|secret)))\b"
)
_JOINED: Final = re.compile(
    rb"(?:api|access|secret|private|auth|account|master|licen[cs]e|app|client|signing|encryption|db"
    rb"|user|smtp|mail|root|admin|my|old|new|wifi|ftp|ssh|bearer|session|refresh|bot|web|aws|shared|with|from|set|use|get|of)\Z"
)
"""What stands before the noun in names such as `apiKey` and `dbPassword`."""
_PUBLIC: Final = re.compile(
    rb"(?i)(?:public|primary|foreign|sort|cache|partition|idempotency|object|hash|index|row|host"
    rb"|partial|composite|natural|surrogate|unique|dict(?:ionary)?|sha\d*|fingerprint)[ _-]?\Z"
)
_TERM: Final = re.compile(
    rb"(?i)(?<![a-z0-9])(?:utf|sha|md|aes|rsa|base|pbkdf|oauth|argon|crypt|x[.]?5|ipv|http|tls|ssl|ntlm|win|python"
    rb"|iso|rfc|cp|latin|unicode|ucs|crc|des|hmac|ed|pkcs|web|fido|radius|top|otp|level|version|v"
    rb"|pep|bpo|gh|issue|bug|step|item|user|test|arg|param|field|line|row|col|page|day|week|phase"
    rb"|error|code|http_?|foo|bar|spam|eggs|host|node|server|db)[-_]?[0-9]"
    rb"|\A[0-9]+[-_.]?(?-i:[a-z]{1,12})(?:[-_][a-z]+)*\Z|\A[0-9][0-9.,:/_x%-]*[a-z]{0,3}\Z"
)
"""Terms of the trade and counts: `utf8-encoded`, `sha256`, `8-character`, `2nd`."""
_NUMBERED: Final = re.compile(rb"\A[A-Za-z_]+[0-9]{1,2}\Z")
"""May be a name in code; where words speak of a password it is none."""
_LETTER: Final = re.compile(rb"[A-Za-z]")
_CLASSES: Final = tuple(
    re.compile(one) for one in (rb"[a-z]", rb"[A-Z]", rb"[0-9]", rb"[!#%^&*+?@~=$_.-]")
)
_LABELLED: Final = re.compile(rb"\A(?:(?i:sha|md5)[0-9-]*[:=-]|[A-Za-z_]{1,12}=[^=]|.*&#[0-9])")
"""A digest, or a pair of its own, as in `(id=field2)`."""
_UUID: Final = re.compile(rb"(?i)\A[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_MARKS: Final = b".,:;?*"


def find(text: bytes, places: Iterable[int]) -> Iterator[Hit]:
    """Yield the announced values of a block, given the places that the gate named, in order."""
    done = 0
    for place in places:
        if place < done:
            continue
        begin = text.rfind(b"\0", max(0, place - _BEFORE), place) + 1 or max(0, place - _BEFORE)
        hit = (
            _announced(text, begin, place) or _announced_behind(text, place) or _headed(text, place)
        )
        if hit is not None:
            done = hit.end
            yield hit


def _announced(text: bytes, begin: int, place: int) -> Hit | None:
    """Return the value around a place that words before it announce."""
    stop = text.find(b"\0", place, place + _LONGEST)
    window = text[begin : stop if stop >= 0 else place + _LONGEST]
    at = place - begin
    lower = window[: at + 1].lower()
    for nouns, links, convinces in _WAYS:
        for noun in nouns.finditer(lower):
            if nouns is not _COMMANDS and _other_word(window, noun.start()):
                continue
            for link in links:
                value = _behind(link, window, noun.end(), at)
                if value is None or (link is _NEXT and _NUMBERED.match(value.text)):
                    continue
                if convinces(value.text, clear=link is not _FURTHER):
                    return _hit(begin + value.start, value.text)
    return None


class _Value(NamedTuple):
    """A value in a window."""

    start: int
    text: bytes


def _behind(pattern: re.Pattern[bytes], window: bytes, end: int, at: int) -> _Value | None:
    """Return the value that follows a noun, if it is the one around a place."""
    match = pattern.match(window, end)
    if match is None or not match.start("value") <= at < match.end("value"):
        return None
    return _Value(match.start("value"), match["value"].rstrip(_MARKS))


def _other_word(window: bytes, start: int) -> bool:
    """Return whether what stands before a noun makes another of it: `monkey`, `public key`."""
    before = window[:start]
    if _PUBLIC.search(before) is not None:
        return True
    camel = before[-1:].islower() and window[start : start + 1].isupper()
    return before[-1:].isalpha() and not camel and _JOINED.search(before.lower()) is None


def _announced_behind(text: bytes, place: int) -> Hit | None:
    """Return the value around a place that words behind it announce."""
    match = _WORD_AT.match(text, _word_start(text, place))
    if match is None:
        return None
    value = match.group().rstrip(_MARKS)
    end = match.start() + len(value)
    said = _BEHIND.match(text[end : end + _AFTER].partition(b"\0")[0])
    if said is None:
        return None
    if said["password"] is not None:
        return _hit(match.start(), value) if _password(value, clear=True) else None
    return _hit(match.start(), value) if _generated(value, clear=True) else None


def _headed(text: bytes, place: int) -> Hit | None:
    """Return the value around a place in a table whose heading announces it."""
    begin = max(text.rfind(b"\n", 0, place), text.rfind(b"\0", 0, place)) + 1
    sign = next((one for one in (b"|", b",", b"\t", b";") if one in text[begin:place]), None)
    value = _WORD_AT.match(text, _word_start(text, place))
    if sign is None or value is None:
        return None
    cell = text.count(sign, begin, place)
    above = text[max(0, begin - _TABLE) : max(0, begin - 1)].rpartition(b"\0")[2].split(b"\n")
    head = b""
    for row in reversed(above):
        if row.count(sign) < cell:
            break
        head = row
    cells = [one.strip(b' \t\r"*') for one in head.lower().split(sign)]
    if cell >= len(cells):
        return None
    said = value.group().rstrip(_MARKS)
    for nouns, _, convinces in (_WAYS[1], _WAYS[-1]):
        if nouns.fullmatch(cells[cell]) is not None and convinces(said, clear=True):
            return _hit(value.start(), said)
    return None


def _word_start(text: bytes, place: int) -> int:
    """Return where the word around a place begins."""
    while place and text[place - 1] in _IN_WORD:
        place -= 1
    return place


def _hit(start: int, value: bytes) -> Hit:
    """Return the hit of a value."""
    end = start + len(value)
    return Hit(RULE.kind, start, end, "blocker" if entropy(value) >= _BLOCKING else "review")


def _password(value: bytes, *, clear: bool) -> bool:
    """Return whether somebody may have chosen this password; unclear words need a stronger one."""
    if len(value) < _SHORTEST or len(set(value)) < 5 or _LETTER.search(value) is None:
        return False
    if is_common(value) or made_up_value(value) or value.count(b"/") > 1 or b"&#" in value:
        return False
    if _LABELLED.match(value):
        return False
    classes = sum(one.search(value) is not None for one in _CLASSES)
    if value[:1] == value[-1:] == b"%" or (
        is_code(value.lstrip(b"#%$@*") or value) and not (clear and _NUMBERED.search(value))
    ):
        return False
    if _TERM.search(value) and classes < 4:
        return False
    return classes >= (2 if clear else 3)


def _generated(value: bytes, *, clear: bool) -> bool:
    """Return whether a generator made this key, however it is announced."""
    if len(value) < _LEAST_KEY or made_up_value(value) or _LABELLED.match(value):
        return False
    if _UUID.match(value):
        return clear
    parts = value.split(b".")
    if len(parts) > 1 and not any(len(one) >= _LEAST_KEY and random_looking(one) for one in parts):
        return False
    return random_looking(value) and (value[:1] == b"/" or not is_code(value))


_WAYS: Final = (
    (_COMMANDS, (_DIRECT,), _password),
    (_PASSWORD, _LINKS, _password),
    (_LOGIN, (_AFTER_USER,), _password),
    (_CODE_TO, (_SIGNED, _VERBAL), _password),
    (_KEY, _LINKS, _generated),
)
"""Nouns, what may stand between them and a value, and what convinces of it."""
