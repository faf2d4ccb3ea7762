import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.scoring.rated.verdict import judge
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import (
    integrity_of,
    missing_ratings,
    open_seal,
    read_locked,
    read_logs,
    read_sealed,
    table_of,
)
from tests.core.scoring.study.conftest import NOW, Lock, always, answered, by_text, rate_all

GOLDEN = {
    "tuned": ("5 5 3 5 5 5 3 5 5 1 5 5 5 3 5 5 5 5 3 5", "5 5 5 5 5 3 3 5 5 1 5 5 5 3 5 5 3 5 3 5"),
    "base": ("3 1 3 3 5 1 1 3 3 1 3 5 1 3 3 1 3 5 1 3", "3 1 3 1 5 1 1 3 3 1 3 5 3 3 3 1 3 3 1 3"),
    "few": ("5 3 3 5 5 3 1 3 5 1 3 5 3 3 5 3 5 5 1 3", "5 3 3 5 3 3 1 3 5 1 3 5 3 3 3 3 5 5 1 3"),
    "rag": ("5 5 3 3 5 5 1 5 5 3 5 5 3 3 5 5 5 3 3 5", "5 5 3 3 5 5 3 5 5 3 5 5 3 1 5 5 5 3 3 5"),
}  # fmt: skip


def rate_golden(lock: Lock, **plan: object) -> StudyFolder:
    folder = lock(
        20, answers=answered(20, lambda n, name: f"{name[::-1]} {n}"), raters_per_item=2, **plan
    )
    for number, rater in enumerate(("r1", "r2")):
        scores = {
            f"{name[::-1]} {item}": int(score)
            for name, rows in GOLDEN.items()
            for item, score in enumerate(rows[number].split(), start=1)
        }
        rate_all(folder, rater, by_text(scores))
    return folder


def test_the_golden_study_gives_its_verdict_through_sheets_and_logs(lock: Lock) -> None:
    folder = rate_golden(lock, traps=1, repeats=0.1)
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    sealed = read_sealed(folder)
    integrity = integrity_of(locked, logs, sealed, holdout="root")
    table = table_of(locked, logs, sealed)
    verdict = judge(table, locked.plan.terms(available=20), integrity)
    assert integrity.problems == ()
    assert verdict.decision == "keep_rating"
    assert verdict.more_items == 13
    figures = [(one.against, one.mean_difference, round(one.p, 6)) for one in verdict.comparisons]
    assert figures == [("base", 1.8, 3.1e-05), ("few", 0.95, 0.001465), ("rag", 0.25, 0.394531)]
    assert verdict.agreement.ordinal.value == pytest.approx(0.8772, abs=5e-5)
    assert table.items == locked.items


def test_ratings_that_are_missing_are_counted(lock: Lock) -> None:
    folder = lock(5, raters_per_item=2)
    rate_all(folder, "ada", always)
    rate_all(folder, "ben", always, limit=3)
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    assert missing_ratings(locked, logs) == 2
    integrity = integrity_of(locked, logs, read_sealed(folder), holdout="root")
    assert integrity.problems == ("2 planned ratings of items are missing.",)


def test_a_changed_holdout_is_named(lock: Lock) -> None:
    folder = lock(2)
    rate_all(folder, "ada", always)
    locked = read_locked(folder)
    found = integrity_of(locked, read_logs(folder, locked), read_sealed(folder), holdout="other")
    assert found.problems == ("The holdout was changed after the study was locked.",)


def _swap(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3], lines[4] = lines[4], lines[3]
    path.write_bytes(b"".join(lines))


def _remove(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))


def _change(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"value":3', b'"value":5', 1))


def _copy(path: Path) -> None:
    path.with_name("eve.jsonl").write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_swap, "line 4 of ada.jsonl: an event before it was removed, added or moved"),
        (_remove, "line 3 of ada.jsonl: an event before it was removed, added or moved"),
        (_change, "line 1 of ada.jsonl: the event was changed after it was saved"),
        (_copy, "names the rater ada"),
    ],
)
def test_a_changed_removed_moved_or_copied_event_is_named(
    lock: Lock, harm: Callable[[Path], None], words: str
) -> None:
    folder = lock(3)
    rate_all(folder, "ada", always)
    harm(folder.log("ada"))
    problems = read_logs(folder, read_locked(folder)).problems
    assert any(words in problem for problem in problems), problems


def test_any_changed_byte_of_a_log_is_noticed(lock: Lock) -> None:
    folder = lock(2)
    rate_all(folder, "ada", always)
    locked, log = read_locked(folder), folder.log("ada")
    content = log.read_bytes()
    for at in range(0, len(content) - 1, 7):
        log.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        found = read_logs(folder, locked)
        assert found.problems or found.torn, content[max(0, at - 20) : at + 20]


@pytest.mark.parametrize("name", ["plan", "sheet", "sealed"])
def test_what_the_lock_wrote_cannot_be_changed_unnoticed(lock: Lock, name: str) -> None:
    folder = lock(3)
    rate_all(folder, "ada", always)
    path: Path = getattr(folder, name)
    values = json.loads(path.read_bytes())
    if name == "plan":
        values["plan"]["worthwhile"] = 0.1
    elif name == "sheet":
        values["items"][0]["sides"][0]["text"] = "better"
    else:
        sides = next(iter(values["mapping"].values()))
        one, other, *_ = sides
        sides[one], sides[other] = sides[other], sides[one]
    path.write_text(json.dumps(values))
    locked = read_locked(folder)
    found = integrity_of(locked, read_logs(folder, locked), read_sealed(folder), holdout="root")
    assert len(found.problems) >= 1


def test_traps_and_repeats_count_in_no_figure(lock: Lock) -> None:
    folder = lock(10, traps=3, repeats=0.3)
    assert rate_all(folder, "ada", always) == 10 + 3 + round(0.3 * 13)
    locked = read_locked(folder)
    sealed = read_sealed(folder)
    table = table_of(locked, read_logs(folder, locked), sealed)
    assert len(sealed.traps) == 3
    assert len(table.items) == 10
    assert sum(1 for _ in table) == 40


def test_equal_answers_count_for_each_who_gave_them(lock: Lock) -> None:
    answers = answered(3, lambda number, name: "same" if name in {"base", "few"} else name)
    folder = lock(answers=answers)
    rate_all(folder, "ada", by_text({"same": 5, "tuned": 3, "rag": 1}))
    locked = read_locked(folder)
    table = table_of(locked, read_logs(folder, locked), read_sealed(folder))
    assert {name: table.mean(name) for name in table.contenders} == {
        "base": 5, "few": 5, "tuned": 3, "rag": 1,
    }  # fmt: skip


def test_opening_the_seal_is_recorded_once(lock: Lock) -> None:
    folder = lock(2)
    locked = read_locked(folder)
    open_seal(folder, locked, by="owner", now=NOW)
    first = folder.revealed.read_bytes()
    open_seal(folder, locked, by="somebody else", now=NOW)
    assert folder.revealed.read_bytes() == first
    assert b'"by":"owner"' in first
