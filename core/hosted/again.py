"""Goes on with a hosted run: finds its key again, and sends nothing twice unless told to."""

import os
from collections.abc import Mapping
from datetime import datetime

from core.errors import TuningforkError
from core.hosted.keys import Key, ask_keyring, find_key, hand_over
from core.hosted.kinds import kind_of
from core.hosted.submission import allow_again, needs_answer
from core.jobs.record import read_record
from core.jobs.resume import resume
from core.workspace import RunFolder


def is_hosted(folder: RunFolder) -> bool:
    """Return whether a run trains at a service."""
    return read_record(folder).kind == "hosted"


def key_to_type(folder: RunFolder, environment: Mapping[str, str]) -> TuningforkError | None:
    """Return why a key has to be typed before the run can go on; None where none has to be."""
    variable, label = _variable(folder)
    if variable is None:
        return None
    try:
        find_key(variable, service=label, environment=environment, keyring=ask_keyring)
    except TuningforkError as missing:
        return missing
    return None


def typed_key(folder: RunFolder, typed: str) -> Key:
    """Return a key that somebody typed for this run; an error where it cannot be one."""
    variable, label = _variable(folder)
    return find_key(variable or "", service=label, environment={}, typed=typed)


def wants_answer(folder: RunFolder) -> bool:
    """Return whether only a person can say if the job may be sent again."""
    return needs_answer(folder.path)


def resume_hosted(
    folder: RunFolder,
    *,
    now: datetime,
    environment: Mapping[str, str],
    typed: Key | None = None,
    send_again: str = "",
    host: str = "",
) -> RunFolder:
    """Start the next attempt; `send_again` is who looked and wants the job sent once more."""
    if send_again:
        allow_again(folder.path, by=send_again, host=host, at=now.isoformat())
    pipe = hand_over(typed) if typed is not None else None
    try:
        return resume(folder, now=now, environment=environment, handed=pipe)
    finally:
        if pipe is not None:
            os.close(pipe)


def _variable(folder: RunFolder) -> tuple[str | None, str]:
    """Return the variable of a run's key, and what people call its service."""
    spec = read_record(folder).spec
    key = spec.get("key")
    return (key if isinstance(key, str) else None), kind_of(str(spec.get("provider"))).label
