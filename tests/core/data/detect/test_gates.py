"""Gates that start from the signs of a text see what a look at every byte sees."""

import re

from hypothesis import given
from hypothesis import strategies as st

from core.data.detect import gates
from core.data.detect.find import find_spans

texts = st.text("0123456789.:=-%@<[/ab \0é", max_size=60).map(lambda text: text.encode() + b"\0")


@given(texts)
def test_signs_stand_where_they_are(text: bytes) -> None:
    signs = gates.Signs(text)
    assert signs.digits.tolist() == [hit.start() for hit in re.finditer(rb"[0-9]", text)]
    for sign in (b":", b"=", b"-", b"%", b"@", b"<", b"["):
        assert signs.of(sign).tolist() == [at for at, byte in enumerate(text) if byte == sign[0]]
    assert signs.followed(b":", b"//") == [hit.start() for hit in re.finditer(rb"://", text)]


@given(texts)
def test_dots_of_an_address_stand_between_digits(text: bytes) -> None:
    dots = [hit.start() for hit in re.finditer(rb"(?<=[0-9])\.(?=[0-9])", text)]
    wanted = [a for a, c in zip(dots, dots[2:], strict=False) if c - a <= 8]
    assert gates.quads(gates.Signs(text)) == wanted


def test_what_is_known_of_a_text_changes_nothing() -> None:
    text = b"call +44 20 7946 0958 or jo@lumen-works.com\0"
    assert find_spans(text, gates.Signs(text)) == find_spans(text) != []
