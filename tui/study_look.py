"""What the screens know of the blind studies, read again only when a file of theirs changed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import TuningforkError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.scoring.study.folder import StudyFolder
    from core.scoring.study.glance import Marks
    from core.scoring.study.judging import Judged
    from core.scoring.study.listing import StudyRow
    from core.scoring.study.opened import Locked
    from core.scoring.study.watching import Watched


class StudyListWatch:
    """Reads each study of a workspace once for every state of its files."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, tuple[Marks, StudyRow]] = {}

    def look(self) -> "tuple[StudyRow, ...]":
        """Return the studies as they are now, newest first."""
        from core.scoring.study.folder import study_folders
        from core.scoring.study.glance import marks_of
        from core.scoring.study.listing import study_row

        found = []
        for folder in reversed(study_folders(self._workspace)):
            marks = marks_of(folder)
            known = self._known.get(folder.id)
            if known is None or known[0] != marks:
                known = self._known[folder.id] = (marks, study_row(folder))
            found.append(known[1])
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLook:
    """One study as its owner may see it."""

    row: "StudyRow"
    """How far it is."""
    locked: "Locked"
    """What was agreed; its plan names the contenders and is shown without them while blind."""
    watched: "Watched"
    """How people rate."""
    judged: "Judged | None"
    """What the ratings say; None while the seal is shut, or while nothing can be said."""
    refusal: str
    """Why an open seal gives no verdict; empty when it does or is shut."""

    @property
    def is_open(self) -> bool:
        """Whether whose answer is whose is known."""
        return self.row.state == "opened"


class StudyWatch:
    """Reads one study."""

    def __init__(self, workspace: Workspace, folder: "StudyFolder") -> None:
        self._workspace = workspace
        self._folder = folder
        self._known: tuple[Marks, StudyLook] | None = None

    def look(self) -> StudyLook:
        """Return the study as it is now."""
        from core.scoring.study.glance import marks_of
        from core.scoring.study.listing import study_row
        from core.scoring.study.opened import read_locked
        from core.scoring.study.watching import watch_study

        marks = marks_of(self._folder)
        if self._known is not None and self._known[0] == marks:
            return self._known[1]
        locked = read_locked(self._folder)
        row = study_row(self._folder)
        judged, refusal = self._judged() if row.state == "opened" else (None, "")
        look = StudyLook(
            row=row,
            locked=locked,
            watched=watch_study(self._folder),
            judged=judged,
            refusal=refusal,
        )
        if not refusal:  # what stands in the way may be gone at the next look
            self._known = (marks, look)
        return look

    def _judged(self) -> "tuple[Judged | None, str]":
        from core.scoring.study.judging import judged_again

        try:
            return judged_again(self._workspace, self._folder), ""
        except TuningforkError as error:
            return None, f"{error.what} {error.remedy}"
