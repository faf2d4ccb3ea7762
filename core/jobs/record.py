"""`run.json`: what was asked for, written once when the job is launched."""

from typing import Any

import msgspec

from core.errors import JobError
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import RunFolder

VERSION = 1


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; never the environment, never a secret."""

    v: int = VERSION
    id: str
    kind: str
    name: str
    """What a person calls it; not yet safe to show."""
    device: str
    """"cpu", "mps", "cuda:N", "network" for asking servers, "port:N" for gateways.

    Jobs on one take turns.
    """
    created_at: str
    """UTC, ISO 8601."""
    created_by: str
    host: str
    entry: str
    """Dotted name of the function that does the work, "module:function"."""
    spec: dict[str, Any]
    """What that function needs to know; a JSON object."""
    after: tuple[str, ...] = ()
    """Ids of jobs that must be over before this one starts."""
    keys: tuple[str, ...] = ()
    """Names of the environment variables whose keys the worker needs; never their values."""


def write_record(folder: RunFolder, record: JobRecord) -> None:
    """Write `run.json`."""
    content = msgspec.json.format(msgspec.json.encode(record), indent=2)
    replace_file(folder.record, content + b"\n")


def read_record(folder: RunFolder) -> JobRecord:
    """Return what was asked for, or say why it cannot be read."""
    shown = clip(visible(folder.id), 80)
    try:
        record = msgspec.json.decode(folder.record.read_bytes(), type=JobRecord)
    except FileNotFoundError as error:
        raise JobError(
            what=f"There is no job {shown}.",
            why="Its folder has no run.json.",
            remedy="`tuningfork runs` lists the ids of this workspace.",
        ) from error
    except OSError as error:
        raise storage_error(error, folder.record, doing="read the job") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise JobError(
            what=f"The run.json of {shown} cannot be read.",
            why=f"It is not what this program writes: {clip(visible(str(error)), 120)}.",
            remedy="Put back the file from a copy; the event log beside it is untouched.",
        ) from error
    if record.v > VERSION:
        raise JobError(
            what=f"{shown} was made by a newer tuningfork.",
            why=f"Its record has version {record.v}, this program knows {VERSION}.",
            remedy="Upgrade tuningfork; nothing was changed.",
        )
    return record
