"""A recipe while somebody sets it up: what it says, what is chosen for it, and what that means."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from core.errors import RecipeError
from core.machine import Machine
from core.training.defaults import Default, Facts
from core.training.estimate import Estimate, estimate
from core.training.reasons import reasons_beside
from core.training.recipe import Recipe, field_notes, flat, make_recipe, read_recipe, toml_value
from core.training.resolve import Resolved, read_facts, resolve
from core.workspace import Workspace

Origin = Literal["yours", "chosen", "usual"]
FACTORS = (0.3, 3.0)
"""What the learning rate is multiplied by in the runs offered beside the first."""
_HIDDEN = ("rehearsal.", "trainer")


class FieldLine(NamedTuple):
    """One field as it would run."""

    name: str
    value: str
    """As it would be typed; empty when it is left open."""
    origin: Origin
    """Said by the person, chosen from the rows, or simply the usual value."""
    why: str
    """The reason of a choice; empty for what the person said."""
    meaning: str
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person has said so far."""

    said: Recipe
    """With only those fields set that the person set."""
    facts: Facts
    file: Path | None = None
    """The recipe it began from; None when it began from nothing."""
    changes: tuple[str, ...] = ()
    """What was changed since, as `--set` takes it."""
    reasons: tuple[Default, ...] = ()
    """What was chosen when the run of this recipe was launched; empty for no run's recipe."""

    @property
    def resolved(self) -> Resolved:
        """Return the recipe as it would run."""
        return resolve(self.said, self.facts)

    def changed(self, name: str, text: str) -> "Draft":
        """Return the draft with one field set, or left open for no text; RecipeError if wrong."""
        values = self.said.model_dump(mode="json", exclude_unset=True)
        if not text.strip():
            recipe = make_recipe(_without(values, name.split(".")), where="recipe")
        else:
            folder = self.file.absolute().parent if self.file else None
            recipe = make_recipe(values, [f"{name}={text}"], where="recipe", folder=folder)
        kept = tuple(one for one in self.changes if one.partition("=")[0] != name)
        draft = replace(self, said=recipe, changes=(*kept, f"{name}={text.strip()}"))
        return draft.checked()

    def checked(self) -> "Draft":
        """Return the draft itself; RecipeError where a file that it names cannot be honoured."""
        if self.said.runtime.accelerate is not None:
            resolve(self.said, self.facts)
        return self

    def lines(self) -> Iterator[FieldLine]:
        """Yield every field in the order of a recipe."""
        resolved = self.resolved
        values = dict(flat(resolved.recipe.model_dump(mode="json")))
        said = {name for name, _ in flat(self.said.model_dump(mode="json", exclude_unset=True))}
        chosen = {one.field: one.reason for one in resolved.chosen}
        before = {one.field: one for one in self.reasons}
        for note in field_notes():
            if note.name.startswith(_HIDDEN):
                continue
            origin: Origin = (
                "yours" if note.name in said else "chosen" if note.name in chosen else "usual"
            )
            why = "" if origin == "yours" else chosen.get(note.name, "the usual value")
            value = typed(values.get(note.name))
            kept = before.get(note.name)
            if kept is not None and typed(kept.value) == value:
                origin, why = "chosen", kept.reason
            yield FieldLine(note.name, value, origin, why, note.meaning, note.allowed)

    def estimate(self) -> Estimate:
        """Return what can be said before the run; may take a moment where there are many rows."""
        return estimate(self.resolved.recipe, self.facts)

    def looked_up(self, workspace: Workspace, machine: Machine | None) -> "Draft":
        """Return the draft with everything known of its rows, its model and the machine now."""
        return replace(self, facts=read_facts(workspace, self.said, machine))

    def runs(self, *, beside: bool) -> tuple[Recipe, ...]:
        """Return the recipe to launch; with `beside`, also with smaller and larger steps."""
        recipe = self.resolved.recipe
        if not beside:
            return (recipe,)
        return (recipe, *(_at(recipe, factor) for factor in FACTORS))


def _at(recipe: Recipe, factor: float) -> Recipe:
    """Return the recipe at another learning rate, named for it."""
    rate = float(f"{min(1.0, recipe.optim.lr * factor):.3g}")
    name = f"{recipe.name[:48]} lr {rate:g}"
    optim = recipe.optim.model_copy(update={"lr": rate})
    return recipe.model_copy(update={"name": name, "optim": optim})


def draft_from_split(workspace: Workspace, split: str, machine: Machine | None) -> Draft:
    """Return a draft that says nothing but the rows to train on."""
    said = make_recipe({"name": split[:60] or "run", "data": {"split": split}}, where="recipe")
    return Draft(said=said, facts=read_facts(workspace, said, machine))


def draft_from_file(workspace: Workspace, file: Path, machine: Machine | None) -> Draft:
    """Return a draft that says what a recipe file says."""
    said = read_recipe(file)
    if said.data is None:
        raise RecipeError(
            what="This recipe is a rehearsal: it has no rows and trains nothing.",
            why="There is nothing to set up in it.",
            remedy="Choose another, or play it with `tuningfork train`.",
        )
    return Draft(
        said=said,
        facts=read_facts(workspace, said, machine),
        file=file,
        reasons=reasons_beside(file),
    ).checked()


def typed(value: object) -> str:
    """Return a value as a person would type it after `--set name=`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value if _reads_as(value) == value else json.dumps(value, ensure_ascii=False)
    return toml_value(value)


def _reads_as(text: str) -> object:
    """Return what `--set` makes of a text."""
    try:
        return tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def _without(values: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    """Return nested values without one."""
    head, *rest = keys
    if not rest:
        return {name: value for name, value in values.items() if name != head}
    inner = values.get(head)
    return values | {head: _without(inner, rest)} if isinstance(inner, dict) else values


class Beginning(NamedTuple):
    """Something a run can be set up from."""

    kind: Literal["split", "file"]
    name: str
    """Not yet safe to show."""
    path: Path


def list_beginnings(workspace: Workspace) -> tuple[Beginning, ...]:
    """Return the splits of a workspace and the recipes that lie in it, those of runs last."""
    found = [
        Beginning("split", folder.name, folder)
        for folder in sorted(workspace.data.glob("*/"))
        if (folder / "train.jsonl").is_file()
    ]
    files = sorted(
        path
        for path in workspace.root.iterdir()
        if path.suffix in {".toml", ".yaml", ".yml"} and path != workspace.config
    )
    runs = [folder.recipe for folder in workspace.run_folders() if folder.recipe.is_file()]
    found += [Beginning("file", str(path.relative_to(workspace.root)), path) for path in files]
    found += [
        Beginning("file", str(path.relative_to(workspace.root)), path) for path in runs[:-9:-1]
    ]
    return tuple(found)
