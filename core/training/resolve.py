"""Fills what a recipe leaves open, from the split and the model that it names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from core.catalog.base_models import locate_model
from core.machine import Machine
from core.training.defaults import Default, Facts, choose_defaults
from core.training.model_shape import read_shape
from core.training.recipe import Recipe, flat, make_recipe
from core.training.rows import Parts, read_parts
from core.workspace import Workspace


class Resolved(NamedTuple):
    """A recipe that leaves nothing open."""

    recipe: Recipe
    chosen: tuple[Default, ...]
    """What was left open, with the reasons."""


def gather_facts(recipe: Recipe, parts: Parts, machine: Machine | None) -> Facts:
    """Return what is known before a launch."""
    source = locate_model(recipe.model.base, recipe.model.revision)
    folder = Path(source.location)
    memory = None
    if machine is not None:
        number = recipe.device.partition(":")[2]
        gpus = {str(gpu.index): gpu.memory_total for gpu in machine.gpus}
        memory = gpus.get(number) if number else machine.memory_total
    return Facts(
        train_rows=len(parts.train),
        validation_rows=len(parts.validation),
        shape=read_shape(folder) if folder.is_absolute() else None,
        memory=memory,
    )


def resolve(recipe: Recipe, facts: Facts) -> Resolved:
    """Return the recipe with every open field chosen; what it says itself stays."""
    said = recipe.model_dump(mode="json", exclude_unset=True)
    known = {name for name, _ in flat(said)}
    chosen = tuple(
        one for one in choose_defaults(facts, dict(flat(said))) if one.field not in known
    )
    values = said
    for one in chosen:
        if one.value is not None:
            values = _with(values, one.field, one.value)
    return Resolved(make_recipe(values, where="recipe"), chosen)


def _with(values: Mapping[str, Any], name: str, value: object) -> dict[str, Any]:
    """Return nested values with one more, by its dotted name."""
    table, dot, field = name.partition(".")
    if not dot:
        return dict(values) | {name: value}
    return dict(values) | {table: _with(values.get(table, {}), field, value)}


def resolve_in(workspace: Workspace, recipe: Recipe, machine: Machine | None) -> Resolved:
    """Return the recipe with every open field chosen from its split; a rehearsal has none."""
    if recipe.trainer != "local" or recipe.data is None:
        return Resolved(recipe, ())
    parts = read_parts(workspace, recipe.data.split)
    return resolve(recipe, gather_facts(recipe, parts, machine))
