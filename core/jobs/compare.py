"""What differs between runs: how they ended, and the fields of their recipes that are not alike."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.errors import JobError
from core.events.run_state import RunState
from core.events.schema import SampleTaken
from core.events.timing import seconds_between
from core.jobs.record import read_record
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


class Asked(NamedTuple):
    """One of the fixed prompts, and what each run made of it at its best step."""

    key: str
    prompt: str
    """Empty where no log says it."""
    reference: str
    """What the row itself answers, shortened; empty where no log says it."""
    answers: tuple[SampleTaken | None, ...]
    """One for each run; None where it was not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Some runs side by side."""

    runs: tuple[JobStatus, ...]
    differences: tuple[Difference, ...]
    same_data: bool | None
    """Whether all were guarded by one holdout lock; None where a run has none."""
    asked: tuple[Asked, ...] = ()

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
            "samples": [
                {
                    "key": one.key,
                    "prompt": one.prompt,
                    "reference": one.reference,
                    "answers": [
                        None if answer is None else {"step": answer.step, "text": answer.text}
                        for answer in one.answers
                    ],
                }
                for one in self.asked
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
        asked=asked([one.run_state for one in runs]),
    )


def asked(runs: Sequence[RunState]) -> tuple[Asked, ...]:
    """Return every fixed prompt, in the order they were asked, with the answers of all runs.

    A key that stands for another prompt in another run is another row.
    """
    first: list[dict[str, SampleTaken]] = []
    for run in runs:
        first.append({})
        for one in run.samples:
            first[-1].setdefault(one.key, one)
    rows = dict.fromkeys((key, one.prompt) for known in first for key, one in known.items())
    found = []
    for key, prompt in rows:
        asks = [
            known[key] if key in known and known[key].prompt == prompt else None for known in first
        ]
        answers = tuple(
            None if one is None else _at_best(run, key) for run, one in zip(runs, asks, strict=True)
        )
        references = [one.reference for one in asks if one is not None and one.reference]
        found.append(Asked(key, prompt, next(iter(references), ""), answers))
    return tuple(found)


def _at_best(run: RunState, key: str) -> SampleTaken | None:
    """Return the answer at the best step, else the newest one before it, else the newest."""
    taken = [one for one in run.samples if one.key == key]
    up_to = [one for one in taken if run.best_step is None or one.step <= run.best_step]
    trained = [one for one in up_to if one.step] or taken
    return trained[-1] if trained else None


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
        record = read_record(folder)
        return record.spec if record.kind == "hosted" else {}
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
