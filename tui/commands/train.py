"""`tuningfork train`: launch a run from a recipe, and follow it unless told not to."""

import json
import os
import shlex
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from core.errors import UsageError
from core.machine import read_machine
from core.text_safety import visible
from core.training.recipe import field_notes, read_recipe, recipe_toml
from core.training.resolve import Resolved, resolve_in
from core.training.start import start_run
from core.workspace import Workspace, find_workspace
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
    recipe = read_recipe(arguments.recipe, arguments.set)
    if arguments.dry_run:
        workspace = find_workspace(Path()) if arguments.workspace is None else None
        workspace = workspace if arguments.workspace is None else workspace_of(arguments)
        machine = read_machine(Path())
        resolved = resolve_in(workspace, recipe, machine) if workspace else Resolved(recipe, ())
        return _print_plan(arguments, resolved, workspace)
    workspace = workspace_of(arguments)
    recipe = resolve_in(workspace, recipe, read_machine(workspace.root)).recipe
    folder = start_run(workspace, recipe, now=moment(), token=token(), environment=os.environ)
    if arguments.detach:
        if arguments.json:
            print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
        else:
            print(f"{folder.id} is under way. `tuningfork watch {folder.id}` follows it.")
        return 0
    return follow(folder, as_json=arguments.json)


def _print_plan(arguments: Namespace, resolved: Resolved, workspace: Workspace | None) -> int:
    """Print the recipe that would run, why it is so, and the command that runs it."""
    command = _command(arguments)
    if arguments.json:
        plan = {
            "recipe": resolved.recipe.model_dump(mode="json"),
            "chosen": [one._asdict() for one in resolved.chosen],
            "command": command,
        }
        print(json.dumps(plan, ensure_ascii=False))
        return 0
    print(recipe_toml(resolved.recipe), end="")
    print(*(f"# {line}" for line in _reasons(resolved, workspace)), sep="\n")
    print(f"# It runs with: {visible(shlex.join(command))}")
    return 0


def _reasons(resolved: Resolved, workspace: Workspace | None) -> Iterator[str]:
    """Yield why each field is as it is that the recipe leaves open."""
    if workspace is None and resolved.recipe.trainer == "local":
        yield "Outside a workspace: what is chosen from the rows is not chosen here."
    for one in resolved.chosen:
        value = "left open" if one.value is None else one.value
        yield f"chosen: {one.field} = {value}: {one.reason}"


def _command(arguments: Namespace) -> list[str]:
    """Return the words that launch exactly this."""
    words = ["tuningfork", "train", str(arguments.recipe)]
    for change in arguments.set:
        words += ["--set", change]
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
