"""Personal values made from published formats, without a look at the detectors.

Check digits are computed here in their own way (by trying all ten, or by the issuers' recipe), so
that a mistake in a detector's arithmetic cannot hide behind the same mistake in the test.
"""

import random
import string

_LISTS = {
    "given": "anna jörg li kofi maria ivan sofía tom aisha pierre yuki olga raj lena omar nina",
    "family": "meier okafor rossi chen novak silva dubois tanaka kowalski patel jansen garcia",
    "hosts": "gmail.com outlook.com web.de orange.fr proton.me qq.com yandex.ru",
    "words": "north river alpha blue stone cloud maple orbit delta field harbor union vertex",
    "endings": "com org net io de fr co.uk com.br co.jp pl es it nl se ch at ca com.au in eu",
}
GIVEN, FAMILY, HOSTS, WORDS, ENDINGS = (words.split() for words in _LISTS.values())
"""Parts of names, hosts and domains."""


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def _sum_of_card(number: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value // 10 + value % 10
    return total


def card(rng: random.Random) -> str:
    """Return a card number of an issuer, as people write it."""
    lead, length, groups = rng.choice(
        [
            ("4", 16, (4, 4, 4, 4)),
            (f"5{rng.randint(1, 5)}", 16, (4, 4, 4, 4)),
            (f"2{rng.randint(230, 719)}", 16, (4, 4, 4, 4)),
            (rng.choice(["34", "37"]), 15, (4, 6, 5)),
            ("6011", 16, (4, 4, 4, 4)),
            (f"65{rng.randint(0, 9)}", 16, (4, 4, 4, 4)),
            ("3528", 16, (4, 4, 4, 4)),
            ("36", 14, (4, 6, 4)),
            ("62", 16, (4, 4, 4, 4)),
        ]
    )
    body = lead + _digits(rng, length - 1 - len(lead))
    number = next(body + str(last) for last in range(10) if _sum_of_card(f"{body}{last}") % 10 == 0)
    return _in_groups(number, groups, rng.choice([" ", " ", "-", "", ""]))


def _in_groups(text: str, sizes: tuple[int, ...], separator: str) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(text[place : place + size])
        place += size
    return separator.join(part for part in parts if part)


def iban(rng: random.Random) -> str:
    """Return an account number with its check digits, printed or electronic."""
    letters = "".join(rng.choices(string.ascii_uppercase, k=6))
    number = _digits(rng, 30)
    country, body = rng.choice(
        [
            ("DE", number[:18]),
            ("GB", letters[:4] + number[:14]),
            ("FR", number[:23]),
            ("NL", letters[:4] + number[:10]),
            ("ES", number[:20]),
            ("IT", letters[0] + number[:22]),
            ("PL", number[:24]),
            ("BE", number[:12]),
            ("CH", number[:17]),
            ("AT", number[:16]),
            ("SE", number[:20]),
            ("NO", number[:11]),
            ("PT", number[:21]),
            ("IE", letters[:4] + number[:14]),
            ("RO", letters[:4] + number[:16]),
            ("TR", number[:22]),
        ]
    )
    plain = "".join(str(ord(c) - 55) if c.isalpha() else c for c in f"{body}{country}00")
    whole = f"{country}{98 - int(plain) % 97:02d}{body}"
    if rng.random() < 0.5:
        return whole
    return " ".join(whole[place : place + 4] for place in range(0, len(whole), 4))


def ssn(rng: random.Random) -> str:
    """Return a social security number that could be given out."""
    area = rng.choice([number for number in range(1, 900) if number != 666])
    return f"{area:03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def email(rng: random.Random) -> str:
    """Return a mail address of a person at a big or a small host."""
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    local = rng.choice(
        [
            f"{given}.{family}",
            f"{given}{rng.randint(1, 99)}",
            f"{given[0]}{family}",
            f"{family}_{given}",
            f"{given}+list@"[:-1],
            f"{given.title()}.{family.title()}",
        ]
    )
    made = f"{rng.choice(WORDS)}{rng.choice(['', '-'])}{rng.choice(WORDS)}.{rng.choice(ENDINGS)}"
    return f"{local}@{rng.choice([rng.choice(HOSTS), made])}"


def ip(rng: random.Random) -> str:
    """Return an address of a machine, of either version."""
    if rng.random() < 0.7:
        first = rng.choice([n for n in range(1, 224) if n not in (10, 127)])
        return ".".join(map(str, (first, *(rng.randint(0, 255) for _ in range(3)))))
    head = rng.choice(["2001", "2a02", "2607", "2400", "fe80"])
    groups = [f"{rng.randint(1, 65535):x}" for _ in range(7)]
    if rng.random() < 0.5:
        return ":".join([head, *groups])
    return f"{head}:{groups[0]}::{groups[1]}"


_PHONE_FORMATS = {
    "us": ("(2##) 7##-####", "3##-4##-####", "+1 4## 6## ####", "7##.8##.####", "1-6##-9##-####"),
    "uk": ("020 7### ####", "+44 7### ######", "07### ######", "01### ######", "(0161) 4## ####"),
    "fr": ("06 ## ## ## ##", "+33 1 ## ## ## ##", "01.##.##.##.##", "+336########"),
    "de": ("030 1######", "+49 89 2######", "0171/2######", "0221-4####-##", "+49 (0)40 3#####"),
    "es": ("6## ## ## ##", "+34 9## ### ###", "91# ## ## ##", "6## ### ###"),
    "it": ("333 1######", "+39 02 4######", "06 5######", "347-#######"),
    "br": ("(11) 9####-####", "+55 21 9####-####", "(31) 3###-####"),
    "in": ("+91 98### #####", "98### #####", "+91-7#########", "022 2### ####"),
    "jp": ("090-1###-####", "+81 3-5###-####", "03-5###-####"),
    "cn": ("138########", "+86 139 #### ####", "010-6#######"),
    "au": ("04## ### ###", "+61 2 9### ####", "(03) 9### ####"),
    "pl": ("+48 6## ### ###", "22 6## ## ##", "5## ### ###"),
    "se": ("070-### ## ##", "+46 8 5## ### ##"),
}


def phone(rng: random.Random) -> str:
    """Return a telephone number in a usual format of some country."""
    shape = rng.choice(_PHONE_FORMATS[rng.choice(list(_PHONE_FORMATS))])
    return "".join(rng.choice("2346789") if sign == "#" else sign for sign in shape)
