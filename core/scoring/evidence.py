"""Refuses to score what may have seen the holdout."""

from collections.abc import Iterator

from core.data.holdout_lock import HoldoutLock
from core.errors import DataError
from core.events.reader import EventReader
from core.events.schema import KeysConsumed, RunCreated
from core.text_safety import clip, visible
from core.workspace import Workspace

_SHOWN = 300


def check_run(workspace: Workspace, run_id: str, lock: HoldoutLock) -> None:
    """Refuse a run whose log does not show that its rows were compared with this holdout."""
    log = list(_evidence(EventReader(workspace.run(run_id).events)))
    guarded = {event.split_hash for event in log if isinstance(event, RunCreated)} - {""}
    evidence = [event for event in log if isinstance(event, KeysConsumed)]
    known = guarded | {event.lock for event in evidence}
    if known - {lock.root}:
        versions = {event.lock_version for event in evidence if event.lock != lock.root}
        named = f" (version {max(versions)}, this is version {lock.version})" if versions else ""
        raise DataError(
            what=f"The run {run_id} was trained under another holdout lock{named}.",
            why="Its training rows were never compared with this holdout.",
            remedy="Train again on the split as it is now.",
        )
    checked = [event for event in evidence if event.stage == "checked"]
    if not checked:
        raise DataError(
            what=f"The log of the run {run_id} does not show that its rows were compared with the"
            " holdout.",
            why="Without that nobody can tell whether it was trained on what it is scored on.",
            remedy="Train again; every training compares its rows before step 1.",
        )
    if reasons := sorted({event.override for event in evidence if event.override}):
        shown = clip(visible("; ".join(reasons)), _SHOWN)
        raise DataError(
            what=f"The run {run_id} was trained on rows that touch the holdout.",
            why=f"Somebody allowed that, for this reason: {shown}",
            remedy="Train again without data.holdout_override; this run can never be scored here.",
        )
    if any(event.intersection for event in evidence):
        raise DataError(
            what=f"The run {run_id} read rows that touch the holdout.",
            why="Its log counts them, and nobody gave a reason.",
            remedy="Train again on the split as it is now.",
        )


def _evidence(reader: EventReader) -> Iterator[RunCreated | KeysConsumed]:
    """Yield what the whole log says of locks: a killed attempt may have left it anywhere."""
    more = True
    while more:
        batch = reader.read()
        more = batch.more
        yield from (one for one in batch.events if isinstance(one, RunCreated | KeysConsumed))
