"""The words that announce a secret, and what may stand between them and it.

Passwords, keys and log-ins in the words of some twenty languages, and the commands and calls that
take a password without naming it.
"""

import re
from typing import Final


def _nouns(*stems: str) -> re.Pattern[bytes]:
    """Return a pattern of small letters; every branch begins with a sign, which makes it fast."""
    return re.compile("|".join(stems).encode())


PASSWORD: Final = _nouns(
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
    *("şifre(?:si|niz|miz|m|n)?", "Şifre(?:si|niz|miz|m|n)?", "sifre", "mật khẩu", "Mật khẩu"),
    *("парол(?:ь|я|ем)", "Парол(?:ь|я|ем)", "κωδικ(?:ός|ο)", "Κωδικ(?:ός|ο)"),
    *("密码", "密碼", "口令", "パスワード", "비밀번호", "비번", "암호", "رمز(?: عبور| المرور)?"),
    *("كلمة (?:السر|المرور)", "סיסמ(?:ה|א)", "पासवर्ड"),
)
KEY: Final = _nouns(
    *("keys?", "tokens?", "secrets?", "schl(?:ü|ue)ssel", "clé", "clave", "chave", "chiave"),
    *("sleutel", "klucz", "nyckel", "n(?:ø|o)kkel", "kulcs", "kl(?:í|i)č", "jeton"),
    *(
        "auth",
        "licen[cs]e",
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
LOGIN: Final = _nouns(
    *("credentials?", "creds?", "log-?in(?:-daten)?", "zugangsdaten", "identifiants"),
    *("credenciales", "credenziali", "anmeldedaten"),
)
CODE_TO: Final = _nouns(
    *(f"{one}[ -]?codes?" for one in ("unlock", "access", "security", "door", "gate", "alarm")),
    *(f"{one}[ -]?codes?" for one in ("recovery", "backup", "entry", "pin")),
)
COMMANDS: Final = _nouns(
    *("identified by", "requirepass", "sshpass -p", r"mysql[a-z]{0,6}[^\n\0]{1,40} -p"),
    r"(?:ldap[a-z]+|redis-cli|mongo[a-z]*|sqlcmd|rdesktop) [^\n\0]{0,50}-[pwa]",
    r"(?:docker|podman) login[^\n\0]{1,50} -p",
    *(r"smbclient [^\n\0]{1,40}%", r"(?:key|store)pass"),
    *(r"curl [^\n\0]{0,40}(?:-u|--user)[ =]?[^\s:\0]{1,30}:", r"/user:[^\s\0]{1,40}"),
    *("password from", r"net user [^\s\0]{1,40}", r"networkcredential\([^,\n\0]{1,40}, ?"),
    r"getconnection\([^,\n\0]{1,60},[^,\n\0]{1,40}, ?",
    *(r"echo [\"']?[a-z]{2,20}:", r"auth=\([^,\n\0]{1,40}, ?"),
)
FLAGS: Final = _nouns(r"[ \t]-p(?=[^ \t-])", r"[ \t]-p[ \t](?=[^ \t-])")
_SIGN: Final = (
    rb"(?:_(?:base|value|prod|dev|live|[0-9]))?[\"'`*_)\]}]{0,4}"
    rb"(?:[ \t][^\s\0.!?;:=,(]{1,20}){0,4}[ \t]{0,4}"
    rb"(?:=>|->|:=|=|:|\xef\xbc\x9a|>|\||\xe2\x80\x94|\xe2\x80\x93)[ \t]{0,4}"
    rb"(?:\s{0,12}value[\"']?[ \t]?[:=][ \t]?)?(?:(?i:old|new|live|prod|test|bearer|basic|is) )?"
)
_TYPED: Final = rb"[ \t]?:[ \t]?&?[A-Za-z]{1,12}[ \t]?=[ \t]?"
_VERB: Final = (
    rb"(?:'s|[\"'`*_)\]}]{0,4}(?:[ \t][^\s\0.!?;:=]{1,20}){0,4}?[ \t]?"
    + b"(?:(?<![A-Za-z])(?i:is|was|ist|lautet|war|est|es|era|fue|adalah|to|auf|je|on|er)"
    + "|é|è|är|は|是|就是|为|為|设为|를|을|を|는|은|이))".encode()
    + rb"(?:[ \t](?:now|still|just|currently|jetzt|noch|maintenant|ahora|agora))?[ \t:]{0,3}"
)
_ADJACENT: Final = rb"[\"'`]?,?[ \t]\(?|\((?=[\"'])"
_USER: Final = (
    rb"(?:[ \t]?[:=]|[ \t](?:is|are|with|as|mit|sind|con|avec))?[ \t][\w.@-]{2,30}"
    rb"(?:[ \t]?[:/|][ \t]?|,?[ \t](?:and|und|y|et|e)[ \t])"
)
_LOOSE: Final = rb"(?:[ \t][^\s\0.!?;:=,]{1,16}){1,3}[ \t]\(?"
_OPEN: Final = rb"(?:[bru@]{0,2}[\"'`]|\*\*)?"
_VALUE: Final = rb"(?P<value>[!#-&*+\--;=?-Z^-z~]{6,200})"
SIGNED, ASSIGNED, VERBAL, NEXT, FURTHER, DIRECT, AFTER_USER = (
    re.compile(b"(?:%b)%b%b" % (link, _OPEN, _VALUE))
    for link in (_SIGN, _TYPED, _VERB, _ADJACENT, _LOOSE, rb"[ \t]?", _USER)
)
LINKS: Final = (SIGNED, ASSIGNED, VERBAL, NEXT, FURTHER)
BEHIND: Final = re.compile(
    rb"(?i)\A[!?.\"'`)\]]{0,3}[,;]?[ \t]{0,2}"
    rb"(?://|#|--|as?|for|als|como|comme|is|when|if|where)[ \t]"
    rb"(?:[a-z]{1,8}[ \t]){0,5}?"
    rb"(?:(?P<password>pass(?:word|code|phrase|wort)|kennwort|contrase\xc3\xb1a|senha)"
    rb"|(?P<key>(?:api|access|secret|auth)?[ _-]?(?:key|token|secret)))\b"
)
_JOINED: Final = re.compile(
    rb"(?:api|access|secret|private|auth|account|master|licen[cs]e|app|client|signing|encryption|db"
    rb"|user|smtp|mail|root|admin|my|old|new|wifi|ftp|ssh|bearer|session|refresh|bot|web|aws|shared"
    rb"|with|from|set|use|get|of)\Z"
)
"""What stands before the noun in names such as `apiKey` and `dbPassword`."""
_COMPOUND: Final = re.compile(
    "(?i)passwor[dt]|kennwort|wachtwoord|l(?:ö|o)senord|schl(?:ü|ue)ssel|sleutel|nyckel".encode()
)
"""Words that other languages join to others, and that end no word of another meaning."""
_PUBLIC: Final = re.compile(
    rb"(?i)(?:public|primary|foreign|sort|cache|partition|idempotency|object|hash|index|row|host"
    rb"|partial|composite|natural|surrogate|unique|dict(?:ionary)?|sha\d*|fingerprint)[ _-]?\Z"
)


def is_other_word(window: bytes, start: int) -> bool:
    """Return whether what stands before a noun makes another of it: `monkey`, `public key`."""
    before = window[:start]
    if _PUBLIC.search(before) is not None:
        return True
    camel = before[-1:].islower() and window[start : start + 1].isupper()
    if _COMPOUND.match(window, start) is not None:
        return False
    return before[-1:].isalpha() and not camel and _JOINED.search(before.lower()) is None


def is_part(text: bytes, start: int, end: int) -> bool:
    """Return whether the noun between goes on as another word or name: `passed`, `key4`."""
    return text[end : end + 1].isalnum() and text[start:end].isascii()
