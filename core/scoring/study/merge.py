"""Takes in the log that a rater wrote on another machine, with a copy of the sheet."""

from pathlib import Path

from core.errors import DataError
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import read_locked
from core.scoring.study.rating_log import read_log
from core.storage import replace_file
from core.text_safety import visible


def merge_log(folder: StudyFolder, path: Path) -> str:
    """Put a log in its place if it goes on from what is there; return a sentence that says so."""
    locked = read_locked(folder)
    if not path.is_file():
        raise DataError(
            what=f"There is no log {visible(str(path))}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Name the .jsonl file that the rater's machine wrote.",
        )
    found = read_log(path, seal=locked.seal)
    raters = {event.rater for event in found.events}
    if found.problem or not found.events or len(raters) != 1:
        raise DataError(
            what=f"{visible(str(path))} is no log of {folder.id}.",
            why=f"{found.problem or 'It holds no event that follows from the plan'}.",
            remedy="Copy the file as it was written, from a copy of this study.",
        )
    rater = raters.pop()
    place = folder.log(rater)
    here = read_log(place, seal=locked.seal)
    shared = min(len(here.events), len(found.events))
    if here.problem or here.events[:shared] != found.events[:shared]:
        raise DataError(
            what=f"{rater} has rated here and there, and the two logs went apart.",
            why=f"They agree on {shared} events at most; a chain cannot be joined.",
            remedy="Keep one of the two; ask the rater which.",
        )
    if shared == len(found.events):
        return f"{rater}: nothing new, {shared:,} events."
    content = path.read_bytes()[: found.size]
    replace_file(place, content)
    return f"{rater}: {len(found.events) - shared:,} new events, {len(found.events):,} in all."
