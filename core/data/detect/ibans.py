"""International bank account numbers: country, its length and structure, and mod 97."""

import re
from collections.abc import Iterator

from core.data.detect.rules import Rule
from core.data.detect.spans import Hit

RULE = Rule(
    kind="iban",
    group="personal",
    severity="high",
    title="Bank account number: the country's length and structure, and the remainder mod 97.",
    finds=(
        "GB82WEST12345698765432",
        "IBAN: DE89 3704 0044 0532 0130 00,",
        "FR1420041010050500013M02606",
        "NL91 ABNA 0417 1643 00",
        "MT84MALT011000012345MTLCAST001S",
        "de89370400440532013000",
    ),
    leaves=(
        "GB82WEST12345698765433",
        "DE8937040044053201300",
        "XX82WEST12345698765432",
        "ADE89370400440532013000",
    ),
)
_HEAD = re.compile(rb"[A-Za-z]{2}[0-9]{2}(?=[ \-]?[A-Za-z0-9])")
_REACH = 10
"""How far before its first dense digits an account number may begin."""
_BODY = re.compile(rb"(?:[ \-\n]?[A-Za-z0-9])+")
# BBAN structures of the SWIFT registry, one letter a part: n digits, a letters, c both.
_REGISTRY = """
AD 8n12c AE 19n AL 8n16c AT 16n AZ 4a20c BA 16n BE 12n BG 4a6n8c BH 4a14c BI 23n BR 23n1a1c BY
4c4n16c CH 5n12c CR 18n CY 8n16c CZ 20n DE 18n DJ 23n DK 14n DO 4c20n EE 16n EG 25n ES 20n FI 14n
FK 2a12n FO 14n FR 10n11c2n GB 4a14n GE 2a16n GI 4a15c GL 14n GR 7n16c GT 24c HN 4a20n HR 17n HU
24n IE 4a14n IL 19n IQ 4a15n IS 22n IT 1a10n12c JO 4a4n18c KW 4a22c KZ 3n13c LB 4n20c LC 4a24c LI
5n12c LT 16n LU 3n13c LV 4a13c LY 21n MC 10n11c2n MD 20c ME 18n MK 3n10c2n MN 16n MR 23n MT
4a5n18c MU 4a19n3a NI 4a20n NL 4a10n NO 11n OM 3n16c PK 4a16c PL 24n PS 4a21c PT 21n QA 4a21c RO
4a16c RS 18n RU 14n15c SA 2n18c SC 4a20n3a SD 14n SE 20n SI 15n SK 20n SM 1a10n12c SO 19n ST 21n
SV 4a20n TL 19n TN 20n TR 6n16c UA 6n19c VA 18n VG 4a16n XK 16n YE 4a4n18c
"""
_CLASS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}


def _structures() -> dict[bytes, re.Pattern[bytes]]:
    entries = iter(_REGISTRY.split())
    return {
        country.encode(): re.compile(
            "".join(
                f"{_CLASS[kind]}{{{count}}}" for count, kind in re.findall("([0-9]+)([nac])", parts)
            ).encode()
            + rb"\Z"
        )
        for country, parts in zip(entries, entries, strict=True)
    }


def _length(structure: str) -> int:
    return 4 + sum(map(int, re.findall("[0-9]+", structure)))


_STRUCTURES = _structures()
_LENGTHS = {
    country.encode(): _length(parts)
    for country, parts in zip(_REGISTRY.split()[::2], _REGISTRY.split()[1::2], strict=True)
}


def remainder(iban: bytes) -> int:
    """Return the number that the standard makes of an account number, mod 97; valid ones give 1."""
    return int("".join(str(int(chr(byte), 36)) for byte in iban[4:] + iban[:4])) % 97


def find(text: bytes, start: int, end: int) -> Iterator[Hit]:
    """Yield the account numbers whose digits begin in one stretch."""
    for head in _HEAD.finditer(text, max(0, start - _REACH), min(end + 1, len(text))):
        begin = head.start()
        country = head.group()[:2].upper()
        length = _LENGTHS.get(country)
        if length is None or (
            begin and text[begin - 1 : begin].isalnum() and not _escaped(text, begin)
        ):
            continue
        body = _BODY.match(text, begin, begin + 2 * length)
        if body is None:
            continue
        stop = _stop(text, begin, body.end(), length)
        if stop is None or text[stop : stop + 1].isalnum():
            continue
        value = text[begin:stop].translate(None, b" -\n").upper()
        if _STRUCTURES[country].match(value, 4) and remainder(value) == 1:
            yield Hit(RULE.kind, begin, stop, "high")


def _escaped(text: bytes, begin: int) -> bool:
    return (
        text[begin - 2 : begin] in (b"\\n", b"\\t", b"\\r") or text[begin - 3 : begin - 2] == b"%"
    )


def _stop(text: bytes, begin: int, end: int, length: int) -> int | None:
    """Return where that many letters and digits end, separators left out."""
    place, left = begin, length
    while place < end:
        left -= text[place] not in b" -\n"
        place += 1
        if not left:
            return place
    return None
