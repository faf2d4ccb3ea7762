"""Whether a release stands as planned or was rolled back: one small file, read before every answer.

The file is replaced in one step, so whoever looks after the command returned sees what it says; no
message to a running gateway can be lost, and one that is down obeys when it comes back.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from core.errors import JobError
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a release now."""

    rolled_back: bool = False
    """Whether everything goes to the rollback target."""
    by: str = ""
    """Who said so: a user, or `guardrail`."""
    at: str = ""
    """When, UTC, ISO 8601."""
    why: str = ""
    """The reason that was given."""
    evidence_from: str = ""
    """Harm before this moment no longer counts: somebody saw it and went forward all the same."""


def write_standing(path: Path, standing: Standing) -> None:
    """Let this hold from the next request on."""
    replace_file(path, msgspec.json.encode(standing))


def roll_back(path: Path, *, by: str, why: str, now: datetime) -> Standing:
    """Send everything to the rollback target; return what holds now."""
    before = read_standing(path)
    if before.rolled_back:
        return before
    standing = msgspec.structs.replace(
        before, rolled_back=True, by=by, at=now.isoformat(), why=clip(why, 400)
    )
    write_standing(path, standing)
    return standing


def go_forward(path: Path, *, by: str, why: str, now: datetime) -> Standing:
    """Deal the traffic as planned again; what the guardrail held against it is settled."""
    at = now.isoformat()
    standing = Standing(by=by, at=at, why=clip(why, 400), evidence_from=at)
    write_standing(path, standing)
    return standing


def read_standing(path: Path) -> Standing:
    """Return what holds; a release nobody touched stands as planned."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Standing)
    except FileNotFoundError:
        return Standing()
    except OSError as error:
        raise storage_error(error, path, doing="read how the release stands") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise JobError(
            what=f"{visible(str(path))} cannot be read.",
            why="It should say whether the release was rolled back, and is damaged.",
            remedy="`tuningfork rollback NAME` writes it anew.",
        ) from broken


def evidence_from(standing: Standing) -> float:
    """Return since when harm counts, in seconds since 1970."""
    if not standing.evidence_from:
        return 0.0
    return datetime.fromisoformat(standing.evidence_from).timestamp()


class StandingWatch:
    """Reads the file again only when it is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._standing = Standing()

    def look(self) -> Standing:
        """Return what holds at this moment.

        A file that cannot be read counts as rolled back: what is safe must not need a good disk.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return Standing()
        except OSError:
            return Standing(rolled_back=True, by="gateway", why="its state cannot be read")
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            try:
                self._standing = read_standing(self._path)
            except (JobError, OSError):
                self._standing = Standing(
                    rolled_back=True, by="gateway", why="its state cannot be read"
                )
            self._seen = seen
        return self._standing
