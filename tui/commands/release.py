"""`tuningfork release`: plans, makes, lists and shows releases, and hands out what was kept."""

import json
import os
import sys
import time
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from core.errors import UsageError
from core.jobs.status import Viewer
from core.release.arms_proof import unproven_arms
from core.release.corrected_rows import corrected_rows
from core.release.gateway.log_file import forget_user, read_entries, sweep_log
from core.release.release_draft import draft_release
from core.release.release_plan import ReleasePlan
from core.release.releases import open_release, plan_toml, read_plan, release_folders
from core.release.review.overview import read_arm_reviews, read_due
from core.release.review.wish import with_review
from core.release.standing import read_standing
from core.release.start_release import leaving, serving, start_making
from core.scoring.harvest.training_rows import reasons
from core.storage import replace_file
from core.text_safety import visible
from core.workspace import Workspace
from tui import plain
from tui.commands.place import moment, token, workspace_of
from tui.commands.review import review
from tui.wording import age


def run(arguments: Namespace) -> int:
    """Do what the first word says."""
    workspace = workspace_of(arguments)
    if arguments.action == "list":
        return _list(arguments, workspace)
    if arguments.name is None:
        raise UsageError(
            what=f"`tuningfork release {arguments.action}` needs a name.",
            why="It acts on one release.",
            remedy="`tuningfork release list` names those of this workspace.",
        )
    actions = {
        "draft": _draft,
        "new": _new,
        "show": _show,
        "log": _log,
        "rows": _rows,
        "forget": _forget,
        "review": review,
    }
    return actions[arguments.action](arguments, workspace)


def _draft(arguments: Namespace, workspace: Workspace) -> int:
    """Write a plan that a person then edits."""
    if arguments.run is None:
        raise UsageError(
            what="A draft needs the training run whose model is to be released.",
            why="--run is missing.",
            remedy="`tuningfork runs` lists them: add --run ID.",
        )
    draft = draft_release(workspace, arguments.run, arguments.name)
    plan = with_review(draft, arguments.review) if arguments.review else draft
    content = plan_toml(plan, explained=True)
    if arguments.output is None:
        print(content, end="")
        return 0
    replace_file(arguments.output, content.encode(), mode=0o644)
    shown = visible(str(arguments.output))
    print(f"Written to {shown}; edit it, then `tuningfork release new {shown}`.")
    return 0


def _new(arguments: Namespace, workspace: Workspace) -> int:
    """Make a release of a plan."""
    plan = read_plan(Path(arguments.name))
    if arguments.review:
        plan = with_review(plan, arguments.review)
    out = sys.stderr if arguments.json else sys.stdout
    for line in (*leaving(workspace, plan), *_review_words(plan)):
        print(line, file=out)
    job = start_making(workspace, plan, now=moment(), token=token(), environment=os.environ)
    if plain.watch(Viewer(job), out) != "finished":
        return 1
    if arguments.json:
        _, made = open_release(workspace, plan.name)
        print(json.dumps({"release": made.name, "identity": made.identity, "run": job.id}))
    else:
        print(f"`tuningfork gateway {plan.name}` serves it.")
    return 0


def _review_words(plan: ReleasePlan) -> list[str]:
    """Return what the review of a release means for its clients."""
    covered = (
        "; what the log covers is covered for the client too"
        if plan.log.keep == "redacted" and plan.review.mode == "hold"
        else ""
    )
    match plan.review.mode:
        case "hold":
            command = f"`tuningfork release review {plan.name}`"
            return [f"every answer is held until somebody decides: {command}{covered}"]
        case "sample":
            return [f"{plan.review.share:g} % of the answers wait for a reviewer afterwards"]
        case "none":
            return []


def _list(arguments: Namespace, workspace: Workspace) -> int:
    """Name the releases and how they stand."""
    found = [_summary(workspace, folder.name) for folder in release_folders(workspace)]
    if arguments.json:
        print(json.dumps({"releases": found}))
        return 0
    if not found:
        print("No release yet. `tuningfork release draft NAME --run RUN` begins one.")
    for one in found:
        print(f"{one['release']}: {_words(one)}")
    return 0


def _show(arguments: Namespace, workspace: Workspace) -> int:
    """Show one release."""
    found = _summary(workspace, arguments.name)
    if arguments.json:
        print(json.dumps(found))
        return 0
    folder, plan = open_release(workspace, arguments.name)
    print(f"{plan.name}: {_words(found)}")
    unproven = unproven_arms(plan)
    for name, arm in plan.arm.items():
        print(f"  {name}: {arm.share:g} %")
        if name in unproven:
            print(f"    {unproven[name]}")
    for line in _review_words(plan):
        print(f"  {line}")
    due = read_due(folder.log, time.time())
    if due.waiting and due.oldest is not None:
        oldest = age(time.time() - due.oldest)
        print(f"  {due.waiting:,} waiting for a reviewer, the oldest came {oldest}")
    for name, one in read_arm_reviews(folder.log, 0.0).items():
        unsafe = f", {one.unsafe:,} unsafe" if one.unsafe else ""
        print(f"  {visible(name)}: reviewers gave {one.mean:.1f} of 5 in {one.decided:,}{unsafe}")
    print(f"  a rollback goes to {plan.rollback}; content {plan.identity}")
    return 0


def _summary(workspace: Workspace, name: str) -> dict[str, object]:
    folder, plan = open_release(workspace, name)
    sweep_log(folder.log, plan.log, time.time())
    due = read_due(folder.log, time.time())
    reviews = {name: asdict(one) for name, one in read_arm_reviews(folder.log, 0.0).items()}
    standing, live = read_standing(folder.standing), serving(workspace, folder)
    return {
        "release": plan.name,
        "identity": plan.identity,
        "url": None if live is None else live.url,
        "run": None if live is None else live.job,
        "rolled_back": standing.rolled_back,
        "rollback": plan.rollback,
        "unproven": unproven_arms(plan),
        "review": {
            "mode": plan.review.mode,
            "share": plan.review.share,
            "waiting": due.waiting,
            "oldest_s": None if due.oldest is None else round(time.time() - due.oldest, 1),
        },
        "arms": {
            name: {"share": arm.share, "reviews": reviews.get(name)}
            for name, arm in plan.arm.items()
        },
    }


def _words(summary: dict[str, object]) -> str:
    where = f"answers at {summary['url']}" if summary["url"] else "is not served"
    if summary["rolled_back"]:
        return f"{where}; rolled back to {summary['rollback']}"
    return where


def _log(arguments: Namespace, workspace: Workspace) -> int:
    """Write what was kept, one line a request."""
    folder, plan = open_release(workspace, arguments.name)
    sweep_log(folder.log, plan.log, time.time())
    lines = (json.dumps(one, ensure_ascii=False) for one in read_entries(folder.log))
    if arguments.output is None:
        for line in lines:
            print(line)
        return 0
    content = "".join(f"{line}\n" for line in lines)
    replace_file(arguments.output, content.encode())
    print(f"Written to {visible(str(arguments.output))}: nothing deletes that file but you.")
    return 0


def _rows(arguments: Namespace, workspace: Workspace) -> int:
    """Write the corrections as rows."""
    if arguments.output is None:
        raise UsageError(
            what="The rows need a file.",
            why="-o is missing.",
            remedy="Add -o FILE.jsonl.",
        )
    folder, plan = open_release(workspace, arguments.name)
    found = corrected_rows(workspace, folder, plan)
    content = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in found.rows)
    replace_file(arguments.output, content.encode())
    if arguments.json:
        values = {
            "rows": len(found.rows),
            "touching_holdout": len(found.quarantined),
            "quarantined": found.quarantined,
            "left_out": dict(found.left_out),
        }
        print(json.dumps(values))
        return 0
    print(f"{len(found.rows):,} corrected answers: {visible(str(arguments.output))}")
    if found.quarantined:
        print(f"{len(found.quarantined):,} more touch a holdout and are quarantined, by answer:")
        print(*(f"  {id}" for id in found.quarantined), sep="\n")
    for line in reasons(found.left_out):
        print(line)
    return 0


def _forget(arguments: Namespace, workspace: Workspace) -> int:
    """Delete what was kept of a user."""
    if not arguments.user:
        raise UsageError(
            what="Nobody was named.",
            why="--user is missing: the key that the requests of the user carried.",
            remedy="Add --user KEY.",
        )
    folder, plan = open_release(workspace, arguments.name)
    gone = forget_user(folder.log, plan.log, arguments.user)
    if arguments.json:
        print(json.dumps({"release": plan.name, "deleted": gone}))
    else:
        print(f"{gone:,} requests of that user were deleted, and every trace of them.")
    return 0
