"""Turns a recipe into a job."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.extras import require_local
from core.jobs.launch import launch
from core.machine import expected_device, read_gpus
from core.training.defaults import Default
from core.training.mix import taken_from
from core.training.reasons import kept_reasons
from core.training.recipe import Recipe, job_of, recipe_toml
from core.training.report import require_sinks
from core.workspace import RunFolder, Workspace


def start_run(
    workspace: Workspace,
    recipe: Recipe,
    chosen: Sequence[Default] = (),
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
    id: str = "",
) -> RunFolder:
    """Launch the job of a recipe, with the resolved recipe beside it.

    `chosen` is what was chosen for it; the reasons are kept in the job's record.
    Without `id` the run gets one of its own.
    """
    recipe = _complete(workspace, recipe)
    kind, spec = job_of(recipe)
    if chosen and kind == "train":
        spec["chosen"] = kept_reasons(recipe, chosen)
    if kind == "train":
        require_local()
        require_sinks(recipe.report.to)
    split_hash = ""
    if kind == "train" and recipe.data is not None:
        split_hash = read_lock(dataset_folder(workspace, recipe.data.split).lock).root
    content = recipe_toml(recipe).encode()
    return launch(
        workspace,
        kind=kind,
        name=recipe.name,
        spec=spec,
        device=expected_device(recipe.device, read_gpus()[0]),
        now=now,
        token=token,
        environment=environment,
        recipe=content,
        recipe_hash=blake2b(content, digest_size=16).hexdigest(),
        split_hash=split_hash,
        id=id,
    )


def _complete(workspace: Workspace, recipe: Recipe) -> Recipe:
    """Return a resolved recipe that stands alone: it may be read from any folder.

    The file whose words it has taken up is not named: it may go.
    """
    if recipe.data is not None and recipe.data.mix:
        data = recipe.data.model_copy(update={"mix": taken_from(recipe.data.mix, workspace.root)})
        recipe = recipe.model_copy(update={"data": data})
    runtime = recipe.runtime.model_copy(update={"accelerate": None})
    return recipe.model_copy(update={"runtime": runtime})
