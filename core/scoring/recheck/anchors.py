"""Ratings of old answers, from studies whose names are open: a sealed one is left sealed."""

from collections import defaultdict
from collections.abc import Mapping

from core.scoring.study.folder import study_folders
from core.scoring.study.opened import ratings_of, read_locked, read_logs, read_sealed
from core.workspace import Workspace


def revealed_ratings(workspace: Workspace, root: str) -> Mapping[str, Mapping[str, list[int]]]:
    """Return the scores by contender and item, of every opened study on this holdout."""
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for folder in study_folders(workspace):
        if not folder.revealed.exists():
            continue
        locked = read_locked(folder)
        if locked.holdout != root:
            continue
        for rating in ratings_of(locked, read_logs(folder, locked), read_sealed(folder)):
            found[rating.contender][rating.item].append(rating.score)
    return found
