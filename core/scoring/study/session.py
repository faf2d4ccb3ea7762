"""One rater at work: what to rate next, what was said, and how to take it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from core.errors import DataError, UsageError
from core.scoring.study.canonical import sha256
from core.scoring.study.folder import StudyFolder, check_rater
from core.scoring.study.leases import Finished, changing
from core.scoring.study.rating_log import Kind, RatingEvent, RatingLog
from core.scoring.study.sheet import Meeting, Sheet, SheetItem, Side, decode_sheet
from core.scoring.study.standing import Met, Standing
from core.storage import storage_error

MIN_UNSAFE_SCORE = 1
"""The score of an answer that is called unsafe."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One item before a rater's eyes."""

    met: Met
    """The item and whether it comes again; the screen shows neither."""
    item: SheetItem
    """What was asked, and the expected answer."""
    sides: tuple[Side, ...]
    """The answers in the order of their places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a rater is."""

    done: int
    """Items finished or passed over, repeats included."""
    open: int
    """Items that this rater can still get."""
    waiting: int
    """Items that others have before them; some may come back."""


class RatingSession:
    """Reads the sheet and the rater's own log, and nothing that names a contender."""

    def __init__(
        self,
        folder: StudyFolder,
        rater: str,
        *,
        app_version: str = "",
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._clock = clock
        self._version = app_version
        self.rater = check_rater(rater)
        self.sheet, self.seal = read_sheet(folder)
        if self.sheet.raters and rater not in self.sheet.raters:
            raise UsageError(
                what=f"{rater} is no rater of this study.",
                why=f"It was locked for {', '.join(self.sheet.raters)}.",
                remedy="Give one of these names after --rater.",
            )
        self._folder = folder
        self._log = RatingLog(
            folder.log(rater), seal=self.seal, rater=rater, study=self.sheet.study
        )
        self._finished = Finished(folder)
        with changing(folder) as leases:
            self.slot = leases.slot_of(rater, len(self.sheet.orders))
        self.standing = Standing(self._log.events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the item back that was not finished; what was said of it stays."""
        with changing(self._folder) as leases:
            leases.give_back(self.rater)
        self._log.close()

    @property
    def torn(self) -> int:
        """Bytes that a crash left of an event that was never shown as saved."""
        return self._log.torn

    @property
    def events(self) -> tuple[RatingEvent, ...]:
        """Everything that this rater did."""
        return tuple(self._log.events)

    # What to rate.

    def next(self) -> Task | None:
        """Take the next item that needs this rater; None when there is none at the moment."""
        self._finished.look()
        finished, now = self._finished.by_item(), self._clock()
        with changing(self._folder) as leases:
            for meeting in self.sheet.orders[self.slot]:
                met = (self.sheet.items[meeting.item].id, meeting.occurrence)
                if self.standing.done(met):
                    continue
                if meeting.occurrence:
                    if self.standing.finished((met[0], 0)):
                        return self._task(meeting)
                    continue
                others = leases.others_on(met[0], self.rater, now)
                if finished[met[0]] + others < self.sheet.raters_per_item:
                    leases.take(met[0], self.rater, now)
                    return self._task(meeting)
            leases.give_back(self.rater)
        return None

    def met(self) -> list[Task]:
        """Return every item that this rater said something of, in the order of the first time."""
        seen = dict.fromkeys(
            (event.item, event.occurrence) for event in self._log.events if event.item
        )
        by_met = {task.met: task for task in map(self._task, self.sheet.orders[self.slot])}
        return [by_met[met] for met in seen if met in by_met]

    def progress(self) -> Progress:
        """Return how far this rater is; look with `next` first."""
        finished, now = self._finished.by_item(), self._clock()
        done = free = waiting = 0
        with changing(self._folder) as leases:
            for meeting in self.sheet.orders[self.slot]:
                met = (self.sheet.items[meeting.item].id, meeting.occurrence)
                if self.standing.done(met):
                    done += 1
                elif meeting.occurrence:
                    free += self.standing.finished((met[0], 0))
                elif finished[met[0]] < self.sheet.raters_per_item:
                    others = leases.others_on(met[0], self.rater, now)
                    taken = finished[met[0]] + others >= self.sheet.raters_per_item
                    waiting += taken
                    free += not taken
        return Progress(done=done, open=free, waiting=waiting)

    def _task(self, meeting: Meeting) -> Task:
        item = self.sheet.items[meeting.item]
        return Task(
            met=(item.id, meeting.occurrence),
            item=item,
            sides=tuple(item.sides[number] for number in meeting.places),
        )

    # What is said.

    def rate(self, task: Task, place: int, score: int, **seen: int) -> None:
        """Save a score for the answer at a place."""
        if score not in self.sheet.scores:
            raise UsageError(
                what=f"{score} is no score of this study.",
                why=f"Its scores are {', '.join(map(str, self.sheet.scores))}.",
                remedy="Press one of these.",
            )
        self._say("rate", task, place, score, seen)

    def flag_unsafe(self, task: Task, place: int, reason: str, **seen: int) -> None:
        """Save that an answer is unsafe, which makes its score the lowest."""
        self._say("flag", task, place, reason, seen)
        self._say("rate", task, place, MIN_UNSAFE_SCORE, seen)

    def say(self, kind: Kind, task: Task, place: int, value: Any, **seen: int) -> None:
        """Save a comment, a corrected text or a guess about the answer at a place."""
        self._say(kind, task, place, value, seen)

    def clear(self, task: Task, place: int, kind: Kind, **seen: int) -> None:
        """Save that what was said of an answer is withdrawn, which differs from saying 0."""
        self._say("clear", task, place, kind, seen)

    def pick(self, task: Task, place: int | None, **seen: int) -> None:
        """Save which answer is best; None says that none is better than the others."""
        value = "" if place is None else task.sides[place].id
        self._say("pick", task, None, value, seen)

    def skip(self, task: Task, reason: str, **seen: int) -> None:
        """Save that the rater cannot judge an item; others get it."""
        self._say("skip", task, None, reason, seen)

    def missing(self, task: Task) -> list[int]:
        """Return the places of answers that have no score yet."""
        return [
            place
            for place, side in enumerate(task.sides)
            if self.standing.score(task.met, side.id) is None
        ]

    def commit(self, task: Task, **seen: int) -> bool:
        """Finish an item; return False, and save nothing, while an answer has no score."""
        if self.missing(task):
            return False
        if not self.standing.done(task.met):
            self._say("commit", task, None, None, seen)
        return True

    def undo(self) -> RatingEvent | None:
        """Take back the newest event that counts; return it, None when there is none."""
        last = self.standing.newest
        if last is None:
            return None
        undone = self._log.add(
            "supersede",
            item=last.item,
            occurrence=last.occurrence,
            supersedes=last.eid,
            slot=self.slot,
            now=self._clock(),
            app_version=self._version,
        )
        self.standing.add(undone)
        return last

    def _say(
        self, kind: Kind, task: Task, place: int | None, value: Any, seen: Mapping[str, int]
    ) -> None:
        event = self._log.add(
            kind,
            item=task.met[0],
            occurrence=task.met[1],
            side="" if place is None else task.sides[place].id,
            position=-1 if place is None else place,
            slot=self.slot,
            value=value,
            now=self._clock(),
            app_version=self._version,
            dwell_ms=seen.get("dwell_ms", 0),
            screen_cols=seen.get("screen_cols", 0),
        )
        self.standing.add(event)


def read_sheet(folder: StudyFolder) -> tuple[Sheet, str]:
    """Return the sheet of a study and the plan's hash."""
    try:
        content = folder.sheet.read_bytes()
        seal = folder.seal.read_text().strip()
    except (FileNotFoundError, NotADirectoryError) as missing:
        raise DataError(
            what=f"{folder.id} is no locked study.",
            why="It has no sheet to rate.",
            remedy="`tuningfork study lock` makes it one.",
        ) from missing
    except OSError as error:
        raise storage_error(error, folder.sheet, doing="read the study") from error
    sheet = decode_sheet(content)
    if len(seal) != len(sha256(b"")):
        raise DataError(
            what="The hash of this study's plan is damaged.",
            why="Every log starts from it.",
            remedy="Put back `plan.sha256` as the lock wrote it.",
        )
    return sheet, seal
