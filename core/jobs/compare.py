"""What differs between runs: how they ended, and the fields of their recipes that are not alike."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.errors import JobError
from core.events.timing import seconds_between
from core.jobs.status import JobStatus, Viewer
from core.text_safety import clip, visible
from core.workspace import RunFolder

FEWEST, MOST = 2, 6
"""Runs that can be told apart on one screen."""


class Difference(NamedTuple):
    """A field of the recipe that the runs do not share."""

    field: str
    """Dotted, as `--set` takes it."""
    values: tuple[Any, ...]
    """One for each run; None where its recipe has no such field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Some runs side by side."""

    runs: tuple[JobStatus, ...]
    differences: tuple[Difference, ...]
    same_data: bool | None
    """Whether all were guarded by one holdout lock; None where a run has none."""

    def as_json(self) -> dict[str, Any]:
        """Return the stable form that `--json` prints; fields are added, never renamed."""
        return {
            "runs": [
                {
                    "run": one.id,
                    "name": one.record.name,
                    "state": one.state,
                    "step": one.run_state.step,
                    "best_step": one.run_state.best_step,
                    "best_loss": one.run_state.best_loss,
                    "smoothed_loss": one.run_state.ema,
                    "seconds": took(one),
                    "data": one.run_state.split_hash,
                }
                for one in self.runs
            ],
            "same_data": self.same_data,
            "differences": [
                {"field": one.field, "values": list(one.values)} for one in self.differences
            ],
        }


def compare(viewers: Sequence[Viewer]) -> Comparison:
    """Return what is alike and what differs, of runs that are read to their ends."""
    runs = tuple(viewer.look_until_caught_up() for viewer in viewers)
    roots = {one.run_state.split_hash for one in runs}
    return Comparison(
        runs=runs,
        differences=differing([read_resolved(viewer.folder) for viewer in viewers]),
        same_data=None if "" in roots else len(roots) == 1,
    )


def check_count(count: int) -> None:
    """Refuse what cannot be compared on one screen."""
    if not FEWEST <= count <= MOST:
        raise JobError(
            what=f"{count} run{'s' if count != 1 else ''} cannot be compared.",
            why=f"A comparison shows {FEWEST} to {MOST} runs.",
            remedy="Name each once; `tuningfork runs` lists the ids of this workspace.",
        )


def differing(recipes: Sequence[Mapping[str, Any]]) -> tuple[Difference, ...]:
    """Return the fields that are not the same in all recipes, in the order they are written."""
    flat = [_flat(recipe) for recipe in recipes]
    fields = dict.fromkeys(field for recipe in flat for field in recipe)
    rows = (Difference(field, tuple(recipe.get(field) for recipe in flat)) for field in fields)
    return tuple(row for row in rows if any(value != row.values[0] for value in row.values))


def _flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested tables as dotted names."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found


def read_resolved(folder: RunFolder) -> dict[str, Any]:
    """Return the resolved recipe of a run; nothing where the run had none."""
    try:
        return tomllib.loads(folder.recipe.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise JobError(
            what=f"The recipe of {folder.id} cannot be read.",
            why=f"{clip(visible(str(broken)), 160)}.",
            remedy="Put recipe.toml back as it was, or leave this run out.",
        ) from broken


def took(status: JobStatus) -> float | None:
    """Return the seconds from the first start to the newest event."""
    run = status.run_state
    return seconds_between(run.started_at, run.ended_at or run.last_event_at)
