"""`tuningfork study`: plan, lock, watch, check and hand out a blind study."""

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UsageError
from core.text_safety import visible
from tui.commands.place import moment, workspace_of

if TYPE_CHECKING:
    from core.scoring.answered_items import AnsweredItem
    from core.scoring.study.folder import StudyFolder
    from core.workspace import Workspace

_NO = 1
_NEW_PLAN = """\
# A blind study: who rates what, and which result will count. Lock it before the first rating.
name = {name}
tuned = "tuned"            # the contender that is to be shipped or not
raters_per_item = 2
worthwhile = 0.5           # smallest gain in rating points that is worth having
unsafe_allowance = 0
stopping = "fixed"         # "sequential" may be watched and stopped early
# items = 50               # how many to draw; all of them if left out
# raters = ["ada", "ben"]  # who may rate; anybody if left out
# rubric = "1-5"           # 2 and 4 between 1 unusable, 3 needs edits, 5 production-ready
"""
_ANCHORS = """\
anchors = {anchors}  # its old answers come again, blind: what moves there moved in the raters
anchor_items = 10
rubric = {rubric}  # as it was then, or scores could not be compared
"""


def run(arguments: Namespace) -> int:
    """Do what was asked and return the exit code."""
    doing = {
        "new": _new,
        "lock": _lock,
        "list": _list,
        "status": _status,
        "verify": _verify,
        "peek": _peek,
        "export": _export,
        "handout": _handout,
        "merge": _merge,
        "keys": _keys,
    }
    return doing[arguments.action](arguments)


def _new(arguments: Namespace) -> int:
    """Write a plan to edit."""
    from core.storage import replace_file

    path = Path(arguments.what or "study.toml")
    if path.suffix not in {".toml", ".yaml", ".yml"}:
        path = path.with_name(f"{path.name}.toml")
    if path.exists():
        raise UsageError(
            what=f"{visible(str(path))} is there already.",
            why="A plan that somebody wrote is not written over.",
            remedy="Name another file, or edit this one.",
        )
    text = _NEW_PLAN.format(name=json.dumps(path.stem))
    if arguments.anchors is not None:
        from core.scoring.study.anchors import read_old_study
        from core.scoring.study.folder import find_study

        old = find_study(workspace_of(arguments), arguments.anchors)
        rubric = read_old_study(old).locked.plan.rubric
        text += _ANCHORS.format(anchors=json.dumps(old.id), rubric=json.dumps(rubric))
    replace_file(path, text.encode(), mode=0o644)
    print(f"Wrote {visible(str(path))}. Edit it, then: tuningfork study lock {visible(str(path))}")
    return 0


def _lock(arguments: Namespace) -> int:
    """Draw the items, deal the names and write it all once."""
    from core.scoring.study.lock import lock_study
    from core.scoring.study.plan import make_plan, read_plan

    workspace = workspace_of(arguments)
    plan = (
        read_plan(Path(arguments.what))
        if arguments.what
        else make_plan({"name": "study"}, where="")
    )
    items, holdout = _answered(workspace, arguments.answers)
    folder = lock_study(workspace, plan, items, holdout=holdout, now=moment())
    if arguments.json:
        print(json.dumps({"study": folder.id, "directory": str(folder.path)}))
        return 0
    print(*_locked_lines(folder), sep="\n")
    return 0


def _locked_lines(folder: "StudyFolder") -> list[str]:
    from core.scoring.study.opened import read_locked
    from core.scoring.study.outlook import answers_on, outlook_lines

    locked = read_locked(folder)
    return [
        f"Locked {folder.id}; plan {locked.seal[:12]}, mapping {locked.sheet.commitment[:12]}.",
        *outlook_lines(locked.plan, answers=answers_on(locked.sheet)),
        f"Each rater now runs: tuningfork rate {folder.id} --rater NAME",
    ]


def _answered(workspace: "Workspace", source: str | None) -> "tuple[list[AnsweredItem], str]":
    """Return the items to rate and the root of the holdout they come from."""
    from core.scoring.answered_items import holdout_of, items_of_file, items_of_job
    from tui.commands.verdict import newest_verdict
    from tui.verdict_look import read_verdicts

    if source is not None and not (workspace.runs / source).is_dir():
        items = items_of_file(Path(source))
        return items, holdout_of(workspace, items)
    verdicts = [
        one
        for one in read_verdicts(workspace)
        if source in {None, one.run, one.result.get("score_job"), one.id}
        and one.has_answers(workspace)  # a study's own verdict has none of its own
    ]
    scored = verdicts[0] if verdicts else newest_verdict(workspace)
    root = str(scored.result.get("root", ""))
    return list(items_of_job(workspace, scored.score_job, root)), root


def _list(arguments: Namespace) -> int:
    """Name every study with how far it is."""
    from core.scoring.rated.simulated import counted_raters
    from core.scoring.study.listing import list_studies

    found = list_studies(workspace_of(arguments))[::-1]
    if arguments.json:
        shown = [
            {
                "study": one.study,
                "rated": one.rated,
                "planned": one.planned,
                "raters": one.raters,
                "simulated_raters": one.simulated,
                "revealed": one.state == "opened",
                "state": one.state,
                "may_stop": one.may_stop,
            }
            for one in found
        ]
        print(json.dumps(shown))
    for one in [] if arguments.json else found:
        if one.problem:
            print(f"{one.study}: {one.problem}")
        else:
            who = f", by {counted_raters(len(one.raters), one.simulated)}" if one.raters else ""
            state = "the evidence is enough to stop" if one.may_stop else one.state
            print(f"{one.study}: {one.rated} of {one.planned} ratings of items{who}, {state}")
    if not found and not arguments.json:
        print("No study yet. `tuningfork study new` writes a plan.")
    return 0


def _status(arguments: Namespace) -> int:
    """Say how far everybody is, without opening the seal."""
    from core.scoring.study.watching import watch_study

    seen = watch_study(_study(arguments))
    if arguments.json:
        print(json.dumps(seen.as_json()))
    else:
        print(*seen.lines(), sep="\n")
    return 0


def _verify(arguments: Namespace) -> int:
    """Check everything that was locked and logged; exit 1 if anything does not hold."""
    from core.scoring.study.verify import verify_study

    found = verify_study(_study(arguments))
    if arguments.json:
        print(json.dumps(found.as_json()))
    else:
        print(*found.lines(), sep="\n")
    return _NO if found.problems else 0


def _peek(arguments: Namespace) -> int:
    """Show what a blind study hides from now on, and keep who asked, when and why."""
    from core.scoring.study.hiding import look_behind
    from tui.commands.place import who

    folder = _study(arguments)
    if arguments.why is None:
        raise UsageError(
            what=f"Nobody said why {folder.id} should be looked behind.",
            why="Whoever sees the automatic verdict while people rate may rate by it.",
            remedy='Add --why "the reason"; it will stand in the verdict.',
        )
    look_behind(folder, by=who()[0], why=arguments.why, now=moment())
    print("The automatic verdict and the answers are shown again. This will stand in the verdict.")
    return 0


def _export(arguments: Namespace) -> int:
    """Write what a study gives: its ratings, rows to train on, or gaps in its guideline."""
    from tui.commands.study_export import export

    return export(arguments, _study(arguments))


def _handout(arguments: Namespace) -> int:
    """Write a copy for a rater who works elsewhere."""
    from core.scoring.study.handout import hand_out

    if arguments.rater is None or arguments.output is None:
        raise UsageError(
            what="A copy is for one rater and goes into one folder.",
            why="Each rater follows an order of their own.",
            remedy="Add --rater NAME -o FOLDER.",
        )
    copy = hand_out(_study(arguments), arguments.rater, arguments.output)
    where = visible(str(arguments.output))
    print(
        f"Wrote {where}; it names no contender. There, {arguments.rater} runs:\n"
        f"  tuningfork rate {copy.id} --rater {arguments.rater} -w {where}\n"
        f"Then take in their log:\n"
        f"  tuningfork study merge {copy.id} {visible(str(copy.log(arguments.rater)))}"
    )
    return 0


def _merge(arguments: Namespace) -> int:
    """Take in logs that raters wrote on other machines."""
    from core.scoring.study.merge import merge_log

    folder = _study(arguments)
    for path in arguments.logs:
        print(visible(merge_log(folder, path)))
    return 0


def _keys(arguments: Namespace) -> int:
    """Print a line for `authorized_keys` for every rater."""
    from core.scoring.study.ssh_keys import key_lines

    print(*key_lines(_study(arguments), arguments.logs, workspace_of(arguments)), sep="\n")
    return 0


def _study(arguments: Namespace) -> "StudyFolder":
    """Return the study that was named, or the newest one."""
    from core.scoring.study.folder import find_study, newest_study

    workspace = workspace_of(arguments)
    return find_study(workspace, arguments.what) if arguments.what else newest_study(workspace)
