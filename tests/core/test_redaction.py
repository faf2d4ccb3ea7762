"""No key comes through, whole, in part, or in another form."""

import base64
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from core.redaction import COVER, Redactor

KEY = "sk-proj/ab+cd=ef-0123456789"


@given(
    st.text(max_size=30),
    st.integers(0, len(KEY)),
    st.integers(0, len(KEY)),
    st.text(max_size=30),
)
def test_no_part_of_a_dozen_characters_comes_through(
    before: str, start: int, end: int, after: str
) -> None:
    shown = Redactor([KEY])(before + KEY[start:end] + after)
    assert not any(KEY[at : at + 12] in shown for at in range(len(KEY) - 11))


def test_encoded_forms_are_covered() -> None:
    redact = Redactor([KEY])
    for form in (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode()):
        assert redact(f"<{form}>") == f"<{COVER}>"


def test_a_short_secret_is_covered_whole() -> None:
    assert Redactor(["hunter2"])("it is hunter2, hunter3") == f"it is {COVER}, hunter3"


@given(st.text(alphabet="xyz ", max_size=60))
def test_other_text_stays(text: str) -> None:
    assert Redactor([KEY])(text) == text
    assert Redactor([])(text) == text


def test_the_redactor_shows_nothing() -> None:
    assert KEY[:6] not in repr(Redactor([KEY]))
