"""The queue of reviews: who gets what, what is kept, and what is deleted."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.errors import JobError, UsageError
from core.release.gateway.log_file import forget_user, read_entries, sweep_log
from core.release.gateway.log_store import LogStore
from core.release.gateway.log_writer import LogWriter
from core.release.releases import ReleaseFolder
from core.release.review.giving_out import GivingOut
from core.release.review.item import SCORES, Said, decision
from core.release.review.overview import read_arm_reviews, read_due, read_queue
from core.release.review.review_store import LEASE_S
from core.release.review.sampling import queued
from core.release.review.session import ReviewSession
from core.release.review.wish import with_review
from tests.support.filled_workspace import NOW
from tests.support.release_log import entry
from tests.support.release_plans import plan_of
from tests.support.reviewing import add_reviews, hold_plan, reviewer

AT = NOW.timestamp()
DAY = 86_400.0
PLAN = hold_plan()


def folder_in(place: Path) -> ReleaseFolder:
    return ReleaseFolder(place / "trial")


def before(session: ReviewSession) -> str:
    """Return the id of the next answer, "" without one."""
    item = session.next()
    return item.id if item else ""


def test_every_share_is_met_exactly_by_the_hash_of_the_id() -> None:
    ids = [f"chatcmpl-{number:024x}" for number in range(10_000)]
    found: dict[float, set[str]] = {}
    for share in (0.5, 5, 25, 100):
        plan = plan_of(review={"mode": "sample", "share": share})
        found[share] = {id for id in ids if queued(plan, id)}
    # The hash is a published function, so these counts are the same wherever they are made.
    assert {share: len(some) for share, some in found.items()} == COUNTS
    assert found[0.5] < found[5] < found[25] < found[100] == set(ids)


COUNTS = {0.5: 55, 5: 477, 25: 2428, 100: 10_000}


def test_a_release_of_which_no_text_is_kept_cannot_be_reviewed() -> None:
    for keep in ("hashes", "nothing"):
        with pytest.raises(ValidationError, match="nobody can review what is not kept"):
            plan_of(review={"mode": "hold"}, log={"keep": keep})
    with pytest.raises(ValidationError, match="share above 0"):
        plan_of(review={"mode": "sample"})
    with pytest.raises(ValidationError, match='belongs to mode = "sample"'):
        plan_of(review={"mode": "hold", "share": 5})


def test_who_reviews_is_said_in_a_word() -> None:
    plan = plan_of(review={"mode": "hold", "wait_seconds": 30})
    for how, mode, share in (
        ("none", "none", 0.0),
        ("hold", "hold", 0.0),
        ("5%", "sample", 5.0),
        ("sample=0.25", "sample", 0.25),
    ):
        found = with_review(plan, how).review
        assert (found.mode, found.share, found.wait_seconds) == (mode, share, 30)
    with pytest.raises(UsageError, match="--review 5%"):
        with_review(plan, "some")
    with pytest.raises(JobError, match="100"):
        with_review(plan, "101%")
    with pytest.raises(JobError, match="nobody can review what is not kept"):
        with_review(plan_of(log={"keep": "hashes"}), "hold")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([None, *SCORES]), st.text(max_size=3), st.text(max_size=3))
def test_only_a_good_score_or_an_own_text_lets_an_answer_out(
    score: int | None, text: str, answer: str
) -> None:
    found = decision(Said(score=score, correction=text), answer)
    own = bool(text.strip()) and text != answer
    assert (found == "waiting") == (score is None)
    assert (found == "corrected") == (score is not None and own)
    assert (found == "refused") == (score == 1 and not own)


def test_two_reviewers_never_have_one_answer_before_them(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ids = add_reviews(folder, PLAN, 3)
    with reviewer(folder, PLAN, "ada", now=AT) as ada:
        with reviewer(folder, PLAN, "bob", now=AT) as bob:
            assert [before(ada), before(bob), before(ada)] == [ids[0], ids[1], ids[0]]
            with (
                reviewer(folder, PLAN, "cy", now=AT) as cy,
                reviewer(folder, PLAN, "di", now=AT) as di,
            ):
                assert [before(cy), before(di)] == [ids[2], ""]
            with pytest.raises(JobError, match="another window"):
                ReviewSession(folder, PLAN, "bob")
        assert read_due(folder.log, AT).taken == 1
    assert read_due(folder.log, AT).waiting == 3
    assert read_due(folder.log, AT).oldest == AT - 180


def test_an_answer_that_was_left_goes_to_others_and_its_late_word_counts_not(
    tmp_path: Path,
) -> None:
    folder = folder_in(tmp_path)
    ids = add_reviews(folder, PLAN, 1)
    with reviewer(folder, PLAN, "ada", now=AT) as ada:
        assert before(ada) == ids[0]
        ada.rate(1)
        with reviewer(folder, PLAN, "bob", now=AT + LEASE_S - 1) as bob:
            assert before(bob) == ""
        with reviewer(folder, PLAN, "bob", now=AT + LEASE_S) as bob:
            assert before(bob) == ids[0]
            with pytest.raises(JobError, match="no longer before you"):
                ada.decide()
            bob.rate(5)
            assert bob.decide() == "approved"
    (found,) = read_queue(folder.log, AT)
    assert (found.status, found.reviewer) == ("approved", "bob")


def test_a_skipped_answer_goes_to_others_only(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ids = add_reviews(folder, PLAN, 1)
    with reviewer(folder, PLAN, "ada") as ada:
        assert before(ada) == ids[0]
        ada.skip("greek")
        assert ada.item is None
        assert (ada.undo(), before(ada)) == ("skip", ids[0])
        ada.skip("greek")
        with reviewer(folder, PLAN, "bob") as bob:
            assert before(bob) == ids[0]
            with pytest.raises(JobError, match="no longer before you"):
                ada.undo()


async def test_undo_goes_back_over_answers_until_one_was_given_out(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ids = add_reviews(folder, PLAN, 2)
    given = GivingOut(folder.log, 0)
    with reviewer(folder, PLAN) as ada:
        assert before(ada) == ids[0]
        ada.say("flag", "a secret")
        assert ada.decide() == "refused"
        assert [one["harmed"] for one in read_entries(folder.log)] == [1, 0]
        assert before(ada) == ids[1]
        ada.rate(3)
        assert [ada.undo(), ada.undo(), ada.undo(), ada.undo()] == ["rate", "commit", "flag", None]
        assert ada.item is not None
        assert (ada.item.id, ada.item.said, ada.done) == (ids[0], Said(), 0)
        assert [one["harmed"] for one in read_entries(folder.log)] == [0, 0]
        ada.rate(5)
        ada.decide()
        assert (await given.look(ids[0])).text == "parcel 0"  # type: ignore[union-attr]
        with pytest.raises(JobError, match="given out"):
            ada.undo()
    await given.close()


def test_a_sampled_review_can_be_taken_back_though_the_answer_went_out(tmp_path: Path) -> None:
    plan = plan_of(review={"mode": "sample", "share": 100}, log={"keep": "full"})
    folder = folder_in(tmp_path)
    add_reviews(folder, plan, 1, review="sampled")
    with reviewer(folder, plan) as ada:
        assert ada.next() is not None
        ada.rate(1)
        assert (ada.decide(), ada.undo()) == ("refused", "commit")


def test_reviewers_are_counted_by_the_arm_that_they_never_saw(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    add_reviews(folder, PLAN, 2, arm="new", dealt="new")
    add_reviews(folder, PLAN, 2, first=2, arm="old", dealt="old")
    with reviewer(folder, PLAN, now=AT) as ada:
        for score in (5, 3, 1, 5):
            item = ada.next()
            assert item is not None
            assert not {"new", "old", "arm"} & set(repr(item).replace("'", " ").split())
            ada.rate(score)
            if score == 1:
                ada.say("flag", "why")
            ada.decide()
    found = read_arm_reviews(folder.log, AT)
    assert {name: (one.decided, one.mean, one.unsafe) for name, one in found.items()} == {
        "new": (2, 4.0, 0),
        "old": (2, 3.0, 1),
    }
    store = LogStore(folder.log, PLAN.log)
    assert store.harmed(0) == {"old": 1}
    store.close()


def test_the_day_and_a_forgotten_user_take_every_trace_of_a_review(tmp_path: Path) -> None:
    folder, plan = folder_in(tmp_path), hold_plan(log={"keep": "full", "days": 10})
    add_reviews(folder, plan, 3)
    with reviewer(folder, plan, now=AT) as ada:
        for word in ("OLD-TEXT", "FORGOTTEN-TEXT"):
            assert ada.next() is not None
            ada.say("edit", f"{word} that was left again")
            ada.say("edit", f"{word} goes out")
            ada.say("comment", f"{word} remarked")
            ada.rate(3)
            ada.decide()
        assert ada.next() is not None
        assert forget_user(folder.log, plan.log, "user 1") == 1
        assert sweep_log(folder.log, plan.log, AT + 10 * DAY - 150) == 1
        content = b"".join(path.read_bytes() for path in folder.path.rglob("*"))
        assert b"OLD-TEXT" not in content
        assert b"FORGOTTEN-TEXT" not in content
        assert sweep_log(folder.log, plan.log, AT + 10 * DAY) == 1
        with pytest.raises(JobError, match="its day came"):
            ada.rate(5)
    assert read_queue(folder.log, AT) == []


def test_texts_of_reviewers_are_covered_as_the_plan_says(tmp_path: Path) -> None:
    folder, plan = folder_in(tmp_path), hold_plan(log={"keep": "redacted"})
    add_reviews(folder, plan, 1)
    with reviewer(folder, plan) as ada:
        ada.next()
        ada.say("edit", "Write to jane.doe@parcel-post.com")
        assert ada.item is not None
        assert ada.item.said.correction.startswith("Write to ")
        assert "jane" not in ada.item.said.correction
    assert b"jane" not in b"".join(path.read_bytes() for path in folder.path.rglob("*"))


WORKER = """
import sys
from pathlib import Path
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder
from core.release.review.session import ReviewSession
plan = ReleasePlan.model_validate_json(sys.argv[2])
session = ReviewSession(ReleaseFolder(Path(sys.argv[1])), plan, sys.argv[3])
for line in sys.stdin:
    item = session.next()
    session.rate(5)
    session.say("edit", f"by {session.reviewer}")
    session.decide()
    print(item.id, flush=True)
"""


def test_a_reviewer_that_is_killed_loses_no_decision_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    folder = folder_in(tmp_path)
    ids = add_reviews(folder, PLAN, 20)
    acknowledged: list[str] = []
    for name in ("ada", "bob"):
        words = [sys.executable, "-P", "-c", WORKER, folder.path, PLAN.model_dump_json(), name]
        with subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            for _ in range(3):
                worker.stdin.write("next\n")
                worker.stdin.flush()
                acknowledged.append(worker.stdout.readline().strip())
            worker.stdin.write("next\n")
            worker.stdin.flush()
            worker.kill()  # somewhere in the fourth decision, or around it
            acknowledged += worker.stdout.read().split()
    assert set(acknowledged[:3]) == set(ids[:3])
    assert max(Counter(acknowledged).values()) == 1
    decided = {one.id for one in read_queue(folder.log, AT) if one.status == "corrected"}
    assert set(acknowledged) <= decided
    assert len(decided) <= len(acknowledged) + 2  # what was decided and not yet said
    with reviewer(folder, PLAN, "ada", now=AT + 10 * DAY) as ada:
        assert before(ada) in set(ids) - decided


def test_entries_without_a_review_are_in_no_queue(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    folder.path.mkdir()
    store = LogStore(folder.log, PLAN.log)
    store.write([entry(1, at=AT)], [])
    store.close()
    assert read_due(folder.log, AT).waiting == 0
    assert read_due(ReleaseFolder(tmp_path / "nowhere").log, AT).waiting == 0


def test_the_guardrail_looks_at_what_reviewers_wrote_too(tmp_path: Path) -> None:
    looked = threading.Event()
    log = LogWriter(tmp_path / "log.db", PLAN.log, harmed=lambda store: looked.set())
    assert looked.wait(60)  # no entry of this gateway came with harm
    log.close()
