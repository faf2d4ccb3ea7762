"""`tuningfork export`: a run's result as files, or its recipe for another trainer."""

import json
import os
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import JobError
from core.jobs.record import read_record
from core.jobs.status import Viewer
from core.release.hand_over import hand_over
from core.release.package import MANIFEST
from core.release.provider_data import TARGET, write_provider_data
from core.release.start import start_export
from core.release.verify import verify
from core.text_safety import visible
from core.training.handover.make import TRAINERS
from core.training.recipe import Recipe, make_recipe, read_recipe
from core.workspace import Workspace
from tui import plain
from tui.commands.detached import say_detached
from tui.commands.place import moment, run_of, token, workspace_of


def run(arguments: Namespace) -> int:
    """Write the hand-over, or launch the job and follow it to its proof unless told not to."""
    if arguments.verify is not None:
        return _verify(arguments)
    workspace = workspace_of(arguments)
    if arguments.to in TRAINERS:
        return _hand_over(arguments, workspace)
    if arguments.to == TARGET:
        return _provider_data(arguments, workspace)
    folder = start_export(
        workspace,
        run_of(arguments, workspace),
        target=arguments.to,
        destination=arguments.destination,
        precision=arguments.precision,
        upload=arguments.upload,
        public=arguments.public,
        now=moment(),
        token=token(),
        environment=os.environ,
    )
    if arguments.detach:
        return say_detached(folder, as_json=arguments.json)
    out = sys.stderr if arguments.json else sys.stdout
    if plain.watch(Viewer(folder), out) != "finished":
        return 1
    manifest = json.loads((folder.path / MANIFEST).read_bytes())
    if arguments.json:
        print(json.dumps(manifest, ensure_ascii=False))
    else:
        _say_use(arguments.destination, manifest)
    return 0 if manifest["equality"]["equal"] else 1


def _say_use(destination: Path, manifest: dict[str, Any]) -> None:
    """Say how the export is served, and that nobody has proven that yet."""
    shown = visible(str(destination))
    print(f"serve with: cd {shown} && {visible(manifest['serve'])}")
    print(f"not proven: `tuningfork parity {shown}` asks it the holdout that was scored")


def _verify(arguments: Namespace) -> int:
    """Say whether every byte is as it was written; 1 where it is not."""
    found = verify(arguments.verify)
    if arguments.json:
        print(json.dumps(asdict(found) | {"intact": found.intact}, ensure_ascii=False))
        return 0 if found.intact else 1
    for words, names in (
        ("changed", found.changed),
        ("missing", found.missing),
        ("not in the manifest", found.added),
    ):
        for name in names:
            print(f"{words}: {visible(name)}")
    print(
        f"{found.files} files as they were written." if found.intact else "NOT as it was written."
    )
    print(found.proof)
    return 0 if found.intact else 1


def _provider_data(arguments: Namespace, workspace: Workspace) -> int:
    """Write the rows for a hosted service."""
    recipe = _recipe(arguments, workspace)
    made = write_provider_data(workspace, recipe, arguments.destination)
    if arguments.json:
        said = {"target": TARGET, "directory": str(arguments.destination.absolute())}
        print(json.dumps(said | made._asdict(), ensure_ascii=False))
        return 0
    shown = visible(str(arguments.destination))
    print(f"Written to {shown}: {made.train} train rows, {made.validation} validation rows")
    if made.left_out:
        print(f"left out, because nothing in them is trained: {len(made.left_out)} rows")
    print(f"`tuningfork inspect {shown}/train.jsonl --provider openai` asks: would they take it?")
    return 0


def _hand_over(arguments: Namespace, workspace: Workspace) -> int:
    """Write the folder and say what of the recipe the other trainer does not know."""
    recipe = _recipe(arguments, workspace)
    made = hand_over(workspace, recipe, arguments.to, arguments.destination)
    if arguments.json:
        said = {
            "target": arguments.to,
            "directory": str(arguments.destination.absolute()),
            "files": sorted(made.files),
            "run_with": made.run_with,
            "has_no_equivalent": [one._asdict() for one in made.lost],
        }
        print(json.dumps(said, ensure_ascii=False))
        return 0
    print(f"Written to {visible(str(arguments.destination))}: {', '.join(sorted(made.files))}")
    for one in made.lost:
        print(f"has no equivalent: {one.line}")
    print(f"train with: cd {visible(str(arguments.destination))} && {made.run_with}")
    return 0


def _recipe(arguments: Namespace, workspace: Workspace) -> Recipe:
    """Return the recipe in a file, or that of a run."""
    file = Path(arguments.run)
    if file.is_file():
        return read_recipe(file)
    record = read_record(run_of(arguments, workspace))
    if record.kind != "train":
        raise JobError(
            what=f"The job {record.id} has no recipe.",
            why=f"It is a job of the kind {visible(record.kind)}.",
            remedy="Name a training run, or a recipe file.",
        )
    return make_recipe(record.spec["recipe"], where=record.name)
