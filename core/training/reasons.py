"""Why a run's recipe is as it is: the reasons of what was chosen for it, kept in its record."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.errors import TuningforkError
from core.jobs.record import read_record
from core.training.defaults import Default
from core.training.recipe import Recipe, flat
from core.workspace import RunFolder


class _Kept(msgspec.Struct, frozen=True):
    """One choice as the record has it."""

    field: str
    value: bool | int | float | str | None
    reason: str


def kept_reasons(recipe: Recipe, chosen: Sequence[Default]) -> list[dict[str, object]]:
    """Return the choices that the recipe still has, as a record keeps them."""
    values = dict(flat(recipe.model_dump(mode="json")))
    return [one._asdict() for one in chosen if values[one.field] == one.value]


def read_reasons(run: RunFolder) -> tuple[Default, ...]:
    """Return what was chosen for a run, with the reasons; nothing where none were kept."""
    try:
        kept = msgspec.convert(read_record(run).spec.get("chosen", []), list[_Kept])
    except (TuningforkError, msgspec.ValidationError):
        return ()
    return tuple(Default(one.field, one.value, one.reason) for one in kept)


def reasons_beside(recipe: Path) -> tuple[Default, ...]:
    """Return the reasons of the run that a `recipe.toml` belongs to; nothing for another file."""
    run = RunFolder(recipe.absolute().parent)
    return read_reasons(run) if run.recipe == recipe.absolute() and run.record.exists() else ()
