"""Addresses of machines: IPv4, IPv6 and the hardware addresses of network cards."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from core.data.detect.context import words_before
from core.data.detect.rules import Rule
from core.data.detect.spans import Hit, Severity

IP = Rule(
    kind="ip",
    group="personal",
    severity="review",
    title="IP address, not after a word for a version; private and reserved ones are only noted.",
    finds=(
        "see 2001:db8::1",
        "127.0.0.1",
        "from 81.2.69.142, port 443",
        "http://93.184.216.34:8080/x",
        "2a00:1450:4001:82b:0:0:0:200e",
        "[fe80::1ff:fe23:4567:890a]",
        "ip=203.0.114.7",
    ),
    leaves=(
        "upgrade to version 10.2.34.1",
        "v10.2.34.1",
        "0.0.0.0",
        "255.255.255.0",
        "1.3.6.1.4.1.311",
        "256.1.1.1",
        "12:33:01.250",
        "std::vector<int>",
        "x[::2] and a::b",
        "section 4.1.2.3",
        "dead::beef",
        "Chrome/91.0.44.124",
        "1.02.3.4",
    ),
)
MAC = Rule(
    kind="mac",
    group="personal",
    severity="info",
    title="Hardware address of a network card: six pairs, neither empty nor broadcast.",
    finds=("mac 00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", 'hw="a4:83:e7:12:9f:03"'),
    leaves=(
        "ff:ff:ff:ff:ff:ff",
        "00:00:00:00:00:00",
        "00:1A:2B:3C:4D:5E:6F",
        "12:33:01",
        "00:1A-2B:3C-4D:5E",
    ),
)
_QUAD = re.compile(
    rb"(?<![0-9A-Za-z_.\-])(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})"
    rb"(?![0-9A-Za-z_]|\.[0-9]|-[0-9])"
)
_VERSION = re.compile(
    rb"(?:\bv|version|release|ver\.?|build|firmware|upgrade[ds]? to|update[ds]? to|section|chapter"
    rb"|clause"
    rb"|figure|appendix|\xc2\xa7|table|paragraph|driver|kernel|oid|==|>=|<=|~=|[a-z0-9]/)[^a-z0-9]{0,4}$"
)
_MASK = re.compile(
    rb"(?:255|254|252|248|240|224|192|128|0)(?:\.(?:255|254|252|248|240|224|192|128|0)){3}\Z"
)
_SIX = re.compile(rb"(?<![0-9A-Za-z:._\-])[0-9A-Fa-f]{2,4}:[0-9A-Fa-f:]{3,34}(?![0-9A-Za-z_])")
_MAC = re.compile(
    rb"(?<![0-9A-Za-z:\-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})"
    rb"(?![0-9A-Za-z]|[:\-][0-9A-Fa-f])"
)
_KNOWN_SIX = re.compile(
    rb"[23][0-9A-Fa-f]{3}:|[Ff][CcDd][0-9A-Fa-f]{2}:|[Ff][Ee]80:|64:[Ff]{2}9[Bb]:"
)
_GROUP_BYTES = 5
_OCTET = 255


def find_quad(text: bytes, dot: int) -> Hit | None:
    """Return the IPv4 address whose first dot stands here."""
    start = dot
    while start and dot - start < 3 and 48 <= text[start - 1] <= 57:
        start -= 1
    match = _QUAD.match(text, start)
    if match is None:
        return None
    value = match.group()
    octets = [int(part) for part in value.split(b".")]
    if max(octets) > _OCTET:
        return None
    if _MASK.match(value) or _VERSION.search(words_before(text, start, 24)):
        return None
    if len(value) == 7 and len(set(value)) > 2 and b"ip" not in words_before(text, start):
        return None  # four single digits are numbered headings more often than addresses
    return Hit(IP.kind, start, match.end(), _severity(IPv4Address(bytes(octets))))


def find_six(text: bytes, colon: int) -> Hit | None:
    """Return the IPv6 address whose first colons stand here."""
    start = colon
    while start and colon - start < _GROUP_BYTES and text[start - 1] in b"0123456789abcdefABCDEF":
        start -= 1
    match = _SIX.match(text, start)
    if match is None or not _KNOWN_SIX.match(match.group()):
        return None
    value = match.group()
    if value[-1:] == b":" and value[-2:] != b"::":
        value = value[:-1]  # the colon of the sentence
    try:
        address = IPv6Address(value.decode())
    except AddressValueError:
        return None
    return Hit(IP.kind, start, start + len(value), _severity(address))


def find_mac(text: bytes, separator: int) -> Hit | None:
    """Return the hardware address whose first separator stands here."""
    match = _MAC.match(text, max(0, separator - 2))
    if match is None or len(set(match.group().lower()) - set(b":-")) < 3:
        return None
    return Hit(MAC.kind, match.start(), match.end(), "info")


def _severity(address: IPv4Address | IPv6Address) -> Severity:
    """Return review for an address on the public network, info for any other."""
    return "review" if address.is_global and not address.is_multicast else "info"
