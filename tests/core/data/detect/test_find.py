"""Published numbers, mutations and the promises about blocks."""

import subprocess
import sys
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.detect import cards, ibans
from core.data.detect.find import find_spans
from core.data.detect.kinds import kinds
from core.data.detect.secrets import announced
from core.data.detect.secrets.proofs import checksum, ends_in_checksum

HIDDEN = "\u200b"
TOKEN = "gh" + "p_0123456789ABCDEFGHIJKLMNOPQRST4PMbyp"


def found(text: str) -> list[tuple[str, str, str]]:
    block = text.encode() + b"\0"
    spans = find_spans(block)
    return [(span.kind, block[span.start : span.end].decode(), span.severity) for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SSN 309-59-4565. 4 items", ("ssn", "309-59-4565", "high")),
        ("pay 2223 0031 2200 3222 today", ("card", "2223 0031 2200 3222", "high")),
        ("ref 4012888888881881", ("card", "4012888888881881", "review")),
        ("call +44 20 7946 0958", ("phone", "+44 20 7946 0958", "review")),
        ("see 2001:db8::1", ("ip", "2001:db8::1", "info")),
        ("127.0.0.1", ("ip", "127.0.0.1", "info")),
        ("peer 81.2.69.142 left", ("ip", "81.2.69.142", "review")),
        ("ask jane@gmail.com.\nIt works", ("email", "jane@gmail.com", "review")),
        ("ask jane@gmail.com.In time", ("email", "jane@gmail.com", "review")),
        ("ask JANE@FIRMA.CO.UK.", ("email", "JANE@FIRMA.CO.UK", "review")),
    ],
)
def test_the_table_of_spans(text: str, expected: tuple[str, str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "upgrade to version 10.2.34.1",
        "(1983-2001)",
        "2024-05-17 12:33:01",
        "550e8400-e29b-41d4-a716-446655440000",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "ISBN 978-3-16-148410-0",
        "jo@example.com or 555-0142",
        "logo@2x.png",
        "order 4111-1111-1111-1112",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "sk-xxxx",
        "${TOKEN}",
        'password = os.environ["DB"]',
        "0.0.0.0",
        "12345678 + 87654321 = 99999999",
        "9782182 * 704634 = 4012888888881881",
        "2331 2105 3489 4739 8579 6021",
        "",
    ],
)
def test_nothing_is_found_in_innocent_text(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        (b"4111111111111111", True),
        (b"5555555555554444", True),
        (b"378282246310005", True),
        (b"30569309025904", True),
        (b"2223003122003222", True),
        (b"0000000000000000", True),
        (b"4111111111111112", False),
    ],
)
def test_the_sum_of_luhn(digits: bytes, valid: bool) -> None:
    assert cards.luhn(digits) is valid


def test_zeros_have_no_issuer() -> None:
    assert not cards.issuer_known(b"0" * 16)


@pytest.mark.parametrize(
    ("iban", "valid"),
    [
        (b"GB82WEST12345698765432", True),
        (b"DE89370400440532013000", True),
        (b"FR1420041010050500013M02606", True),
        (b"NL91ABNA0417164300", True),
        (b"GB82WEST12345698765433", False),
    ],
)
def test_the_remainder_of_account_numbers(iban: bytes, valid: bool) -> None:
    assert (ibans.remainder(iban) == 1) is valid


@pytest.mark.parametrize(
    ("body", "ending"),
    [(b"A" * 30, b"0uCPlr"), (b"0123456789ABCDEFGHIJKLMNOPQRST", b"4PMbyp")],
)
def test_the_checksum_of_tokens(body: bytes, ending: bytes) -> None:
    assert checksum(body) == ending
    assert ends_in_checksum(b"ghp_" + body + ending)
    assert not ends_in_checksum(b"ghp_" + body + ending[:-1] + b"!")


@pytest.mark.parametrize(
    ("kind", "value", "around"),
    [
        ("card", "2223 0031\n2200 3222", "pay {} now"),
        ("card", "4012" + HIDDEN + "888888881881", "card {}"),
        ("card", "４０１２８８８８８８８８１８８１", "ref {} ok"),
        ("card", "4111111111111111", '"{{\\"card\\": \\"{}\\"}}"'),
        ("card", "4111111111111111", "https://x.io/?card={}&y=1"),
        ("iban", "DE89 3704 0044\n0532 0130 00", "to {}."),
        ("iban", "DE89３７０４00440532013000", "to {}."),
        ("email", "jane" + HIDDEN + "@gmail.com", "to {}."),
        ("email", "jane%40gmail.com", "?to={}&b=2"),
        ("email", "jane@gmail.com", "a\\n{}\\nb"),
        ("email", "jane＠gmail.com", "to {} ok"),
        ("phone", "+44 20\n7946 0958", "ring {}"),
        ("phone", "06\u202f12\u202f34\u202f56\u202f78", "le {}."),
        ("ssn", "309\u201159\u20114565", "ssn {}"),
        ("github-token", TOKEN, "a\\n{}\\nb"),
        ("github-token", TOKEN, '"{{\\"a\\": \\"{}\\"}}"'),
        ("github-token", TOKEN, "?t={}&x=1"),
        ("github-token", TOKEN[:9] + HIDDEN + TOKEN[9:], "{}"),
        ("github-token", TOKEN[:14] + "\n" + TOKEN[14:], "use {} ok"),
        ("github-token", TOKEN[:14] + "\\n" + TOKEN[14:], "use {} ok"),
    ],
)
def test_a_disguised_value_is_found_in_full(kind: str, value: str, around: str) -> None:
    assert [(k, v) for k, v, _ in found(around.format(value))] == [(kind, value)]


def test_no_span_crosses_the_end_of_a_turn() -> None:
    for rule in kinds():
        for text in rule.finds:
            raw = text.encode()
            for cut in range(1, len(raw)):
                block = raw[:cut] + b"\0" + raw[cut:] + b"\0"
                spans = find_spans(block)
                assert not [s for s in spans if b"\0" in block[s.start : s.end]], (text, cut)


OWN_TEXTS = [text for rule in kinds() for text in (*rule.finds, *rule.leaves)]
SIGNS = (
    "\n",
    " ",
    "\\n",
    HIDDEN,
    "ä",
    "漢字",
    "１２",
    "(",
    ":",
    "::",
    "@",
    "+",
    "..",
    "0" * 30,
    "%40",
)
PIECES = st.sampled_from([*OWN_TEXTS, *SIGNS])
ROWS = (
    *("0", "1 ", "(1", "00 ", "a@", "@a.", "://", "1.", "f:", "::", "00-", "password=", "ghp_"),
    *("\\n", "sk-\n", "-----BEGIN PRIVATE KEY-----\n", "eyJ", "１", HIDDEN, "+1 ", "a=b:"),
    *("DE89 ", "._-"),
)


@given(st.lists(st.lists(PIECES | st.text(max_size=8), max_size=6), max_size=5))
def test_turns_do_not_know_of_each_other(turns: list[list[str]]) -> None:
    texts = ["".join(turn).replace("\0", "").encode("utf-8", "ignore") + b"\0" for turn in turns]
    apart, begin = [], 0
    for text in texts:
        apart += [
            (span.kind, span.start + begin, span.end + begin, span.severity, span.preview)
            for span in find_spans(text)
        ]
        begin += len(text)
    block = b"".join(texts)
    spans = find_spans(block)
    together = [(s.kind, s.start, s.end, s.severity, s.preview) for s in spans]
    assert together == apart
    assert all(0 <= s.start < s.end <= len(block) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(block[s.start : s.end].decode() not in s.preview for s in spans)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_fault(block: bytes) -> None:
    find_spans(block)


@pytest.mark.parametrize("piece", ROWS)
def test_a_long_row_of_one_sign_is_read_in_linear_time(piece: str) -> None:
    # A pattern that tries every split of such a row would not end within the test run.
    find_spans((piece * (60_000 // len(piece))).encode() + b"\0")


def test_nothing_opens_a_socket() -> None:
    script = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs): sys.exit('opened a socket')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from core.data.detect.find import find_spans\n"
        "assert find_spans(b'mail jane@gmail.com, ip 81.2.69.142\\0')\n"
        "assert not {'urllib.request', 'http.client', 'requests'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_long_data_beside_an_announcing_word_is_passed_over_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []

    def look(text: bytes, places: list[int]) -> dict[object, list[tuple[int, int]]]:
        looked.extend(places)
        return defaultdict(list)

    monkeypatch.setattr(announced, "_words", look)
    picture = "".join(f"key{number}Tok" for number in range(20_000))
    assert found("data:image/png;base64," + picture) == []
    assert len(looked) < 100
