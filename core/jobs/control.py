"""Requests to a worker: one small file each, answered by one event each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import get_args

import msgspec

from core.errors import JobError, StorageError
from core.events.envelope import Verb
from core.events.schema import ControlAnswered
from core.jobs import liveness
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import RunFolder

VERBS: tuple[str, ...] = get_args(Verb)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks of a worker."""

    id: str
    verb: str
    by: str
    host: str
    at: str
    """When, UTC, ISO 8601."""

    def answered(self, *, accepted: bool, effect: str) -> ControlAnswered:
        """Return the event that answers this request."""
        return ControlAnswered(
            id=self.id,
            verb=self.verb,
            by=self.by,
            host=self.host,
            at=self.at,
            accepted=accepted,
            effect=effect,
        )


def request(folder: RunFolder, verb: Verb, *, by: str, host: str, now: datetime, token: str) -> str:
    """Leave a request for the worker and return its id; the same token again is the same one."""
    if verb not in VERBS:
        raise JobError(
            what=f"A job cannot be asked to {clip(visible(verb), 40)!r}.",
            why=f"It knows: {', '.join(VERBS)}.",
            remedy="Use one of these.",
        )
    if liveness.look(folder) == "gone":
        raise JobError(
            what=f"{folder.id} cannot be asked to {verb}.",
            why="Its worker has ended, so nobody would answer.",
            remedy=f"`tuningfork status {folder.id}` says how; `tuningfork resume` goes on.",
        )
    request_id = f"{verb}-{token}"
    path = folder.control / f"{request_id}.json"
    if path.exists():
        return request_id
    asked = Request(id=request_id, verb=verb, by=by, host=host, at=now.astimezone(UTC).isoformat())
    try:
        folder.control.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder.control, doing=f"ask for {verb}") from error
    replace_file(path, msgspec.json.encode(asked))
    return request_id


def read_requests(folder: RunFolder, *, known: set[str]) -> Iterator[Request]:
    """Yield the requests whose file names are not yet known, oldest name first."""
    try:
        names = sorted(path.name for path in folder.control.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if name in known or name.startswith(".") or not name.endswith(".json"):
            continue
        known.add(name)
        path = folder.control / name
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Request)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            yield Request(id=path.stem, verb="unreadable", by="", host="", at="")


def clear_requests(folder: RunFolder) -> None:
    """Remove all requests; an attempt that is over answers none."""
    try:
        for path in folder.control.glob("*.json"):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            what=f"The old requests of {folder.id} cannot be removed.",
            why=f"The system answered: {visible(error.strerror or str(error))}.",
            remedy="Give yourself write permission for the job's folder, then resume.",
        ) from error
