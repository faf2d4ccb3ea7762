"""The ratings of a study with their names, as a CSV that `verdict --ratings` reads."""

import csv
from datetime import datetime
from io import StringIO
from pathlib import Path

from core.errors import UsageError
from core.scoring.study.folder import StudyFolder
from core.scoring.study.opened import open_seal, ratings_of, read_locked, read_logs
from core.storage import replace_file
from core.text_safety import visible

COLUMNS = ("item", "contender", "rater", "score", "unsafe")


def export_ratings(folder: StudyFolder, path: Path, *, by: str, now: datetime) -> int:
    """Open the seal, write every rating that counts, and return how many."""
    if path.exists():
        raise UsageError(
            what=f"{visible(str(path))} is there already.",
            why="What it holds would be lost.",
            remedy="Name another file, or remove this one.",
        )
    locked = read_locked(folder)
    logs = read_logs(folder, locked)
    sealed = open_seal(folder, locked, by=by, now=now)
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for one in ratings_of(locked, logs, sealed):
        writer.writerow((one.item, one.contender, one.rater, one.score, int(one.unsafe)))
        count += 1
    replace_file(path, text.getvalue().encode())
    return count
