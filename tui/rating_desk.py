"""What a rater has before them and what a key does to it; the screen only shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

from core.scoring.study.session import Progress, RatingSession, Task

REPEAT_S = 0.25
"""The same key again within this time is one that is held down, not a second thought."""
_GUESSES = 10
"""Items about which raters are asked at the end which answer was the fine-tune's."""
_PAUSE_S = 180.0
"""A longer stay on one item is a break, and says nothing about the time that is left."""

Phase = Literal["rating", "guessing", "over"]


@dataclass
class Look:
    """How the item is shown; kept from item to item."""

    raw: bool = False
    """Answers as they were written."""
    difference: bool = False
    """Answers compared with the one before."""
    reference: bool = False
    """The expected answer in sight."""
    prompt_open: bool = False
    """The whole prompt in sight."""
    zoomed: bool = False
    """One answer alone."""


class RatingDesk:
    """Moves through items and answers; whatever it says is saved has been saved."""

    def __init__(self, session: RatingSession, clock: Callable[[], float]) -> None:
        self.session = session
        self.look = Look()
        self.focus = 0
        """Place of the answer that keys are about."""
        self.columns = 0
        """Columns of the terminal, for the record."""
        self.phase: Phase = "rating"
        self._clock = clock
        self._since = clock()
        self._stays: list[float] = []
        self._pressed = ("", float("-inf"))
        self.task: Task | None = None
        self._back: int | None = None
        """Which item that was met is looked at again; None for the one to rate."""
        self.progress: Progress = session.progress()
        self.advance()

    def repeated(self, key: str) -> bool:
        """Return whether a key is only held down."""
        before, at = self._pressed
        self._pressed = (key, self._clock())
        return key == before and self._pressed[1] - at < REPEAT_S

    # Where one is.

    def advance(self) -> None:
        """Take the next item, or ask the question of the end, or be through."""
        task = self.session.next()
        self._back = None
        if task is not None:
            self.phase = "rating"
        else:
            task = next(iter(self.session.to_guess(_GUESSES)), None)
            self.phase = "over" if task is None else "guessing"
        self._turn_to(task)
        self.progress = self.session.progress()

    def _turn_to(self, task: Task | None) -> None:
        if self.task is None or task is None or task.met != self.task.met:
            self._since = self._clock()
        self.task, self.focus = task, 0
        if task is not None and self.phase == "rating":
            missing = self.session.missing(task)
            self.focus = missing[0] if missing else 0

    def go_to_item(self, steps: int) -> bool:
        """Look at another item that was met; False where there is none."""
        met = self.session.met()
        here = len(met) if self._back is None else self._back
        if self.task in met and self._back is None:
            here = met.index(self.task)
        there = here + steps
        if there >= len(met):
            if self._back is None:
                return False
            self.advance()
            return True
        if there < 0:
            return False
        self._back, self.phase = there, "rating"
        self._turn_to(met[there])
        self.focus = 0
        return True

    def go_to_answer(self, steps: int) -> None:
        """Look at another answer, round and round."""
        if self.task is not None:
            self.focus = (self.focus + steps) % len(self.task.sides)

    @property
    def again(self) -> bool:
        """Whether an item is looked at that was finished before."""
        return self._back is not None

    # What is said.

    def rate(self, score: int) -> None:
        """Save a score and go to the next answer without one."""
        task = self._rated()
        self.session.rate(task, self.focus, score, **self._seen())
        following = [place for place in self.session.missing(task) if place != self.focus]
        if following:
            later = [place for place in following if place > self.focus]
            self.focus = (later or following)[0]

    def rate_all_bad(self) -> None:
        """Save the lowest score for every answer, and that none is better."""
        task = self._rated()
        for place in range(len(task.sides)):
            self.session.rate(task, place, min(self.session.sheet.scores), **self._seen())
        self.session.pick(task, None, **self._seen())

    def pick(self, step: int) -> None:
        """Save that this answer, or the one after it, is the better one."""
        task = self._rated()
        self.session.pick(task, (self.focus + step) % len(task.sides), **self._seen())

    def tie(self) -> None:
        """Save that none is better than the others."""
        self.session.pick(self._rated(), None, **self._seen())

    def flag_unsafe(self, reason: str) -> None:
        """Save that the answer is unsafe."""
        self.session.flag_unsafe(self._rated(), self.focus, reason, **self._seen())

    def comment(self, text: str) -> None:
        """Save a comment on the answer."""
        self.session.say("comment", self._rated(), self.focus, text, **self._seen())

    def correct(self, text: str) -> None:
        """Save what the answer should have been."""
        self.session.say("edit", self._rated(), self.focus, text, **self._seen())

    def skip(self, reason: str) -> None:
        """Save that others should rate the item, and go on."""
        self.session.skip(self._rated(), reason, **self._seen())
        self.advance()

    def commit(self) -> bool:
        """Finish the item and go on; False while an answer has no score."""
        if self.phase == "guessing" and self.task is not None:
            self.session.guess(self.task, self.focus, **self._seen())
            self.advance()
            return True
        task = self._rated()
        missing = self.session.missing(task)
        if missing:
            self.focus = missing[0]
            return False
        stay = self._clock() - self._since
        if not self.session.standing.done(task.met) and stay < _PAUSE_S:
            self._stays.append(stay)
        self.session.commit(task, **self._seen())
        self.advance()
        return True

    def no_idea(self) -> None:
        """Save that the rater cannot tell the fine-tune, and go on."""
        assert self.task is not None, "asked about an item"
        self.session.guess(self.task, None, **self._seen())
        self.advance()

    def undo(self) -> str:
        """Take back what was said last, show where that was, and return its kind."""
        undone = self.session.undo()
        if undone is None:
            return ""
        task = next(
            (one for one in self.session.met() if one.met == (undone.item, undone.occurrence)), None
        )
        self._back, self.phase = None, "rating"
        if task is not None and not self.session.standing.done(task.met):
            self._turn_to(task)
            places = [place for place, side in enumerate(task.sides) if side.id == undone.side]
            self.focus = places[0] if places else 0
        else:
            self.advance()
        self.progress = self.session.progress()
        return undone.kind

    # How long it takes.

    @property
    def minutes_left(self) -> float | None:
        """Minutes for what is open, at this sitting's pace; None before two items."""
        if len(self._stays) < 2:
            return None
        return median(self._stays) * self.progress.open / 60

    def _seen(self) -> dict[str, int]:
        return {
            "dwell_ms": int((self._clock() - self._since) * 1000),
            "screen_cols": self.columns,
        }

    def _rated(self) -> Task:
        assert self.task is not None, "keys that rate are off when nothing is left"
        return self.task
