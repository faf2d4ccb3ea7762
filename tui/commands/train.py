"""`tuningfork train`: launch a run from a recipe, and follow it unless told not to."""

import json
import os
import shlex
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from core.errors import MachineError, UsageError
from core.machine import read_machine
from core.text_safety import visible
from core.training.account import Account, account_of
from core.training.estimate import Estimate, estimate
from core.training.mix import parse_mixed
from core.training.reasons import reasons_beside
from core.training.recipe import (
    Recipe,
    field_notes,
    make_recipe,
    read_recipe,
    recipe_toml,
    toml_value,
)
from core.training.resolve import Resolved, read_facts, resolve, resolve_in, with_tokens
from core.training.start import start_run
from core.workspace import Workspace, find_workspace
from tui.commands.detached import say_detached
from tui.commands.place import moment, token, workspace_of
from tui.commands.watch import follow


def run(arguments: Namespace) -> int:
    """Launch; the job goes on whatever happens to this command."""
    if arguments.fields:
        return _print_fields(as_json=arguments.json)
    if arguments.recipe is None:
        raise UsageError(
            what="tuningfork train: no recipe was named.",
            why="A recipe says what is trained on what, and how.",
            remedy="`tuningfork train recipe.toml`; `tuningfork train --fields` lists its fields.",
        )
    recipe = _with_sets(read_recipe(arguments.recipe, _overrides(arguments)), arguments.mix)
    if arguments.dry_run:
        workspace = find_workspace(Path()) if arguments.workspace is None else None
        workspace = workspace if arguments.workspace is None else workspace_of(arguments)
        return _print_plan(arguments, _plan(workspace, recipe), workspace)
    workspace = workspace_of(arguments)
    resolved = resolve_in(workspace, recipe, read_machine(workspace.root))
    chosen = (*reasons_beside(arguments.recipe), *resolved.chosen)
    folder = start_run(
        workspace, resolved.recipe, chosen, now=moment(), token=token(), environment=os.environ
    )
    if arguments.detach:
        return say_detached(folder, as_json=arguments.json)
    return follow(folder, as_json=arguments.json)


def _overrides(arguments: Namespace) -> list[str]:
    """Return the fields that the command line sets."""
    if arguments.allow_holdout is None:
        return list(arguments.set)
    # As a quoted text, so that no reason reads as a number or as a list.
    reason = json.dumps(arguments.allow_holdout, ensure_ascii=False)
    return [*arguments.set, f"data.holdout_override={reason}"]


def _with_sets(recipe: Recipe, named: Sequence[str]) -> Recipe:
    """Return the recipe with further sets mixed in, named from the folder one is in."""
    if not named:
        return recipe
    said = recipe.model_dump(mode="json", exclude_unset=True)
    sets = [*said.get("data", {}).get("mix", ()), *map(parse_mixed, named)]
    return make_recipe(said, [f"data.mix={toml_value(sets)}"], where="--mix", folder=Path())


class _Plan(NamedTuple):
    """What would run, and what is known of it."""

    resolved: Resolved
    estimate: Estimate | None = None
    """None where nothing is known of the rows."""
    account: Account | None = None
    """None where the rows were not counted."""
    uncounted: str = ""
    """Why they were not."""

    @property
    def refused(self) -> bool:
        """Return whether a launch would be refused."""
        found = self.estimate is not None and bool(self.estimate.refusals)
        return found or (self.account is not None and self.account.refusal is not None)


def _plan(workspace: Workspace | None, recipe: Recipe) -> _Plan:
    """Return what would run; the rows are counted now unless an earlier look did."""
    if workspace is None or recipe.trainer != "local" or recipe.data is None:
        return _Plan(Resolved(recipe, ()))
    from tui.commands.masks import read_tokens  # with widgets, which a launch has no use for

    facts = read_facts(workspace, recipe, read_machine(workspace.root))
    account, uncounted = None, ""
    try:
        cache = read_tokens(workspace, recipe)
        facts, account = with_tokens(facts, cache), account_of(workspace, recipe, cache)
    except MachineError as error:
        uncounted = f"{error.what} {error.remedy}"
    resolved = resolve(recipe, facts)
    return _Plan(resolved, estimate(resolved.recipe, facts), account, uncounted)


def _print_plan(arguments: Namespace, plan: _Plan, workspace: Workspace | None) -> int:
    """Print the recipe that would run, why it is so, what it takes, and the command that runs it.

    Return 1 where a launch would be refused.
    """
    command = _command(arguments)
    if arguments.json:
        said = {
            "recipe": plan.resolved.recipe.model_dump(mode="json"),
            "chosen": [one._asdict() for one in plan.resolved.chosen],
            "command": command,
            "estimate": plan.estimate.as_json() if plan.estimate else None,
            "rows": plan.account.as_json() if plan.account else None,
            "uncounted": plan.uncounted,
        }
        print(json.dumps(said, ensure_ascii=False))
        return int(plan.refused)
    print(recipe_toml(plan.resolved.recipe), end="")
    lines = [*_reasons(plan.resolved, workspace), *_prospects(plan)]
    print(*(f"# {visible(line)}" for line in lines), sep="\n")
    print(f"# It runs with: {visible(shlex.join(command))}")
    return int(plan.refused)


def _reasons(resolved: Resolved, workspace: Workspace | None) -> Iterator[str]:
    """Yield why each field is as it is that the recipe leaves open."""
    if workspace is None and resolved.recipe.trainer == "local":
        yield "Outside a workspace: what is chosen from the rows is not chosen here."
    for one in resolved.chosen:
        value = "left open" if one.value is None else one.value
        yield f"chosen: {one.field} = {value}: {one.reason}"


def _prospects(plan: _Plan) -> Iterator[str]:
    """Yield what the run takes, what becomes of its rows, and why it would not start."""
    if plan.estimate is None:
        return
    from tui.launch_lines import estimate_lines, refusals, rows_line

    for line in (*estimate_lines(plan.estimate), rows_line(plan.account, plan.uncounted)):
        yield line.plain
    for finding in plan.account.findings if plan.account else ():
        yield f"{finding.meaning.severity}: {finding.sentence()}. {finding.meaning.remedy}"
    for error in refusals(plan.estimate, plan.account):
        yield f"REFUSED: {error.what} {error.why} {error.remedy}"


def _command(arguments: Namespace) -> list[str]:
    """Return the words that launch exactly this."""
    words = ["tuningfork", "train", str(arguments.recipe)]
    for change in arguments.set:
        words += ["--set", change]
    for one in arguments.mix:
        words += ["--mix", one]
    if arguments.allow_holdout is not None:
        words += ["--allow-holdout", arguments.allow_holdout]
    if arguments.workspace is not None:
        words += ["-w", str(arguments.workspace)]
    return words


def _print_fields(*, as_json: bool) -> int:
    """Print every field with what it may hold and what it means."""
    notes = list(field_notes())
    if as_json:
        print(json.dumps([note._asdict() for note in notes], ensure_ascii=False))
        return 0
    for note in notes:
        default = f"; left out: {note.default}" if note.default else "; must be there"
        print(f"{note.name}: {note.allowed}{default}")
        print(f"    {note.meaning}")
    return 0
