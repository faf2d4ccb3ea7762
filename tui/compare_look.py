"""Some runs side by side, as curves, as a table, and as plain lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from core.text_safety import clip, visible
from tui.run_charts import Values, View, place_of, values_at
from tui.widgets.overlay import Overlay
from tui.widgets.page import Line
from tui.widgets.plotting import Plot
from tui.widgets.safe_text import safe_text
from tui.wording import duration, figure, progress, sign

if TYPE_CHECKING:
    from core.events.curves import Curves
    from core.jobs.compare import Comparison
    from core.jobs.status import JobStatus, Viewer
    from core.workspace import RunFolder

LETTERS = "ABCDEF"
INKS = ("ema", "eval", "good", "accent", "bad", "strong")
_LABEL = 22
_NARROWEST = 10
_LIMIT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareLook:
    """What a look at some runs found; equal looks paint nothing."""

    comparison: "Comparison"
    overlays: tuple[Overlay, ...]
    frame: Plot
    values: tuple[Values | None, ...]
    """What each run measured nearest to the cursor, or last; None before its first step."""


class CompareWatch:
    """Follows some runs; every method is called under the feed's lock."""

    def __init__(self, folders: "tuple[RunFolder, ...]") -> None:
        self._folders = folders
        self._viewers: tuple[Viewer, ...] = ()
        self._comparison: Comparison | None = None
        self.view = View()
        """Axis and smoothing; the first of its columns is the width of the chart."""

    def look(self) -> CompareLook:
        """Read what is new of every run."""
        from core.jobs.compare import compare
        from core.jobs.status import Viewer

        if not self._viewers:
            self._viewers = tuple(Viewer(folder) for folder in self._folders)
        self._comparison = compare(self._viewers)
        return self.present()

    @property
    def seen(self) -> bool:
        """Whether there was a look."""
        return self._comparison is not None

    def present(self) -> CompareLook:
        """Return what is known, drawn for the present view."""
        assert self._comparison is not None, "presented before the first look"
        view, columns = self.view, self.view.columns[0]
        curves = [viewer.curves for viewer in self._viewers]
        ends = [
            one["loss"].last_step if view.axis == "step" else one["loss"].elapsed()
            for one in curves
        ]
        frame = Plot(x_max=max(1.0, *ends), time=view.axis == "time")
        return CompareLook(
            comparison=self._comparison,
            overlays=tuple(
                _overlay(number, one, columns, frame, view) for number, one in enumerate(curves)
            ),
            frame=frame,
            values=tuple(values_at(one, view) for one in curves),
        )


def _overlay(number: int, curves: "Curves", columns: int, frame: Plot, view: View) -> Overlay:
    """Return one run's smoothed loss and its evaluations."""
    letter, ink = LETTERS[number], INKS[number]
    if columns < 1:
        return Overlay(letter=letter, ink=ink)
    loss = curves["loss"]
    found = loss.columns(columns, frame.x_max, axis=view.axis)
    placed = (
        (place_of(one.step, curves, view) / frame.x_max, one.value)
        for one in curves["eval_loss"].points()
    )
    return Overlay(
        letter=letter,
        ink=ink,
        smooth=tuple(loss.smoothed(view.weight, columns, frame.x_max, axis=view.axis)),
        gaps=frozenset(x for x, one in enumerate(found) if one.gap),
        evals=tuple((min(columns - 1, int(x * columns)), value) for x, value in placed),
    )


def readout(look: CompareLook, cursor: float | None) -> Text:
    """Return the exact values of every run at the cursor, or its newest ones.

    Each value was measured; a run that has none at the step itself says which one it is of.
    """
    at = None if cursor is None else round(cursor)
    where = "newest" if at is None else f"step {at:,}"
    if at is not None and look.frame.time:
        where = f"after {duration(cursor or 0.0)}"
    line = Text(f"{where:<14}")
    for letter, ink, values in zip(LETTERS, INKS, look.values, strict=False):
        line.append(f"{letter} ", style=ink)
        if values is None:
            line.append("–   ")
            continue
        own = "" if values.step == at else f" @{values.step:,.0f}"
        line.append(f"{figure(values.raw)} ~{figure(values.smooth)}{own}   ")
    return line


def table_lines(found: "Comparison", width: int) -> list[Line]:
    """Return the runs as columns: how they ended, then only the fields that differ."""
    column = max(_NARROWEST, (width - _LABEL) // max(len(found.runs), 1))
    heads = [
        Text.assemble((f"{LETTERS[n]} ", INKS[n]), safe_text(one.record.name, limit=60))
        for n, one in enumerate(found.runs)
    ]
    lines: list[Line] = [_row("", heads, column)]
    for label, values in _facts(found):
        lines.append(_row(label, values, column))
    lines.append(Text(""))
    if not found.differences:
        lines.append(Text("Their recipes do not differ.", style="muted"))
    for one in found.differences:
        lines.append(_row(one.field, [safe_text(shown(value)) for value in one.values], column))
    return lines


def _facts(found: "Comparison") -> Iterator[tuple[str, list[Text]]]:
    """Yield what is known about each run, a line a fact."""
    from core.jobs.compare import took

    runs = found.runs
    yield "state", [_state(one) for one in runs]
    yield "validation, best", [Text(_best(one)) for one in runs]
    yield "training, smoothed", [Text(figure(one.run_state.ema)) for one in runs]
    steps = [progress(one.run_state.step, one.run_state.total_steps) for one in runs]
    yield "steps", [Text(words) for words in steps]
    times = [took(one) for one in runs]
    yield "time", [Text("–" if time is None else duration(time)) for time in times]
    yield "data", [safe_text(one.run_state.split_hash[:8] or "–") for one in runs]


def _state(status: "JobStatus") -> Text:
    glyph, ink = sign(status.state)
    return Text(f"{glyph} {status.state}", style=ink)


def _best(status: "JobStatus") -> str:
    run = status.run_state
    return "–" if run.best_loss is None else f"{figure(run.best_loss)} @{run.best_step:,}"


def _row(label: str, values: list[Text], column: int) -> Text:
    """Return a line of cells of one width."""
    line = safe_text(label, limit=_LABEL - 2, ink="muted")
    line.truncate(_LABEL, pad=True)
    for value in values:
        cell = value.copy()
        cell.truncate(column - 2, overflow="ellipsis")
        cell.pad_right(column - cell.cell_len)
        line.append_text(cell)
    return line


def shown(value: Any) -> str:
    """Return a value of a recipe as text; not yet safe to show."""
    if value is None:
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def plain_lines(found: "Comparison") -> Iterator[str]:
    """Yield the same as lines, one fact a line."""
    for letter, run in zip(LETTERS, found.runs, strict=False):
        yield f"{letter}: {run.id}  {_safe(run.record.name)}"
    for label, values in _facts(found):
        yield f"{label}: {' | '.join(value.plain for value in values)}"
    if found.same_data is not None:
        yield f"same data: {'yes' if found.same_data else 'no'}"
    if not found.differences:
        yield "recipes: no difference"
    for one in found.differences:
        yield f"{_safe(one.field)}: {' | '.join(_safe(shown(value)) for value in one.values)}"
    for asked in found.asked:
        yield f"sample {_safe(asked.key)}: {_safe(asked.prompt)}".rstrip(": ")
        if asked.reference:
            yield f"  should say: {_safe(asked.reference)}"
        for letter, answer in zip(LETTERS, asked.answers, strict=False):
            if answer is not None:
                yield f"  {letter} at step {answer.step}: {_safe(answer.text)}"


def _safe(value: str) -> str:
    return visible(clip(value, _LIMIT))
