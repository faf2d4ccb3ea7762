import uuid

from core.scoring.study.canonical import commitment, event_id, link, side_id

ONE = {"eid": "e1", "item": "i01", "kind": "rate", "rater": "r1", "side": "c1", "value": 5}
TWO = {"eid": "e2", "item": "i01", "kind": "rate", "rater": "r1", "side": "c2", "value": 3}


def test_the_chain_has_its_published_hashes() -> None:
    first = link("00" * 32, ONE)
    assert first == "e6e5aa71f201bb81f2e105a70a8585897cd8781619e0823fdc0d04fc7c1581d2"
    second = link(first, {**TWO, "prev": first, "hash": "x"})
    assert second == "e9dbf32403e4ab0437728495068ee09bff844281899eca70bd7868c9d2990540"


def test_the_commitment_has_its_published_hash() -> None:
    found = commitment({"rag": 3, "base": 1, "few": 2, "ft": 0}, b"\x11" * 16)
    assert found == "395bd3ace93f45d3b1f80933d5059930231dfdd68dc0cb4c07217ad7381f08ec"


def test_sides_have_their_published_names() -> None:
    key = b"k" * 32
    assert [
        side_id(key, item, name) for item, name in (("i01", "ft"), ("i01", "base"), ("i02", "ft"))
    ] == [
        "09dfc3cf3400fb59",
        "120e2d36c59531ae",
        "bcf8301c28a97b51",
    ]


def test_ids_of_events_are_uuids_of_version_7_that_sort_by_time() -> None:
    ids = [event_id() for _ in range(100)]
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in ids} == {(7, uuid.RFC_4122)}
    assert len(set(ids)) == 100
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)
