"""Which recipes there are to look at the tokens of: those of runs, files, and splits alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import TuningforkError
from core.jobs.record import read_record
from core.workspace import CONFIG_NAME, Workspace
from tui.wording import inside

if TYPE_CHECKING:
    from core.training.recipe import Recipe

_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskChoice:
    """One recipe, and where it comes from."""

    key: str
    """Tells it from the others."""
    origin: str
    """Run, file or split, by name; not yet safe to show."""
    recipe: "Recipe"
    command: str
    """What prints the same on the command line; not yet safe to show."""

    @property
    def split(self) -> str:
        """Return the name of the split whose rows are shown."""
        return self.recipe.data.split if self.recipe.data else ""


def read_choices(workspace: Workspace, split: str = "") -> tuple[MaskChoice, ...]:
    """Return every recipe with rows, the newest run first; `split` leaves only those over it."""
    found = [*_of_runs(workspace), *_of_files(workspace)]
    found += _of_splits(workspace, {choice.split for choice in found})
    return tuple(choice for choice in found if split in {"", choice.split})


def choice_of_run(workspace: Workspace, run_id: str) -> MaskChoice | None:
    """Return the recipe of a run; None when it has no rows."""
    from core.training.recipe import make_recipe

    folder = workspace.run(run_id)
    values = read_record(folder).spec.get("recipe")
    if not isinstance(values, dict):
        return None
    recipe = make_recipe(values, where=folder.record.name)
    command = f"tuningfork masks {inside(folder.recipe, workspace.root)}"
    return MaskChoice(key=run_id, origin=f"run {run_id}", recipe=recipe, command=command)


def _of_runs(workspace: Workspace) -> Iterator[MaskChoice]:
    """Yield the recipes of runs, the newest first."""
    for folder in reversed(list(workspace.run_folders())):
        try:
            choice = choice_of_run(workspace, folder.id)
        except (TuningforkError, OSError):  # a damaged run has its own screen
            continue
        if choice is not None and choice.recipe.data is not None:
            yield choice


def _of_files(workspace: Workspace) -> Iterator[MaskChoice]:
    """Yield the recipes that lie in the workspace's folder."""
    from core.training.recipe import read_recipe

    for path in sorted(workspace.root.glob("*.toml")):
        if path.name == CONFIG_NAME or path.stat().st_size > _LARGEST:
            continue
        try:
            recipe = read_recipe(path)
        except TuningforkError:  # another kind of file, or one that `train` complains about
            continue
        if recipe.data is not None:
            name = inside(path, workspace.root)
            yield MaskChoice(
                key=str(path), origin=name, recipe=recipe, command=f"tuningfork masks {name}"
            )


def _of_splits(workspace: Workspace, known: set[str]) -> Iterator[MaskChoice]:
    """Yield the splits that no recipe names, with the included model."""
    from core.training.recipe import make_recipe

    for part in sorted(workspace.data.glob("*/train.jsonl")):
        name = part.parent.name
        if name in known:
            continue
        recipe = make_recipe({"name": name[:60], "data": {"split": name}}, where=name)
        command = f"tuningfork masks RECIPE --set data.split={name}"
        yield MaskChoice(
            key=f"split {name}", origin=f"split {name}", recipe=recipe, command=command
        )
