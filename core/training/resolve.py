"""Fills what a recipe leaves open, from the split, the model and the machine that it names."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from core.machine import Machine, expected_device
from core.sizes import human_bytes
from core.training.accelerate_config import accelerate_choices
from core.training.defaults import Default, Facts, choose_defaults
from core.training.model_shape import shape_of_base
from core.training.recipe import Recipe, flat, make_recipe
from core.training.row_sizes import bounded_sizes, counted_sizes
from core.training.rows import Parts, recipe_parts
from core.training.speed import measured_speed
from core.training.token_cache import TokenCache, find_cache
from core.workspace import Workspace

_DRIVER_BYTES = 600 * 2**20
"""What a process takes on a GPU before anything is on it."""


class Resolved(NamedTuple):
    """A recipe that leaves nothing open."""

    recipe: Recipe
    chosen: tuple[Default, ...]
    """What was left open, with the reasons."""


def gather_facts(
    workspace: Workspace, recipe: Recipe, parts: Parts, machine: Machine | None
) -> Facts:
    """Return what is known before a launch; tokens are known if an earlier look counted them."""
    facts = Facts(
        train_rows=len(parts.train),
        validation_rows=len(parts.validation),
        shape=shape_of_base(recipe.model.base, recipe.model.revision),
        sizes=bounded_sizes(parts.train, parts.validation),
        mixed=tuple(one.facts for one in parts.mixed),
    )
    cache = find_cache(workspace, recipe, parts.hashes)
    facts = with_tokens(facts, cache) if cache else facts
    return _on_machine(facts, recipe, machine) if machine else facts


def with_tokens(facts: Facts, cache: TokenCache) -> Facts:
    """Return the facts once the tokens were counted."""
    sizes = counted_sizes(cache.entries)
    return replace(facts, sizes=sizes, longest=sizes.longest)


def _on_machine(facts: Facts, recipe: Recipe, machine: Machine) -> Facts:
    device = expected_device(recipe.device, machine.gpus)
    gpu = next((one for one in machine.gpus if f"cuda:{one.index}" == device), None)
    why = ""
    if recipe.device == "auto" and gpu is not None:
        why = f"the driver shows {gpu.name} with {human_bytes(gpu.memory_total)}"
    if gpu is not None:
        total = gpu.memory_total
        free: int | None = max(0, total - gpu.memory_used - _DRIVER_BYTES)
    elif device == "cpu":
        total, free = machine.memory_total, machine.memory_available
    else:
        return replace(facts, device=device, disk_free=machine.disk_free)
    return replace(
        facts,
        device=device,
        device_why=why,
        memory=total,
        free=free,
        disk_free=machine.disk_free,
    )


def resolve(recipe: Recipe, facts: Facts) -> Resolved:
    """Return the recipe with every open field chosen; what it says itself stays."""
    said = recipe.model_dump(mode="json", exclude_unset=True)
    known = {name for name, value in flat(said) if (name, value) != ("device", "auto")}
    named = recipe.runtime.accelerate
    taken = accelerate_choices(Path(named), facts.device) if named is not None else ()
    values, chosen = said, list[Default]()
    for choices in (taken, choose_defaults(facts, dict(flat(said)))):
        for one in choices:
            if one.field in known:
                continue
            known.add(one.field)
            chosen.append(one)
            if one.value is not None:
                values = _with(values, one.field, one.value)
    return Resolved(make_recipe(values, where="recipe"), tuple(chosen))


def _with(values: Mapping[str, Any], name: str, value: object) -> dict[str, Any]:
    """Return nested values with one more, by its dotted name."""
    table, dot, field = name.partition(".")
    if not dot:
        return dict(values) | {name: value}
    return dict(values) | {table: _with(values.get(table, {}), field, value)}


def read_facts(workspace: Workspace, recipe: Recipe, machine: Machine | None) -> Facts:
    """Return all that is known of a recipe's training, with what earlier runs measured."""
    facts = gather_facts(workspace, recipe, recipe_parts(workspace, recipe), machine)
    return replace(facts, speed=measured_speed(workspace, recipe, facts.device))


def resolve_in(workspace: Workspace, recipe: Recipe, machine: Machine | None) -> Resolved:
    """Return the recipe with every open field chosen from its split; a rehearsal has none."""
    if recipe.trainer != "local" or recipe.data is None:
        return Resolved(recipe, ())
    parts = recipe_parts(workspace, recipe)
    return resolve(recipe, gather_facts(workspace, recipe, parts, machine))
