import pytest

from core.data.detect.find import find_spans
from core.data.detect.kinds import kinds
from core.data.detect.redact import mark, placeholder


def test_a_value_has_one_mark_however_it_is_written() -> None:
    assert mark(b"k", "email", b"jane@gmail.com") == mark(b"k", "email", b"Jane@Gmail.com")
    assert mark(b"k", "card", b"4111 1111 1111 1111") == mark(b"k", "card", b"4111111111111111")
    assert mark(b"k", "email", b"jane@gmail.com") != mark(b"k", "email", b"li@qq.com")
    assert mark(b"k", "phone", b"309-59-4565") != mark(b"k", "ssn", b"309-59-4565")


def test_another_key_gives_another_mark() -> None:
    assert mark(b"a", "ssn", b"309-59-4565") != mark(b"b", "ssn", b"309-59-4565")


@pytest.mark.parametrize("rule", kinds(), ids=lambda rule: rule.kind)
def test_a_redacted_text_is_clean(rule: object) -> None:
    kind = getattr(rule, "kind", "")
    for number in (1, 37, 4711):
        assert find_spans(f"call {placeholder(kind, number)} now".encode() + b"\0") == []
