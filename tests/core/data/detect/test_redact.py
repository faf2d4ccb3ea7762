import pytest

from core.data.detect.find import find_spans
from core.data.detect.kinds import kinds
from core.data.detect.redact import Redactor, fake, placeholder


def test_the_same_value_has_the_same_stand_in_in_every_call() -> None:
    redactor = Redactor(b"key")
    first = redactor.surrogate("email", b"jane@gmail.com")
    second = redactor.surrogate("email", b"li@qq.com")
    assert (first, second) == ("<EMAIL_1>", "<EMAIL_2>")
    assert redactor.surrogate("email", b"Jane@Gmail.com") == first
    assert redactor.surrogate("card", b"4111 1111 1111 1111") == "<CARD_1>"
    assert redactor.surrogate("card", b"4111111111111111") == "<CARD_1>"


def test_the_value_is_kept_nowhere() -> None:
    redactor = Redactor(b"key")
    redactor.surrogate("phone", b"+44 20 7946 0958")
    assert b"7946" not in repr(vars(redactor)).encode()


def test_another_key_gives_another_hash() -> None:
    value = b"309-59-4565"
    assert Redactor(b"a").digest("ssn", value) != Redactor(b"b").digest("ssn", value)


def test_fakes_come_from_what_is_reserved() -> None:
    redactor = Redactor(b"key", realistic=True)
    assert redactor.surrogate("email", b"jane@gmail.com") == "person1@example.com"
    assert redactor.surrogate("phone", b"+44 20 7946 0958") == "555-0101"
    assert redactor.surrogate("ip", b"81.2.69.142") == "192.0.2.1"
    assert redactor.surrogate("ip", b"2a00:1450::8") == "2001:db8::2"
    assert redactor.surrogate("ssn", b"309-59-4565") == "<SSN_1>"
    assert fake("phone", 100) == "<PHONE_100>"


def test_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Redactor(b"key").surrogate("name", b"Jo")


@pytest.mark.parametrize("rule", kinds(), ids=lambda rule: rule.kind)
def test_a_redacted_text_is_clean(rule: object) -> None:
    kind = getattr(rule, "kind", "")
    for number in (1, 37, 4711):
        assert find_spans(f"call {placeholder(kind, number)} now".encode() + b"\0") == []
        spans = find_spans(f"call {fake(kind, number)} now".encode() + b"\0")
        assert [span for span in spans if span.severity != "info"] == []
