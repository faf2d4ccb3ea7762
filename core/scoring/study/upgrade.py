"""What changed since an older study: the raters, by its old answers; the model, by the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from core.errors import TuningforkError
from core.scoring.rated.section import Section
from core.scoring.rated.table import Table, make_table
from core.scoring.rated.wording import points
from core.scoring.statistics.difference import Estimate, estimate, less
from core.scoring.study.anchors import OldStudy, read_old_study
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import Locked, Logs, Sealed, anchor_ratings, table_of

_FEWEST = 6
"""Items that both studies rated, from which on they are compared one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """This study beside the older one whose answers were rated again."""

    old: str
    """Id of the older study."""
    refusal: str
    """Why they cannot be compared; empty when they are."""
    anchors: int = 0
    """Items whose old answers were rated then and now."""
    raters: Estimate | None = None
    """How many points higher the same old answers score now; None for fewer than two items."""
    by_rater: tuple[tuple[str, Estimate], ...] = ()
    """The same for everybody who rated both times."""
    change: Estimate | None = None
    """How many points higher the fine-tune scores now, as rated; None for too few items."""
    paired: int = 0
    """Items on which it was rated both times; 0 where the two studies' items differ."""
    worthwhile: float = 0.5
    """Smallest change in points that the plan cares for."""

    @property
    def model(self) -> Estimate | None:
        """The change without the raters' drift: both rest on different items."""
        return less(self.change, self.raters) if self.change and self.raters else None

    def sentences(self) -> tuple[str, ...]:
        """Return what moved: first the raters, then the model."""
        if self.refusal:
            return (self.refusal,)
        if self.raters is None or self.change is None or self.model is None:
            return (f"Not enough was rated to compare with {self.old}.",)
        said = [_raters(self.raters, self.old, self.anchors)]
        said.append(_model(self.change, self.model, self.old, self.worthwhile))
        return tuple(said)

    def section(self) -> Section:
        """Return it as a part of a report."""
        rows = [
            ("raters, on old answers", self.raters),
            *((f"rater {name}", one) for name, one in self.by_rater),
            ("fine-tune, as rated", self.change),
            ("fine-tune, without the raters' drift", self.model),
        ]
        return Section(
            title=f"Since {self.old}",
            head=("what moved", "points", "interval"),
            rows=tuple((name, *_cells(one)) for name, one in rows if one is not None),
            notes=self.sentences(),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what `verdict STUDY --json` prints of it."""
        return {
            "study": self.old,
            "refusal": self.refusal,
            "sentences": list(self.sentences()),
            "anchors": self.anchors,
            "raters": _json(self.raters),
            "by_rater": {name: _json(one) for name, one in self.by_rater},
            "change": _json(self.change),
            "paired_items": self.paired,
            "model": _json(self.model),
        }


def upgrade_of(folder: StudyFolder, locked: Locked, logs: Logs, sealed: Sealed) -> Upgrade | None:
    """Return what changed since the study that the plan names; None where it names none."""
    name = locked.plan.anchors
    if not name:
        return None
    place = StudyFolder(folder.path.with_name(name))
    try:
        old = read_old_study(place)
    except TuningforkError as error:
        return Upgrade(old=name, refusal=f"{name} can't be compared with: {error.what}")
    if old.locked.seal != locked.anchored:
        return Upgrade(old=name, refusal=f"{name} is not the study whose answers were rated again.")
    return _compared(name, old, locked, logs, sealed)


def _compared(name: str, old: OldStudy, locked: Locked, logs: Logs, sealed: Sealed) -> Upgrade:
    then, now = table_of(*old), make_table(anchor_ratings(locked, logs, sealed))
    moved = _moved(then, now)
    new = table_of(locked, logs, sealed)
    # Old scores of an anchor would stand in both figures, and tie them together.
    own = set(sealed.anchors.values())
    before = _means(then, old.locked.plan.tuned, own)
    after = _means(new, locked.plan.tuned, own)
    both = before.keys() & after.keys()
    change = None
    if len(both) >= _FEWEST:
        change = estimate([after[item] - before[item] for item in sorted(both)])
    elif min(len(before), len(after)) >= _FEWEST:
        both = set()
        change = less(estimate(list(after.values())), estimate(list(before.values())))
    return Upgrade(
        old=name,
        refusal="",
        anchors=len(moved),
        raters=estimate(list(moved.values())) if len(moved) > 1 else None,
        by_rater=tuple(_by_rater(then, now)),
        change=change,
        paired=len(both) if change else 0,
        worthwhile=locked.plan.worthwhile,
    )


def _moved(then: Table, now: Table, rater: str | None = None) -> dict[str, float]:
    """Return how much higher the same answers to each item score now, by everybody or one rater."""
    found = {}
    for item, cells in now.cells.items():
        gaps = []
        for contender, cell in cells.items():
            earlier = then.cells.get(item, {}).get(contender, {})
            before = [one.score for one in earlier.values() if rater in {None, one.rater}]
            after = [one.score for one in cell.values() if rater in {None, one.rater}]
            if before and after:
                gaps.append(fmean(after) - fmean(before))
        if gaps:
            found[item] = fmean(gaps)
    return found


def _by_rater(then: Table, now: Table) -> list[tuple[str, Estimate]]:
    """Return the drift of everybody who rated two items or more both times."""
    found = []
    for rater in sorted(set(then.raters) & set(now.raters)):
        moved = _moved(then, now, rater)
        if len(moved) > 1:
            found.append((rater, estimate(list(moved.values()))))
    return found


def _means(table: Table, contender: str, left_out: set[str]) -> Mapping[str, float]:
    """Return the mean score of one contender on each item."""
    return {
        item: fmean(one.score for one in cells[contender].values())
        for item, cells in table.cells.items()
        if cells.get(contender) and item not in left_out
    }


def _raters(moved: Estimate, old: str, items: int) -> str:
    low, high = moved.interval()
    mean, start, end = points(moved.mean, low, high)
    rest = f"the same old answers to {items:,} items score {_signed(mean)} points against {old}"
    if low > 0 or high < 0:
        return f"Raters grew {'milder' if low > 0 else 'stricter'}: {rest} ({start} to {end})."
    return f"No drift of the raters is shown: {rest} ({start} to {end})."


def _model(change: Estimate, model: Estimate, old: str, worthwhile: float) -> str:
    low, high = model.interval()
    mean, start, end = points(model.mean, low, high)
    (raw,) = points(change.mean)
    said = (
        f"The fine-tune's scores moved by {_signed(raw)} points since {old}; without the raters' "
        f"drift that is {_signed(mean)} ({start} to {end}): "
    )
    if low > 0 or high < 0:
        return f"{said}the model got {'better' if low > 0 else 'worse'}."
    if low > -worthwhile:
        return f"{said}no change of the model is shown, and it lost less than {worthwhile:g}."
    return f"{said}no change of the model is shown, and a loss of {worthwhile:g} is not ruled out."


def _signed(shown: str) -> str:
    return shown if shown.startswith("-") else f"+{shown}"


def _cells(one: Estimate) -> tuple[str, str]:
    low, high = one.interval()
    return f"{one.mean:+.2f}", f"{low:.2f} to {high:.2f}"


def _json(one: Estimate | None) -> dict[str, float] | None:
    if one is None:
        return None
    low, high = one.interval()
    return {"mean": one.mean, "low": low, "high": high}
