import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from core.jobs.status import JobState
from core.jobs.store import JobSummary
from core.scoring.study.glance import Glance
from core.scoring.study.listing import keep_glances
from core.stages import Facts, Stage, overview
from core.workspace import open_workspace
from tests.support.studies import locked


def _job(kind: str, state: JobState, name: str = "first") -> JobSummary:
    return JobSummary(id=f"20260101-000000-{name}-ab12", kind=kind, name=name, state=state)


SPLIT = Facts(recommendation="fine_tune", rows=600, data_verdict="review", split=(450, 60, 90))


def _with(**more: object) -> Facts:
    known = {name: getattr(SPLIT, name) for name in ("recommendation", "rows", "data_verdict")}
    return Facts(**(known | {"split": SPLIT.split} | more))  # type: ignore[arg-type]


def test_an_empty_workspace_starts_with_the_decision() -> None:
    seen = overview(Facts())
    assert [view.stage for view in seen.stages] == list(get_args(Stage))
    assert [view.state for view in seen.stages] == ["next"] + ["not yet"] * 4
    assert seen.next_stage == "decide"


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        (Facts(recommendation="fine_tune"), "inspect"),
        (Facts(recommendation="fine_tune", rows=600, data_verdict="review"), "inspect"),
        (SPLIT, "train"),
        (_with(jobs=(_job("train", "finished"),)), "score"),
        (_with(jobs=(_job("train", "finished"),), verdict="Tuned wins."), "release"),
        (
            _with(jobs=(_job("train", "finished"),), verdict="Tuned wins.", verdict_run="first"),
            "score",
        ),
        (_with(recommendation="few_shot"), "decide"),
        (_with(recommendation="fine_tune_with_retrieval"), "train"),
    ],
)
def test_the_next_step_is_the_first_stage_that_is_not_done(facts: Facts, stage: str) -> None:
    seen = overview(facts)
    assert seen.next_stage == stage
    assert seen.next_step
    assert seen.next_command.startswith("tuningfork ")


def test_there_is_exactly_one_next_step() -> None:
    for facts in (Facts(), SPLIT, Facts(recommendation="prompting")):
        assert [view.state for view in overview(facts).stages].count("next") == 1


def test_a_job_that_broke_comes_before_everything_else() -> None:
    seen = overview(_with(jobs=(_job("train", "lost"),)))
    assert seen.next_stage == "train"
    assert seen.next_command == "tuningfork resume 20260101-000000-first-ab12"


def test_a_live_job_is_what_to_watch() -> None:
    seen = overview(_with(jobs=(_job("score", "queued", "scores"), _job("train", "running"))))
    assert seen.next_stage == "train"
    assert "watch" in seen.next_command


def test_the_job_to_resume_is_the_one_that_broke_and_not_the_newest() -> None:
    seen = overview(_with(jobs=(_job("score", "queued", "scores"), _job("train", "failed"))))
    assert seen.next_command == "tuningfork resume 20260101-000000-first-ab12"


def test_blocked_data_is_said_before_a_split() -> None:
    seen = overview(Facts(recommendation="fine_tune", rows=9, data_verdict="blocked"))
    assert seen.next_step == "Mend the blockers in the dataset."


def test_names_of_jobs_are_made_safe() -> None:
    seen = overview(_with(jobs=(_job("train", "running", name="x\x1b[2J"),)))
    assert "\x1b" not in "".join(view.line for view in seen.stages)


@pytest.mark.parametrize(
    ("states", "watched"),
    [(("queued", "running"), 1), (("queued", "finished"), 0), (("running", "queued"), 0)],
)
def test_the_run_to_watch_is_the_one_at_work_and_not_the_one_in_line(
    states: tuple[JobState, JobState], watched: int
) -> None:
    jobs = tuple(
        JobSummary(id=f"run-{place}", kind="train", name="r", state=state)
        for place, state in enumerate(states)
    )
    assert overview(_with(jobs=jobs)).next_command == f"tuningfork watch run-{watched}"


def test_training_is_not_urged_on_somebody_who_was_advised_otherwise() -> None:
    seen = overview(_with(recommendation="few_shot"))
    assert seen.next_step == "The advice is few-shot: measure it before you train."
    assert seen.next_command == "tuningfork decide --measure SPLIT"


def _study(**more: object) -> Glance:
    told = {
        "study": "tickets-7e",
        "name": "tick\x1bets",
        "state": "blind",
        "rated": 41,
        "planned": 48,
        "watched": False,
        "may_stop": False,
        "fresh": True,
    }
    return Glance(**(told | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("study", "line", "step", "command"),
    [
        (_study(), "41 of 48 ratings", "waits for all ratings", "study status"),
        (_study(fresh=False), "at least 41 of 48", "waits for all ratings", "study status"),
        (_study(watched=True), "41 of at most 48", "may stop as soon as", "study status"),
        (_study(watched=True, may_stop=True), "enough to stop", "evidence in", "verdict"),
        (_study(state="complete", rated=48), "everything is rated", "open its seal", "verdict"),
    ],
)
def test_a_sealed_study_is_the_next_step_of_score_by_its_own_rule(
    study: Glance, line: str, step: str, command: str
) -> None:
    seen = overview(_with(jobs=(_job("train", "finished"),), verdict="Tuned wins.", study=study))
    (score,) = [view for view in seen.stages if view.stage == "score"]
    assert line in score.line
    assert "\x1b" not in score.line + seen.next_step
    assert (seen.next_stage, seen.next_command) == ("score", f"tuningfork {command} tickets-7e")
    assert step in seen.next_step


def test_a_scoring_job_comes_before_a_study() -> None:
    seen = overview(_with(jobs=(_job("score", "running"),), study=_study(state="complete")))
    assert "watch" in seen.next_command
    seen = overview(_with(jobs=(_job("score", "failed"),), study=_study(state="complete")))
    assert "resume" in seen.next_command


@pytest.mark.parametrize(
    ("state", "how", "command"),
    [
        ("running", "served", "tuningfork release show answers"),
        ("finished", "not served", "tuningfork gateway answers"),
    ],
)
def test_a_release_is_named_with_what_is_next_for_it(
    state: JobState, how: str, command: str
) -> None:
    jobs = (_job("gateway", state), _job("train", "finished"))
    seen = overview(_with(jobs=jobs, released=("answers",), verdict="Tuned wins."))
    assert (seen.stages[-1].state, seen.stages[-1].line) == (
        "done",
        f"Released: answers; {how} now.",
    )
    assert (seen.next_stage, seen.next_command) == ("release", command)


def test_a_study_costs_home_nothing_heavy(tmp_path: Path) -> None:
    folder = locked(tmp_path / "w")
    keep_glances(open_workspace(tmp_path / "w"))
    code = (
        "import sys; from pathlib import Path; from core.stages import read_overview; "
        "from core.workspace import open_workspace; "
        "found = read_overview(open_workspace(Path(sys.argv[1]))); "
        "print(found.next_command, *(name for name in sys.modules if 'scoring' in name))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "w")]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) == {
        *("tuningfork", "study", "status", folder.id, "core.scoring", "core.scoring.study"),
        *("core.scoring.study.folder", "core.scoring.study.glance"),
    }
