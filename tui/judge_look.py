"""What a screen knows of the judges of a study: the jobs that ask, and what was said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.workspace import Workspace
from tui.job_rows import JobRow, JobRows

if TYPE_CHECKING:
    from core.scoring.judge.calibration import Calibration
    from core.scoring.judge.draft import JudgeDraft
    from core.scoring.study.folder import StudyFolder
    from core.scoring.study.glance import Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeLook:
    """The judges of one study now."""

    draft: "JudgeDraft"
    """What would be asked of another one."""
    jobs: tuple[JobRow, ...]
    """Those that ask, or that fell on the way, newest first."""
    judges: "tuple[Calibration, ...]"
    """How each agrees with people."""
    unshown: tuple[str, ...]
    """Why the choices of some are not shown; not yet safe to show."""


class JudgeWatch:
    """Derives the judges again only when a file of the study changed."""

    def __init__(
        self, workspace: Workspace, folder: "StudyFolder", clock: Callable[[], datetime]
    ) -> None:
        self._workspace = workspace
        self._folder = folder
        self._clock = clock
        self._rows = JobRows(workspace)
        self._draft: JudgeDraft | None = None
        self._known: tuple[Marks, tuple[Calibration, ...], tuple[str, ...]] | None = None

    def look(self) -> JudgeLook:
        """Return what there is now; refuse a study that no judge may be asked about."""
        from core.scoring.judge.draft import draft_judging
        from core.scoring.judge.start import name_of_job
        from core.scoring.study.glance import marks_of
        from core.scoring.study.judging import judged_again

        if self._draft is None:
            self._draft = draft_judging(self._workspace, self._folder)
        marks = marks_of(self._folder)
        if self._known is None or self._known[0] != marks:
            judged = judged_again(self._workspace, self._folder)
            self._known = (marks, judged.judges, judged.unshown)
        name = name_of_job(self._folder)
        rows = [one for one in self._rows.read(self._clock()) if one.kind == "judge"]
        return JudgeLook(
            draft=self._draft,
            jobs=tuple(one for one in rows if one.name == name and one.state != "finished"),
            judges=self._known[1],
            unshown=self._known[2],
        )
