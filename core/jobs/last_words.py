"""Where a worker says how it ended when its log takes no more, for instance on a full disk."""

import os

import msgspec

from core.errors import StorageError
from core.events.folding import apply
from core.events.run_state import RunState
from core.events.schema import RunFailed
from core.storage import replace_file
from core.workspace import RunFolder

_RESERVE_BYTES = 1 << 16


def keep_space(folder: RunFolder) -> None:
    """Set some space aside, so that a full disk can still be reported."""
    try:
        folder.reserve.write_bytes(os.urandom(_RESERVE_BYTES))
    except OSError:
        free_space(folder)  # a full disk at the very start fails at the first event


def free_space(folder: RunFolder) -> None:
    """Give the space back."""
    try:
        folder.reserve.unlink(missing_ok=True)
    except OSError:
        return


def write_last_words(folder: RunFolder, failure: RunFailed) -> bool:
    """Save how the attempt ended beside the log; return whether that worked."""
    try:
        replace_file(folder.last_words, msgspec.json.encode(failure))
    except StorageError:
        return False
    return True


def read_last_words(folder: RunFolder) -> RunFailed | None:
    """Return what a worker could not write to its log, None when there is nothing."""
    try:
        return msgspec.json.decode(folder.last_words.read_bytes(), type=RunFailed)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def failed_unheard(folder: RunFolder, run: RunState, *, lost: bool) -> RunState | None:
    """Return the state with the words that did not fit in the log; None when there are none.

    `lost` says that nobody lives to end the newest attempt that the log knows.
    """
    words = read_last_words(folder)
    if words is None or not (
        words.attempt > run.attempt or (lost and words.attempt == run.attempt)
    ):
        return None
    return apply(run, msgspec.structs.replace(words, seq=run.seq + 1))


def forget_last_words(folder: RunFolder) -> None:
    """Remove what now stands in the log."""
    folder.last_words.unlink(missing_ok=True)
