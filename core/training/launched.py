"""Takes part in a run under a launcher that is not ours: torchrun, accelerate, a scheduler.

    torchrun --nproc-per-node 2 -m core.training.launched WORKSPACE RUN [RECIPE]
    accelerate launch --multi_gpu --num_processes 2 -m core.training.launched WORKSPACE RUN [RECIPE]

The launcher begins this on every rank, with RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
MASTER_PORT set. The leading one has a worker begin the run RUN of the recipe, or go on with it;
each looks after one process that trains, and ends as that does.
"""

import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from core.errors import JobError, RecipeError, TuningforkError, UsageError
from core.jobs.lock import read_holder
from core.jobs.record import read_record
from core.jobs.resume import resume
from core.jobs.status import LIVE, read_status
from core.machine import read_machine
from core.text_safety import clip, visible
from core.training.node import LAUNCHED, Place, launcher_seat, ranks_folder, started
from core.training.ranks import leave_word
from core.training.recipe import Recipe, make_recipe, read_recipe
from core.training.resolve import resolve_in
from core.training.start import start_run
from core.workspace import RunFolder, Workspace, open_workspace

_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 600.0
"""For the leading process to have begun the run."""
_FOR_ACCELERATE = ("ACCELERATE_", "FSDP_")
"""How variables begin by which `accelerate launch` steers the library of that name."""
_SHARING = ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED")
_PRECISION = "ACCELERATE_MIXED_PRECISION"
_TOLD = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


def take_part(
    workspace: Workspace, run_id: str, recipe: Path | None, environment: Mapping[str, str]
) -> int:
    """Do what this rank has to do for the run; return 0 when it ended well."""
    missing = [name for name in _TOLD if not environment.get(name)]
    if missing:
        raise UsageError(
            what=f"{', '.join(missing)} is not set.",
            why="This is begun by a launcher, which tells each process its place.",
            remedy="torchrun --nproc-per-node 2 -m core.training.launched WORKSPACE RUN [RECIPE]",
        )
    folder = workspace.run(run_id)
    # The recipe alone decides; the library would obey these beside it.
    plain = {
        name: value for name, value in environment.items() if not name.startswith(_FOR_ACCELERATE)
    }
    known = {**plain, LAUNCHED: "1"}
    if environment["RANK"] == "0":
        wishes = {name: value for name, value in environment.items() if name not in plain}
        return _lead(workspace, folder, recipe, known, wishes)
    return _follow(workspace, folder, known)


def _lead(
    workspace: Workspace,
    folder: RunFolder,
    recipe: Path | None,
    environment: Mapping[str, str],
    wishes: Mapping[str, str],
) -> int:
    """Have a worker do the run; return 0 when it finished or was stopped."""
    now = datetime.now(UTC)
    if folder.record.exists():
        known = make_recipe(read_record(folder).spec["recipe"], where=folder.id)
        _refuse_other_wishes(known, wishes)
        resume(folder, now=now, environment=environment)
    elif recipe is None:
        raise JobError(
            what=f"There is no run {folder.id} yet, and no recipe was named.",
            why="A run that is to be begun needs a recipe; one that exists goes on by itself.",
            remedy="Name the recipe's file after the run.",
        )
    else:
        asked = read_recipe(recipe)
        resolved = resolve_in(workspace, asked, read_machine(workspace.root))
        _refuse_other_wishes(resolved.recipe, wishes)
        start_run(
            workspace,
            resolved.recipe,
            resolved.chosen,
            now=now,
            token=secrets.token_hex(2),
            environment=environment,
            id=folder.id,
        )

    def stop(number: int, _frame: object) -> None:
        holder = read_holder(folder.lock)
        if holder is not None and holder.pid is not None:
            os.kill(holder.pid, number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while (status := read_status(folder)).state in LIVE:
        time.sleep(_LOOK_SECONDS)
    return int(status.state not in {"finished", "stopped"})


def _refuse_other_wishes(recipe: Recipe, wishes: Mapping[str, str]) -> None:
    """Refuse a launcher that was told otherwise than the recipe says."""
    asked = {name: wishes[name] for name in _SHARING if wishes.get(name) == "true"}
    if recipe.runtime.shard:
        asked = {}
    precision = wishes.get(_PRECISION, "no")
    if precision not in {"no", "bf16"} or (precision == "bf16" and recipe.model.dtype == "float32"):
        asked[_PRECISION] = precision
    if asked:
        shown = ", ".join(f"{name}={value}" for name, value in asked.items())
        raise RecipeError(
            what=f"The launcher says {visible(clip(shown, 200))}, and the recipe does not.",
            why="A run is what its recipe says, wherever it is begun.",
            remedy="Set runtime.shard or model.dtype in the recipe; or leave them out there, and "
            "name the launcher's config file as runtime.accelerate.",
        )


def _follow(workspace: Workspace, folder: RunFolder, environment: Mapping[str, str]) -> int:
    """Train in a process here, and leave word where it is lost without one."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while not folder.record.exists():
        if time.monotonic() > patience:
            raise JobError(
                what=f"The run {folder.id} was not begun within ten minutes.",
                why="Rank 0 begins it, in the same workspace.",
                remedy="See what rank 0 said, and that all ranks name one shared folder.",
            )
        time.sleep(_LOOK_SECONDS)
    for polite in (signal.SIGTERM, signal.SIGINT):  # the leading one stops for all
        signal.signal(polite, signal.SIG_IGN)
    ranks_folder(folder).mkdir(exist_ok=True)
    place = Place(root=workspace.root, run=folder, attempt=1)
    seat = launcher_seat(environment)
    with started(place, [seat], environment) as (rank,):
        code = rank.wait()
    leave_word(ranks_folder(folder), int(seat["RANK"]), code)
    return int(code != 0)


def main(arguments: list[str]) -> int:
    """Take part as the arguments say."""
    root, run_id, *more = arguments
    recipe = Path(more[0]).absolute() if more else None
    try:
        return take_part(open_workspace(Path(root).absolute()), run_id, recipe, os.environ)
    except TuningforkError as error:
        sys.stderr.write(f"{error.what}\n{error.why}\n{error.remedy}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
