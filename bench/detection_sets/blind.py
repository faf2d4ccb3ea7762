"""A second set with other phrasing, other countries and other wrappings.

It was written after the detectors were frozen and is never tuned against; what it loses stands in
the report beside the first set.
"""

import random
import string
from collections.abc import Callable

from bench.detection_sets import personal, tokens
from bench.detection_sets.phrases import WHOLE_LINES, Planted

_HIDDEN = "\u200b"
_WIDE = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in string.digits}


def _iban(rng: random.Random) -> str:
    number = "".join(rng.choices(string.digits, k=30))
    country, body = rng.choice(
        [
            ("LU", number[:16]),
            ("FI", number[:14]),
            ("DK", number[:14]),
            ("GR", number[:23]),
            ("CZ", number[:20]),
            ("HU", number[:24]),
            ("HR", number[:17]),
            ("BG", "BNBG" + number[:14]),
            ("LV", "BANK" + number[:13]),
            ("SA", number[:20]),
            ("AE", number[:19]),
            ("IL", number[:19]),
        ]
    )
    plain = "".join(str(int(sign, 36)) for sign in f"{body}{country}00")
    whole = f"{country}{98 - int(plain) % 97:02d}{body}"
    groups = [whole[place : place + 4] for place in range(0, len(whole), 4)]
    return rng.choice([whole, " ".join(groups), "-".join(groups), whole.lower()])


def _email(rng: random.Random) -> str:
    given, family = rng.choice(personal.GIVEN), rng.choice(personal.FAMILY)
    host = rng.choice(personal.WORDS) + rng.choice(["-it", "labs", "24", ""])
    ending = rng.choice(
        [
            "fi",
            "dk",
            "cz",
            "gr",
            "hu",
            "ie",
            "nz",
            "co.za",
            "edu",
            "gov",
            "dev",
            "app",
            "info",
            "be",
        ]
    )
    address = rng.choice(
        [
            f"{given}@{host}.{ending}",
            f"{given}.{family}@mail.{host}.{ending}",
            f"{given}-{family}{rng.randint(1960, 2009)}@{host}.{ending}",
            f"{family}@{host}.{ending}",
            f"{given[0]}.{family}+shop@{host}.{ending}",
        ]
    )
    return rng.choice([address, address, address.upper(), address.replace("@", "%40")])


def _ip(rng: random.Random) -> str:
    value = personal.ip(rng)
    return rng.choice([value, value, value.upper()])


def _ssn(rng: random.Random) -> str:
    value = personal.ssn(rng)
    return rng.choice([value, value, value, value.replace("-", " "), value.replace("-", "")])


def _card(rng: random.Random) -> str:
    value = personal.card(rng)
    middle = len(value) // 2
    return rng.choice(
        [
            value,
            value,
            value.replace(" ", "\n", 1),
            value.translate(_WIDE),
            value[:middle] + _HIDDEN + value[middle:],
        ]
    )


_PHONES = (
    *("079 4## ## ##", "+41 44 6## ## ##", "06-2#######", "+31 20 6## ####", "0470 ## ## ##"),
    *("+32 2 5## ## ##", "0664 3######", "+43 1 5#### ##", "55 1### ####", "+52 55 8### ####"),
    *("9### ####", "+65 6### ####", "021 4## ####", "+64 9 3## ####", "082 5## ####"),
    *("+27 21 4## ####", "010-3###-####", "+82 2-7##-####", "0532 4## ## ##", "+90 212 3## ## ##"),
    *(
        "087 6## ####",
        "+353 1 6## ####",
        "+351 9## ### ###",
        "+45 ## ## ## ##",
        "+7 (916) ###-##-##",
    ),
    *("8 (495) ###-##-##", "(6##) 3##-####", "9##.3##.####", "2##/4##-####", "+1-8##-3##-####"),
)


def _phone(rng: random.Random) -> str:
    shape = rng.choice(_PHONES)
    return "".join(rng.choice("2346789") if sign == "#" else sign for sign in shape)


_AROUND = {
    "card": ("| payment | {} | ok |", "they wrote down {} on paper", "number on the front: {}"),
    "iban": ("- payee: {}", "wire it ({}) today", '"account": "{}",', "Konto {}; BIC folgt"),
    "ssn": (
        "social security: {}",
        "ssn,{},active",
        "What does SSN {} tell you?",
        "Employee's social security number was {} on the W-2.",
    ),
    "email": ("From: {}\nTo: all", "mailto:{}?subject=hi", "| {} |", "'{}',", "user={};"),
    "ip": ("Accepted from {} port 22", '"client": "{}"', "src={} dst=", "({}) timed out", "{}\n"),
    "phone": (
        "The plumber left this: {}",
        "Customer callback: {}",
        "mobile,{},home",
        "Signed, Lena, {}",
        "If it rings out, try {} after five.",
        '"phone_number": "{}"',
        "Téléphone : {}",
    ),
}
_SECRET_AROUND = (
    "```yaml\nauth:\n  value: {}\n```",
    "os.environ['X'] = '{}'",
    "[INFO] sending header x-auth={} to upstream",
    "| prod | {} |",
    "the intern pasted {} into the chat, is that bad?",
    "https://api.corp.net/v1/list?credential={}#top",
    '"{{\\"body\\": \\"{{\\\\\\"t\\\\\\": \\\\\\"{}\\\\\\"}}\\"}}"',
)
_WHOLE = ("Look:\n\n{}\n\nWhat now?", "```\n{}\n```", "old: none\nnew: {}")
_MAKERS: dict[str, Callable[[random.Random], str]] = {
    "card": _card,
    "iban": _iban,
    "ssn": _ssn,
    "email": _email,
    "ip": _ip,
    "phone": _phone,
}
PERSONAL = tuple(_MAKERS)
"""Kinds of personal data in the set."""
SECRETS = tuple(tokens.MAKERS)
"""Families of secrets in the set."""


def rows(kind: str, count: int, seed: int) -> list[Planted]:
    """Return rows that each hold one value of a kind."""
    rng = random.Random(f"blind{kind}{seed}")
    if kind in _MAKERS:
        make, around = _MAKERS[kind], _AROUND[kind]
    else:
        make, around = tokens.MAKERS[kind], _WHOLE if kind in WHOLE_LINES else _SECRET_AROUND
    made = []
    for _ in range(count):
        value = make(rng)
        if kind in SECRETS and kind not in WHOLE_LINES and rng.random() < 0.2:
            cut = rng.randint(6, 20)
            value = value[:cut] + rng.choice([_HIDDEN, "\n"]) + value[cut:]
        made.append(Planted(rng.choice(around).format(value), ((kind, value),)))
    return made
