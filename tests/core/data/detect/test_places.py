"""Places are counted in characters, whatever the bytes."""

from core.data.detect.places import places_in


def test_a_place_is_where_a_person_sees_it() -> None:
    text = "große Grüße \ud800\0 an jo.meier@web.de und 4012 8888 8888 1881 🙂"
    found = places_in(text)
    assert [text[one.start : one.end] for one in found] == [
        "jo.meier@web.de",
        "4012 8888 8888 1881",
    ]
    assert {one.group for one in found} == {"personal"}


def test_a_plain_text_has_none() -> None:
    assert places_in("upgrade to version 10.2.34.1") == []
