"""What the workspace knows of where a model comes from, gathered for its card."""

import json
from collections.abc import Sequence
from typing import Any

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.database import connect_to_read
from core.events.reader import read_ends
from core.events.schema import Evaluated, Event, KeysConsumed, RunFinished, RunStopped
from core.release.dressing.hub import Story
from core.release.spec import Trained
from core.scoring.study.hiding import blind_roots, shown_result
from core.workspace import Workspace

_SETTINGS = (
    "seed",
    "epochs",
    "method.kind",
    "lora.rank",
    "lora.scale",
    "lora.dropout",
    "optim.lr",
    "optim.schedule",
    "batch.update_rows",
)


def read_story(workspace: Workspace, trained: Trained) -> Story:
    """Return what data, log and verdict say of a run."""
    split = trained.recipe.data.split if trained.recipe.data else ""
    root = read_lock(dataset_folder(workspace, split).lock).root
    ends = list(read_ends(workspace.run(trained.run).events))
    step, loss = _best(ends)
    data, counts, verdict = _known(workspace, trained.run, root)
    values = trained.recipe.model_dump(mode="json")
    found = {name: _field(values, name) for name in _SETTINGS}
    return Story(
        run=trained.run,
        settings={name: value for name, value in found.items() if value is not None},
        best_step=step,
        best_loss=loss,
        data=data,
        split=counts,
        mixed=next((one.mixed or () for one in ends if isinstance(one, KeysConsumed)), ()),
        holdout_root=root,
        verdict=verdict,
    )


def _best(ends: Sequence[Event]) -> tuple[int | None, float | None]:
    """Return the step whose weights were kept, and its loss."""
    steps = [one.best_step for one in ends if isinstance(one, RunFinished | RunStopped)]
    step = next((one for one in reversed(steps) if one is not None), None)
    losses = [one.best_loss for one in ends if isinstance(one, Evaluated) and one.best_step == step]
    return step, losses[-1] if losses else None


def _known(
    workspace: Workspace, run: str, root: str
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]:
    """Return profile, split and newest verdict; empty or None where nothing is kept."""
    query = (
        "SELECT datasets.profile, splits.counts FROM splits JOIN datasets"
        " ON datasets.id = splits.dataset WHERE splits.lock_root = ?"
        " ORDER BY splits.created_at DESC LIMIT 1"
    )
    judged = "SELECT result FROM verdicts WHERE run = ? ORDER BY created_at DESC, rowid DESC"
    with connect_to_read(workspace.database) as connection:
        if connection is None:
            return {}, {}, None
        row = connection.execute(query, (root,)).fetchone()
        verdict = connection.execute(judged, (run,)).fetchone()
    profile, counts = map(json.loads, row or ("{}", "{}"))
    found = json.loads(verdict[0]) if verdict else None
    # A card is no way around what a blind study hides.
    shown = found is not None and shown_result(found, blind_roots(workspace)) is found
    return profile, counts, found if shown else None


def _field(values: Any, name: str) -> object:
    for part in name.split("."):
        values = values.get(part) if isinstance(values, dict) else None
    return values
