"""The five stages, how far each is in this workspace, and the one obvious next step."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.database import connect_to_read
from core.decide.naming import spoken
from core.jobs.status import LIVE
from core.jobs.store import JobSummary, list_jobs
from core.text_safety import clip, visible
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.scoring.study.glance import Glance

Stage = Literal["decide", "inspect", "train", "score", "release"]
StageState = Literal["done", "running", "next", "not yet", "attention"]
_TRAINING = frozenset({"train", "rehearsal"})
_SCORING = frozenset({"score", "simulated_rating"})
_LINE_LIMIT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One line of the home screen."""

    stage: Stage
    state: StageState
    line: str
    """What there is, or what is missing; safe to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All the home screen says, but for the live figures of the jobs."""

    stages: tuple[StageView, ...]
    next_step: str
    """One sentence."""
    next_stage: Stage
    """Where the next step is taken."""
    next_command: str
    """The same step on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the workspace holds, newest of each kind; None where there is nothing."""

    recommendation: str | None = None
    rows: int | None = None
    data_verdict: str | None = None
    split: tuple[int, int, int] | None = None
    """Rows for training, validation and holdout."""
    jobs: tuple[JobSummary, ...] = ()
    """Newest first."""
    verdict: str | None = None
    verdict_run: str | None = None
    """The training run that was scored last; a study's verdict names none."""
    released: tuple[str, ...] = ()
    """Names of releases."""
    study: "Glance | None" = None
    """The sealed study that its owner goes on with."""


def read_overview(workspace: Workspace) -> Overview:
    """Return how far this workspace is."""
    return overview(read_facts(workspace))


def read_facts(workspace: Workspace) -> Facts:
    """Read the newest of each kind from disk."""
    jobs = list_jobs(workspace)
    study = _study(workspace)
    released = tuple(sorted(one.parent.name for one in workspace.releases.glob("*/release.toml")))
    with connect_to_read(workspace.database) as connection:
        if connection is None:
            return Facts(jobs=jobs, study=study, released=released)

        def newest(columns: str, table: str, which: str = "TRUE") -> tuple[Any, ...]:
            order = "ORDER BY created_at DESC, rowid DESC LIMIT 1"
            query = f"SELECT {columns} FROM {table} WHERE {which} {order}"
            return connection.execute(query).fetchone() or (None,) * (columns.count(",") + 1)

        (decision,) = newest("result", "decisions")
        (profile,) = newest("profile", "datasets")
        (counts,) = newest("counts", "splits")
        (verdict,) = newest("result", "verdicts")
        (run,) = newest("run", "verdicts", "run != ''")
    profiled = _loaded(profile)
    parts = _loaded(counts)
    return Facts(
        recommendation=_shown(_loaded(decision).get("recommendation")),
        rows=profiled.get("rows"),
        data_verdict=_shown(profiled.get("verdict")),
        split=(parts["train"], parts["validation"], parts["holdout"]) if parts else None,
        jobs=jobs,
        verdict=_told(workspace, _loaded(verdict)),
        verdict_run=run,
        study=study,
        released=released,
    )


def _study(workspace: Workspace) -> "Glance | None":
    """Return the study that is rated or waits for its seal to be opened."""
    if not workspace.studies.is_dir():
        return None
    from core.scoring.study.glance import glances, waiting

    return waiting(glances(workspace))


def _told(workspace: Workspace, verdict: dict[str, Any]) -> str | None:
    """Return what may be told of the newest verdict, None before there is one."""
    if not verdict:
        return None
    # Home is ready sooner without what only a verdict needs.
    from core.scoring.study.hiding import blind_roots, shown_result

    return _shown(shown_result(verdict, blind_roots(workspace)).get("sentence"))


def overview(facts: Facts) -> Overview:
    """Return what the facts add up to."""
    views: tuple[StageView, ...] = (
        _decide(facts),
        _inspect(facts),
        _train(facts),
        _score(facts),
        _release(facts),
    )
    first: tuple[StageState, ...] = ("attention", "next", "running", "not yet")
    found = (one for state in first for one in views if one.state == state)
    pending = next(found, views[-1])
    if pending.state == "not yet":
        chosen = StageView(stage=pending.stage, state="next", line=pending.line)
        views = tuple(chosen if one is pending else one for one in views)
    step, command = _next_step(pending, facts)
    stage = _next_stage(pending, facts)
    return Overview(stages=views, next_step=step, next_stage=stage, next_command=command)


def _decide(facts: Facts) -> StageView:
    if facts.recommendation is None:
        return StageView(stage="decide", state="not yet", line="No decision recorded.")
    advice = spoken(facts.recommendation)
    return StageView(stage="decide", state="done", line=f"Recommended: {advice}.")


def _inspect(facts: Facts) -> StageView:
    if facts.rows is None:
        return StageView(stage="inspect", state="not yet", line="No dataset inspected.")
    if facts.split is None:
        line = f"{facts.rows} rows, {facts.data_verdict}; no holdout locked."
        blocked = facts.data_verdict == "blocked"
        return StageView(stage="inspect", state="attention" if blocked else "not yet", line=line)
    train, validation, holdout = facts.split
    line = f"{facts.rows} rows: train {train}, validation {validation}, holdout {holdout} locked."
    return StageView(stage="inspect", state="done", line=line)


def _train(facts: Facts) -> StageView:
    runs = [job for job in facts.jobs if job.kind in _TRAINING]
    if not runs:
        return StageView(stage="train", state="not yet", line="No run yet.")
    newest = runs[0]
    live = sum(job.state in LIVE for job in runs)
    if live:
        words = f"{live} runs under way" if live > 1 else f"{visible(newest.name)}: {newest.state}"
        return StageView(stage="train", state="running", line=f"{words}.")
    line = f"{visible(newest.name)}: {newest.state}."
    if newest.state in {"lost", "failed"}:
        return StageView(stage="train", state="attention", line=line)
    return StageView(stage="train", state="done", line=line)


def _score(facts: Facts) -> StageView:
    scoring = [job for job in facts.jobs if job.kind in _SCORING]
    if scoring and scoring[0].state in LIVE:
        doing = "Simulated raters" if scoring[0].kind == "simulated_rating" else "Answering"
        return StageView(stage="score", state="running", line=f"{doing}: {scoring[0].state}.")
    if scoring and scoring[0].state in {"lost", "failed"}:
        line = f"The job {visible(scoring[0].name)} is {scoring[0].state}."
        return StageView(stage="score", state="attention", line=line)
    if facts.study is not None:
        return _rated(facts.study)
    if facts.verdict is None:
        return StageView(stage="score", state="not yet", line="No verdict yet.")
    return StageView(stage="score", state="done", line=facts.verdict)


def _job_first(facts: Facts) -> bool:
    """Return whether a scoring job is under way or fell, which matters more than any study."""
    newest = next((job.state for job in facts.jobs if job.kind in _SCORING), None)
    return newest in LIVE or newest in {"lost", "failed"}


def _rated(study: "Glance") -> StageView:
    """Return how far a sealed study is; what was rated since it was counted is not known here."""
    name = clip(visible(study.name), 40)
    if study.state == "complete":
        return StageView(stage="score", state="next", line=f"{name}: everything is rated.")
    if study.may_stop:
        return StageView(stage="score", state="next", line=f"{name}: enough to stop.")
    least = "" if study.fresh else "at least "
    most = "at most " if study.watched else ""
    line = f"{name}: {least}{study.rated:,} of {most}{study.planned:,} ratings."
    return StageView(stage="score", state="running", line=line)


def _release(facts: Facts) -> StageView:
    if facts.released:
        how = "served" if _served(facts) else "not served"
        names = clip(", ".join(facts.released), 80)
        return StageView(stage="release", state="done", line=f"Released: {names}; {how} now.")
    if not facts.verdict_run:
        return StageView(stage="release", state="not yet", line="Nothing scored to release.")
    line = f"The adapter of {facts.verdict_run} can be loaded with peft; nothing is deployed."
    return StageView(stage="release", state="done", line=line)


def _served(facts: Facts) -> bool:
    return any(job.kind == "gateway" and job.state in LIVE for job in facts.jobs)


def _release_step(facts: Facts) -> tuple[str, str]:
    """Return what the owner of a release does next."""
    name = visible(facts.released[0])
    if _served(facts):
        return "See how each arm of the release does.", f"tuningfork release show {name}"
    return "Serve the release.", f"tuningfork gateway {name}"


def _next_stage(pending: StageView, facts: Facts) -> Stage:
    """Return where the next step is taken: Decide measures, Score shows the verdict."""
    if pending.stage == "train" and pending.state == "not yet" and _advised_against_tuning(facts):
        return "decide"
    if pending.stage == "release" and pending.state == "done" and not facts.released:
        return "score"
    return pending.stage


def _advised_against_tuning(facts: Facts) -> bool:
    """Return whether the newest decision recommends something cheaper than a fine-tune."""
    return facts.recommendation is not None and not facts.recommendation.startswith("fine_tune")


def _next_step(pending: StageView, facts: Facts) -> tuple[str, str]:
    """Return the next step as a sentence and as a command."""
    if pending.stage == "score" and facts.study is not None and not _job_first(facts):
        return _rating_step(facts.study)
    kinds = _SCORING if pending.stage == "score" else _TRAINING
    of_stage = [job for job in facts.jobs if job.kind in kinds]
    job = next((job.id for job in sorted(of_stage, key=_waits)), "RUN")
    trained = next((job.id for job in facts.jobs if job.kind == "train"), "RUN")
    match pending.stage, pending.state:
        case "decide", _:
            return (
                "Decide whether this task needs a fine-tune at all.",
                "tuningfork decide --questions",
            )
        case "inspect", "attention":
            return "Mend the blockers in the dataset.", "tuningfork inspect FILE"
        case "inspect", _:
            return "Inspect a dataset and lock a holdout.", "tuningfork split FILE"
        case "train" | "score", "running":
            return "Watch the job; it goes on when you leave.", f"tuningfork watch {job}"
        case "train" | "score", "attention":
            return "See why the job ended, then resume it.", f"tuningfork resume {job}"
        case "train", _:
            return _train_step(facts)
        case "score", _:
            return "Score the run against its base model.", f"tuningfork score {trained}"
        case "release", _ if facts.released:
            return _release_step(facts)
        case _:
            return "Read the verdict and the answers behind it.", "tuningfork verdict"


def _train_step(facts: Facts) -> tuple[str, str]:
    """Return what comes before the first run, or the run itself."""
    if _advised_against_tuning(facts):
        advice = spoken(facts.recommendation)
        return (
            f"The advice is {advice}: measure it before you train.",
            "tuningfork decide --measure SPLIT",
        )
    return "Train the first run.", "tuningfork train RECIPE"


def _rating_step(study: "Glance") -> tuple[str, str]:
    """Return what the owner of a sealed study does next."""
    name = clip(visible(study.name), 40)
    verdict, status = (f"tuningfork {words} {study.study}" for words in ("verdict", "study status"))
    if study.state == "complete":
        return f"Everything of {name} is rated: open its seal for the verdict.", verdict
    if study.may_stop:
        return f"The evidence in {name} is enough to stop: open its seal.", verdict
    if study.watched:
        return f"People rate {name}; it may stop as soon as the evidence is enough.", status
    return f"People rate {name}; the verdict waits for all ratings.", status


def _waits(job: JobSummary) -> int:
    """Return how far a job is from being what a person wants to watch: 0 is at work."""
    if job.state in LIVE:
        return 1 if job.state == "queued" else 0
    return 2


def _loaded(text: str | None) -> dict[str, Any]:
    """Return a stored JSON object, or nothing where none is stored."""
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def _shown(value: object) -> str | None:
    """Return a stored string made safe, or None."""
    return clip(visible(value), _LINE_LIMIT) if isinstance(value, str) else None
