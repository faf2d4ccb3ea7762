"""One reviewer at work: what to look at next, what was said, and how to take it back."""

import fcntl
import os
import time
from collections.abc import Callable
from typing import Self

from core.errors import JobError, UsageError
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder
from core.release.review.item import SCORES, ReviewItem, Status, Word
from core.release.review.overview import ReviewsDue, read_due
from core.release.review.review_store import ReviewStore
from core.scoring.study.folder import check_rater
from core.storage import storage_error


class ReviewSession:
    """Reads what was asked and answered, and nothing that tells the arm."""

    def __init__(
        self,
        folder: ReleaseFolder,
        plan: ReleasePlan,
        reviewer: str,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Let nobody else work under this name meanwhile."""
        self.plan = plan
        self.reviewer = check_rater(reviewer)
        if plan.review.mode == "none":
            raise nothing_reviewed(plan.name)
        self.item: ReviewItem | None = None
        """What is before the reviewer."""
        self.done = 0
        """Answers decided since the session began, as far as they were not taken back."""
        self._folder = folder
        self._clock = clock
        self._closed = False
        self._lock = _alone(folder, reviewer)
        try:
            self._store = ReviewStore(folder.log, plan.log.keep)
            self._since = self._store.newest()
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the answer back that was not decided, once; what was said of it stays."""
        if self._closed:
            return
        self._closed = True
        try:
            self._store.give_back(self.reviewer)
        finally:
            self._store.close()
            os.close(self._lock)

    def now(self) -> float:
        """Return what time it is, seconds since 1970."""
        return self._clock()

    def next(self) -> ReviewItem | None:
        """Take the oldest answer that nobody has; keep the one that was taken before."""
        self.item = self._store.take(self.reviewer, self._clock())
        return self.item

    def due(self) -> ReviewsDue:
        """Return how much waits."""
        return read_due(self._folder.log, self._clock())

    def rate(self, score: int) -> None:
        """Save a score."""
        if score not in SCORES:
            raise UsageError(
                what=f"{score} is no score of a review.",
                why=f"Its scores are {', '.join(map(str, SCORES))}.",
                remedy="Press one of these.",
            )
        self.say("rate", str(score))

    def say(self, kind: Word, value: str) -> None:
        """Save a reason, a remark or the text that goes out in the answer's place."""
        self.item = self._store.say(self._has().id, self.reviewer, kind, value, self._clock())

    def skip(self, reason: str) -> None:
        """Leave the answer to other reviewers; none is before this one then."""
        self.say("skip", reason)
        self.item = None

    def decide(self) -> Status:
        """Save the decision; `waiting`, and the answer stays, where there is no score yet."""
        status = self._store.decide(self._has().id, self.reviewer, self._clock())
        if status != "waiting":
            self.done += 1
            self.item = None
        return status

    def undo(self) -> Word | None:
        """Take the newest word of this session back; return its kind, None without any."""
        found = self._store.undo(self.reviewer, self._since, self._clock())
        if found is None:
            return None
        kind, self.item = found
        self.done -= kind == "commit"
        return kind

    def _has(self) -> ReviewItem:
        assert self.item is not None, "nothing is said while no answer is there"
        return self.item


def reviewer_name(user: str) -> str:
    """Return a name for a reviewer who gave none: what they are called here, as far as it fits."""
    kept = "".join(
        one for one in user.lower() if one.isascii() and (one.isalnum() or one in "._@-")
    )
    return kept[:40].lstrip("._@-") or "reviewer"


def nothing_reviewed(name: str) -> JobError:
    """Return the error of a release whose answers nobody reviews."""
    return JobError(
        what=f"Nobody reviews the answers of {name}.",
        why='Its plan says review.mode = "none", and a release never changes.',
        remedy='Make a release with review.mode = "sample" or "hold": '
        "`tuningfork release draft NAME --run RUN --review hold`.",
    )


def _alone(folder: ReleaseFolder, reviewer: str) -> int:
    """Return a lock on a reviewer's name; it ends with the process, however that ends."""
    path = folder.path / f"reviewer-{reviewer}.lock"
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_error(error, path, doing="begin to review") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        os.close(lock)
        raise JobError(
            what=f"{reviewer} is reviewing in another window.",
            why="Two windows of one reviewer would decide each other's answers.",
            remedy="Go on there, or give another name after --reviewer.",
        ) from busy
    return lock
