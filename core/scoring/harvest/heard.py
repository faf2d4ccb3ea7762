"""All that raters said of an item, side by side: the log read by answers instead of by raters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.scoring.study.opened import Locked, Logs
from core.scoring.study.rating_log import Kind
from core.scoring.study.sheet import SheetItem, Side
from core.scoring.study.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardAnswer:
    """One answer with what was said of it, by rater."""

    side: Side
    """The answer."""
    scores: Mapping[str, int]
    """The score of everybody who finished the item."""
    unsafe: Mapping[str, str]
    """Why somebody called it unsafe."""
    comments: Mapping[str, str]
    """What somebody remarked."""
    edits: Mapping[str, str]
    """What it should have been; said later counts more, also when the item came again."""

    @property
    def mean(self) -> float:
        """The mean score; 0 where there is none."""
        return sum(self.scores.values()) / len(self.scores) if self.scores else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardItem:
    """One item with everything that was said of it."""

    item: SheetItem
    """What was asked."""
    answers: tuple[HeardAnswer, ...]
    """In the order of the sheet, which tells nothing."""
    picks: Mapping[str, str]
    """The side that somebody found best; empty for "none is better"."""


def heard_items(locked: Locked, logs: Logs) -> Iterator[HeardItem]:
    """Yield every item with what those said who finished it."""
    for item in locked.sheet.items:
        done = {
            rater: standing
            for rater, standing in logs.standings.items()
            if standing.finished((item.id, 0))
        }
        yield HeardItem(
            item=item,
            answers=tuple(_answer(item, side, done) for side in item.sides),
            picks={rater: str(value) for rater, value in _said(done, "pick", item.id, "").items()},
        )


def _answer(item: SheetItem, side: Side, done: Mapping[str, Standing]) -> HeardAnswer:
    """Return what was said of one answer."""
    first, again = (_said(done, "edit", item.id, side.id, occurrence=n) for n in (0, 1))
    return HeardAnswer(
        side=side,
        scores={name: int(value) for name, value in _said(done, "rate", item.id, side.id).items()},
        unsafe=_words(_said(done, "flag", item.id, side.id)),
        comments=_words(_said(done, "comment", item.id, side.id)),
        edits=_words(first | again),
    )


def _said(
    done: Mapping[str, Standing], kind: Kind, item: str, side: str, *, occurrence: int = 0
) -> dict[str, Any]:
    """Return the last word of a kind of everybody who has one."""
    events = {name: one.event(kind, (item, occurrence), side) for name, one in done.items()}
    return {name: event.value for name, event in events.items() if event is not None}


def _words(said: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in said.items()}
