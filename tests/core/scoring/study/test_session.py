from datetime import timedelta

import pytest

from core.errors import DataError, JobError, UsageError
from core.scoring.study.leases import LEASE
from core.scoring.study.session import RatingSession
from tests.core.scoring.study.conftest import CONTENDERS, NOW, Lock, always, answered, rate_all


def test_a_rater_goes_on_where_the_last_sitting_stopped(lock: Lock) -> None:
    folder = lock(6)
    assert rate_all(folder, "ada", always, limit=2) == 2
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        assert session.progress().done == 2
        assert len(session.met()) == 2
    assert rate_all(folder, "ada", always) == 4


def test_everything_said_of_an_answer_is_kept_and_can_be_taken_back(lock: Lock) -> None:
    with RatingSession(lock(), "ada", clock=lambda: NOW) as session:
        task = session.next()
        assert task is not None
        side = task.sides[1].id
        session.rate(task, 1, 5)
        session.say("comment", task, 1, "short")
        session.say("edit", task, 1, "a better text")
        session.flag_unsafe(task, 1, "names a person")
        said = session.standing
        assert said.score(task.met, side) == 1
        assert said.value("comment", task.met, side) == "short"
        undone = session.undo()
        assert undone is not None
        assert undone.value == 1
        assert said.score(task.met, side) == 5
        session.undo()
        assert said.event("flag", task.met, side) is None
        session.clear(task, 1, "rate")
        assert said.score(task.met, side) is None
        session.undo()
        assert said.score(task.met, side) == 5


def test_an_item_is_finished_only_when_every_answer_has_a_score(lock: Lock) -> None:
    with RatingSession(lock(), "ada", clock=lambda: NOW) as session:
        task = session.next()
        assert task is not None
        for place in range(3):
            session.rate(task, place, 3)
        events = len(session.events)
        assert not session.commit(task)
        assert session.missing(task) == [3]
        assert len(session.events) == events
        session.rate(task, 3, 3)
        assert session.commit(task)
        assert session.next() != task


def test_undo_reaches_back_over_finished_items(lock: Lock) -> None:
    folder = lock(2)
    rate_all(folder, "ada", always)
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        assert session.next() is None
        undone = session.undo()
        assert undone is not None
        task = session.next()
        assert task is not None
        assert task.met == (undone.item, undone.occurrence)


def test_scores_are_those_of_the_rubric(lock: Lock) -> None:
    with RatingSession(lock(), "ada") as session:
        task = session.next()
        assert task is not None
        with pytest.raises(UsageError, match="1, 3, 5"):
            session.rate(task, 0, 4)
    with RatingSession(lock(rubric="1-5"), "ada") as session:
        task = session.next()
        assert task is not None
        session.rate(task, 0, 4)


def test_equal_answers_are_rated_once(lock: Lock) -> None:
    answers = answered(3, lambda number, name: "same" if name in {"base", "few"} else name)
    with RatingSession(lock(answers=answers), "ada") as session:
        task = session.next()
        assert task is not None
        assert len(task.sides) == 3
        assert sum(len(side.same) for side in task.sides) == 1


def test_each_item_goes_to_k_people_and_to_nobody_twice(lock: Lock) -> None:
    folder = lock(9, raters_per_item=2)
    counts = [
        rate_all(folder, rater, always, limit=limit)
        for rater, limit in (
            ("ada", 4),
            ("ben", None),
            ("cleo", None),
            ("ada", None),
            ("dan", None),
        )
    ]
    assert sum(counts) == 18
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        met = [task.met for task in session.met()]
    assert len(met) == len(set(met))


def test_an_item_somebody_left_goes_back_after_its_lease(lock: Lock) -> None:
    folder = lock(2)
    now = NOW
    left = RatingSession(folder, "ada", clock=lambda: now)
    held = left.next()
    assert held is not None
    with RatingSession(folder, "ben", clock=lambda: now) as session:
        other = session.next()
        assert other is not None
        assert other.met != held.met
        for place in range(len(other.sides)):
            session.rate(other, place, 3)
        session.commit(other)
        assert session.next() is None
        assert session.progress().waiting == 1
        now = NOW + LEASE + timedelta(seconds=1)
        late = session.next()
        assert late is not None
        assert late.met == held.met
    left.close()


def test_repeats_come_back_to_the_same_rater_and_count_for_nobody_else(lock: Lock) -> None:
    folder = lock(10, repeats=0.2)
    assert rate_all(folder, "ada", always) == 12
    assert rate_all(folder, "ben", always) == 0


def test_a_skipped_item_goes_to_somebody_else(lock: Lock) -> None:
    folder = lock(2)
    with RatingSession(folder, "ada", clock=lambda: NOW) as session:
        task = session.next()
        assert task is not None
        session.skip(task, "not my language")
        following = session.next()
        assert following is not None
        assert following.met != task.met
    assert rate_all(folder, "ben", always) == 2


def test_one_window_at_a_time(lock: Lock) -> None:
    folder = lock()
    with RatingSession(folder, "ada"), pytest.raises(JobError, match="another window"):
        RatingSession(folder, "ada")
    RatingSession(folder, "ada").close()


@pytest.mark.parametrize("rater", ["../ada", "", "Ada", "a/b", "a" * 41])
def test_names_cannot_leave_the_folder(lock: Lock, rater: str) -> None:
    with pytest.raises(UsageError):
        RatingSession(lock(), rater)


def test_only_the_raters_of_the_plan_get_in(lock: Lock) -> None:
    folder = lock(raters=("ada",))
    RatingSession(folder, "ada").close()
    with pytest.raises(UsageError, match="locked for ada"):
        RatingSession(folder, "ben")


def test_a_changed_log_is_refused(lock: Lock) -> None:
    folder = lock()
    rate_all(folder, "ada", always, limit=1)
    log = folder.log("ada")
    log.write_bytes(log.read_bytes().replace(b'"value":3', b'"value":5', 1))
    with pytest.raises(DataError, match="cannot be trusted"):
        RatingSession(folder, "ada")


def test_what_a_rater_can_read_names_no_contender(lock: Lock) -> None:
    folder = lock(8, traps=2, repeats=0.2)
    rate_all(folder, "ada", always)
    for path in (folder.sheet, folder.seal, folder.log("ada"), folder.leases):
        content = path.read_text()
        for name in (*CONTENDERS, "trap"):
            assert f'"{name}' not in content, path
    read = {"sheet.json", "plan.sha256", "ratings", "leases.json", "leases.lock"}
    assert {path.name for path in folder.path.iterdir()} == read | {"plan.json", "sealed.json"}


def test_no_side_and_no_place_is_a_contenders_own(lock: Lock) -> None:
    with RatingSession(lock(30), "ada") as session:
        ids = [side.id for item in session.sheet.items for side in item.sides]
        texts = [session.sheet.items[one].sides[0].text for one in range(30)]
    assert len(ids) == len(set(ids)) == 120
    assert len({text.split("way of")[1] for text in texts}) == 4
