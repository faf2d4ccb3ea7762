import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.foreign.crc32c import crc32c, masked
from core.foreign.tfevent import NotAnEvent, Scalar, read_event
from core.foreign.tfrecord import LARGEST, cut
from tests.support.foreign_runs import event, record, scalar

PUBLISHED = [
    (b"", 0),
    (b"123456789", 0xE3069283),
    (bytes(32), 0x8A9136AA),
    (b"\xff" * 32, 0x62A8AB43),
    (bytes(range(32)), 0x46DD794E),
    (bytes(range(31, -1, -1)), 0x113FDB5C),
]
"""The check value of the algorithm and the examples of RFC 3720, appendix B.4."""


@pytest.mark.parametrize(("content", "sum_of_it"), PUBLISHED)
def test_the_checksum_is_the_published_one(content: bytes, sum_of_it: int) -> None:
    assert crc32c(content) == sum_of_it


def test_whole_records_are_cut_and_a_torn_one_is_left() -> None:
    whole = record(b"one") + record(b"") + record(b"three")
    for torn in range(len(record(b"four"))):
        found = cut(whole + record(b"four")[:torn], beyond=0)
        assert found.records == [b"one", b"", b"three"]
        assert (found.used, found.damaged, found.lost) == (len(whole), 0, False)


@pytest.mark.parametrize("place", range(len(record(b"middle"))))
def test_a_damaged_byte_costs_its_record_and_no_other(place: int) -> None:
    middle = bytearray(record(b"middle"))
    middle[place] ^= 0x40
    content = record(b"first") + bytes(middle) + record(b"last" * 9)
    found = cut(content, beyond=0)
    assert found.records == [b"first", b"last" * 9]
    assert found.damaged == 1
    assert found.used == len(content)


def test_damage_over_several_looks_is_counted_once() -> None:
    garbage = bytes(range(1, 200)) * 20
    content = garbage + record(b"found again")
    records, counted, lost, at = [], 0, False, 0
    while True:
        found = cut(content[at : at + 500], beyond=max(0, len(content) - at - 500), lost=lost)
        records += found.records
        counted += found.damaged
        lost = found.lost
        if not found.used:
            break
        at += found.used
    assert (records, counted) == ([b"found again"], 1)


def test_a_large_record_is_jumped_once_all_of_it_is_there() -> None:
    large = record(b"x" * (LARGEST + 1))
    assert cut(large[:100], beyond=50).used == 0
    assert cut(large[:100], beyond=len(large) - 100).used == len(large)
    whole = cut(large + record(b"next"), beyond=0)
    assert (whole.records, whole.damaged) == ([b"next"], 0)


def test_zeros_that_a_power_cut_left_are_one_damaged_stretch() -> None:
    found = cut(record(b"good") + bytes(100_000), beyond=0)
    assert (found.records, found.damaged, found.lost) == ([b"good"], 1, True)
    for zeros in range(40):
        after = cut(record(b"good") + bytes(100 + zeros) + record(b"x" * 256), beyond=0)
        assert (after.records, after.damaged) == ([b"good", b"x" * 256], 1)


def test_a_scalar_is_read_in_every_way_it_is_written() -> None:
    def tensor(kind: int, content: bytes) -> bytes:
        inner = bytes([0x08, kind]) + content
        return b"\x0a\x01t" + b"\x42" + bytes([len(inner)]) + inner

    ways = [
        b"\x0a\x01t\x15" + struct.pack("<f", 0.5),
        tensor(1, b"\x2a\x04" + struct.pack("<f", 0.5)),
        tensor(1, b"\x2d" + struct.pack("<f", 0.5)),
        tensor(1, b"\x22\x04" + struct.pack("<f", 0.5)),
        tensor(2, b"\x32\x08" + struct.pack("<d", 0.5)),
        tensor(2, b"\x22\x08" + struct.pack("<d", 0.5)),
    ]
    found = read_event(event(7, ways, wall=12.5))
    assert found == (12.5, 7, (Scalar("t", 0.5),) * len(ways))


def test_what_is_no_scalar_is_passed_over() -> None:
    text = b"\x0a\x01t\x42\x09\x08\x07\x42\x05words"
    two = b"\x0a\x01t\x42\x0c\x08\x01\x2a\x08" + struct.pack("<ff", 1, 2)
    assert read_event(event(1, [text, two, b"", scalar("", 1.0)])).scalars == ()


def test_a_negative_step_keeps_its_sign() -> None:
    assert read_event(event(-3, [])).step == -3


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with suppress(NotAnEvent):
        read_event(data)
    found = cut(data, beyond=0)
    assert 0 <= found.used <= len(data)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 40))
def test_records_read_in_any_pieces_are_the_same(datas: list[bytes], piece: int) -> None:
    content = b"".join(map(record, datas))
    records, at, end = [], 0, 0
    while end < len(content):
        end = min(len(content), end + piece)
        found = cut(content[at:end], beyond=0)
        records += found.records
        at += found.used
        assert not found.damaged
    assert records == datas


def test_masking_is_that_of_the_format() -> None:
    assert masked(b"") == 0xA282EAD8
