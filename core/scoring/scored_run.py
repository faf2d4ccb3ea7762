"""The training run that is scored, and the holdout it is scored on."""

from core.data.dataset import dataset_folder
from core.data.holdout_lock import read_lock
from core.errors import JobError
from core.jobs.record import read_record
from core.training.recipe import Recipe, make_recipe
from core.workspace import Workspace


def recipe_of(workspace: Workspace, run_id: str) -> Recipe:
    """Return the recipe of a finished training run, or say why it cannot be scored."""
    folder = workspace.run(run_id)
    record = read_record(folder)
    if record.kind != "train" or folder.tuned is None:
        raise JobError(
            what=f"The job {run_id} has nothing tuned to score.",
            why="Only a training run that was evaluated at least once leaves one.",
            remedy="Train first: `tuningfork train RECIPE`; `tuningfork runs` lists what there is.",
        )
    return make_recipe(record.spec["recipe"], where=folder.record.name)


def holdout_rows(workspace: Workspace, run_id: str) -> int:
    """Return how many rows every contender answers when this run is scored."""
    recipe = recipe_of(workspace, run_id)
    split = recipe.data.split if recipe.data else ""
    return len(read_lock(dataset_folder(workspace, split).lock).rows)
