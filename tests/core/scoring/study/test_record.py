"""What is put down beside the logs: a line changed, removed or moved later is named."""

import json
from collections.abc import Callable

import pytest

from core.errors import DataError
from core.scoring.study.canonical import canonical, sha256
from core.scoring.study.folder import StudyFolder
from core.scoring.study.judging import judge_study
from core.scoring.study.record import add_to_record
from core.scoring.study.verify import verify_study
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import Lock, always, rate_all
from tests.support.studies import NOW

Change = Callable[[list[bytes]], list[bytes]]


def look(folder: StudyFolder, why: str) -> None:
    entry = {"at": NOW.isoformat(), "by": "ada", "why": why}
    add_to_record(folder, folder.looks, entry)


def thrice(folder: StudyFolder) -> StudyFolder:
    for why in ("the first reason", "the second reason", "the third reason"):
        look(folder, why)
    return folder


def as_before(folder: StudyFolder) -> None:
    """Make the study one of a version that chained no line."""
    plan = json.loads(folder.plan.read_bytes())
    del plan["records"]
    folder.plan.write_bytes(canonical(plan))
    folder.seal.write_text(f"{sha256(canonical(plan))}\n")


def unchained(why: str) -> bytes:
    return canonical({"at": NOW.isoformat(), "by": "ada", "why": why}) + b"\n"


def rehashed(line: bytes, why: str) -> bytes:
    """Return a line that says something else and holds for itself."""
    value = json.loads(line)
    body = {"at": value["at"], "by": value["by"], "why": why}
    hash = sha256(bytes.fromhex(value["prev"]) + canonical(body))
    return canonical({**body, "prev": value["prev"], "hash": hash}) + b"\n"


def test_a_line_follows_the_one_before_and_the_first_the_plan(lock: Lock) -> None:
    folder = thrice(lock(3))
    one, two, three = map(json.loads, folder.looks.read_bytes().splitlines())
    assert one["prev"] == folder.seal.read_text().strip()
    assert (two["prev"], three["prev"]) == (one["hash"], two["hash"])
    body = canonical({name: two[name] for name in ("at", "by", "why")})
    assert two["hash"] == sha256(bytes.fromhex(one["hash"]) + body)
    found = verify_study(folder)
    assert found.problems == ()
    assert found.as_json()["records"] == {
        "looks.jsonl": {"lines": 3, "unchained": 0, "end": three["hash"]},
        "exports.jsonl": {"lines": 0, "unchained": 0, "end": None},
    }


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda a: [a[0], a[1].replace(b"second", b"other"), a[2]], ["Line 2", "was changed"]),
        (lambda a: [a[0], a[1].replace(b":", b": "), a[2]], ["Line 2", "was changed"]),
        (lambda a: [rehashed(a[0], "other"), a[1], a[2]], ["Line 2", "before it was removed or"]),
        (lambda a: [a[0], a[1], rehashed(a[2], "other")], ["Line 3", "not the one"]),
        (lambda a: [a[0], a[2]], ["Line 2", "does not follow line 1"]),
        (lambda a: a[1:], ["Line 1", "before it was removed"]),
        (lambda a: a[:2], ["2 of 3 lines", "line 3 at its end was removed"]),
        (lambda _: [], ["0 of 3 lines", "lines up to 3 at its end was removed"]),
        (lambda a: [a[0], a[2], a[1]], ["Line 2", "Line 3", "reordered"]),
        (lambda a: [*a, a[1]], ["Line 4", "reordered or repeated"]),
        (lambda a: [a[0], unchained("slipped in"), *a[1:]], ["Line 2", "has no hash"]),
        (lambda a: [a[0], b"{\n", a[2]], ["Line 2", "cannot be read"]),
        (lambda a: [*a, b"{"], ["Line 4", "is not whole"]),
        (lambda _: [unchained("the first reason")], ["Line 1", "has no hash"]),
    ],
)
def test_a_change_of_a_record_is_named_by_line(
    lock: Lock, change: Change, named: list[str]
) -> None:
    folder = thrice(lock(3))
    lines = folder.looks.read_bytes().splitlines(keepends=True)
    folder.looks.write_bytes(b"".join(change(lines)))
    problems = " ".join(verify_study(folder).problems)
    assert all(words in problems for words in ("looks.jsonl", *named)), problems


def test_what_knows_the_end_cannot_be_removed_either(lock: Lock) -> None:
    folder = thrice(lock(3))
    folder.ends.unlink()
    (problem,) = verify_study(folder).problems
    assert problem == "ends.json does not say how looks.jsonl ended: it was changed."


def test_a_crash_between_line_and_end_is_no_change(lock: Lock) -> None:
    folder = lock(3)
    look(folder, "the first reason")
    before = folder.ends.read_bytes()
    look(folder, "the second reason")
    folder.ends.write_bytes(before)
    assert verify_study(folder).problems == ()
    look(folder, "the third reason")
    assert verify_study(folder).problems == ()


def test_a_verdict_does_not_count_whose_looks_were_changed(lock: Lock) -> None:
    folder = thrice(lock(6, raters_per_item=2, holdout=""))
    for rater in ("ada", "ben"):
        rate_all(folder, rater, always)
    folder.looks.write_bytes(b"".join(folder.looks.read_bytes().splitlines(keepends=True)[:1]))
    workspace = open_workspace(folder.path.parents[1])
    verdict = judge_study(workspace, folder, early=False, by="me", now=NOW).verdict
    assert verdict.decision == "cannot_say"
    assert "looks.jsonl" in verdict.sentence


def test_lines_from_before_there_were_hashes_are_called_what_they_are(lock: Lock) -> None:
    folder = lock(3)
    as_before(folder)
    old = unchained("an old reason") + unchained("another old one")
    folder.looks.write_bytes(old)
    found = verify_study(folder)
    assert found.problems == ()
    words = "looks.jsonl begins with 2 lines from before lines were chained; "
    assert f"{words}whether one was changed since cannot be told." in list(found.lines())
    look(folder, "a reason with a hash")
    found = verify_study(folder)
    assert found.problems == ()
    assert [one["why"] for one in found.records.looks.entries][-1] == "a reason with a hash"
    assert found.records.looks.unchained == 2
    assert f"{words}whether one was changed before the next cannot be told." in list(found.lines())
    folder.looks.write_bytes(folder.looks.read_bytes().replace(b"an old", b"no old"))
    (problem,) = verify_study(folder).problems
    assert "Line 3 of looks.jsonl does not follow line 2" in problem


def test_nothing_is_put_down_after_a_line_that_cannot_be_read(lock: Lock) -> None:
    folder = thrice(lock(3))
    folder.looks.write_bytes(folder.looks.read_bytes() + b"{\n")
    with pytest.raises(DataError, match=r"looks\.jsonl of .* cannot be read"):
        look(folder, "a fourth reason")
