"""Writes a hand-over as a folder that is whole or absent."""

from pathlib import Path

from core.release.package import put_in_place, staged
from core.release.spec import check_free
from core.storage import replace_file
from core.training.handover.make import HandOver, TrainerName, make_handover
from core.training.recipe import Recipe, recipe_toml
from core.training.rows import check_holdout, recipe_parts
from core.workspace import Workspace


def hand_over(
    workspace: Workspace, recipe: Recipe, trainer: TrainerName, destination: Path
) -> HandOver:
    """Write the files that another trainer starts from, and return what they are."""
    destination = destination.absolute()
    check_free(destination)
    split = recipe.data.split if recipe.data else ""
    parts = recipe_parts(workspace, recipe)
    lock = check_holdout(workspace, split, parts).guard.lock
    made = make_handover(recipe, parts, trainer)
    with staged(destination, "handover") as folder:
        for name, content in (made.files | {"recipe.toml": recipe_toml(recipe)}).items():
            replace_file(folder / name, content.encode(), mode=0o644)
        facts = {
            "format": 1,
            "target": trainer,
            "holdout_root": lock.root,
            "has_no_equivalent": [one._asdict() for one in made.lost],
        }
        put_in_place(folder, destination, facts)
    return made
