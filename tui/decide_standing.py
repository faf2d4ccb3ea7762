"""What stands beside a recommendation today: its costs, what became of it, what comes next."""

from typing import TYPE_CHECKING

from tui.decide_look import Shown, Since

if TYPE_CHECKING:
    from pathlib import Path

    from core.decide.standing import Standing
    from core.workspace import Workspace
    from tui.app import TuningforkApp


def further_today(shown: Shown, app: "TuningforkApp") -> dict[str, object]:
    """Return what goes with an unrecorded result today: costs, method, what was measured."""
    from core.decide.advise import advise
    from core.decide.draft import draft_of
    from core.decide.further import further_of
    from core.decide.measured import measured_part
    from core.machine import read_machine

    answers = draft_of(shown.answers, at="").answers
    further = further_of(
        answers,
        advise(answers),
        own_prices=app.workspace.prices,
        today=app.settings.clock().date(),
        machine=read_machine(app.workspace.root),
    )
    return {**further.as_json(), **measured_part(app.workspace, answers.model_dump())}


def read_since(app: "TuningforkApp", decision: str) -> Since:
    """Return what became of a recorded decision."""
    from core.decide.standing import read_standing

    today = app.settings.clock().date()
    return since_of(read_standing(app.workspace, today=today), decision)


def since_of(standing: "Standing", decision: str) -> Since:
    """Return what became of one decision; only the newest one is due for anything."""
    newest = bool(standing.decisions) and standing.decisions[0].id == decision
    due = standing.due if newest else ()
    scored = standing.score_of(decision)
    if scored is None:
        return Since(due=due)
    return Since(measured=scored.sentence, outcome=scored.outcome, due=due)


def changed_at(file: "Path") -> int:
    """Return when a file was last changed, 0 for one that is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0


def has_split(workspace: "Workspace") -> bool:
    """Return whether rows were split, so that a run can be set up on them."""
    from core.stages import read_facts

    return read_facts(workspace).split is not None
