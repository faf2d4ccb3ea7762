"""What lies where in a study, and who may read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageError
from core.text_safety import clip, visible
from core.workspace import Workspace

_RATER = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,39}\Z")
_STUDY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """The folder of one study."""

    path: Path

    @property
    def id(self) -> str:
        """The study's id is the folder's name."""
        return self.path.name

    @property
    def plan(self) -> Path:
        """What was agreed, with the hashes of the rest; names the contenders, so not for raters."""
        return self.path / "plan.json"

    @property
    def sealed(self) -> Path:
        """Whose answer is whose; opened by the verdict alone."""
        return self.path / "sealed.json"

    @property
    def revealed(self) -> Path:
        """When the seal was opened and by whom; absent before."""
        return self.path / "revealed.json"

    @property
    def sheet(self) -> Path:
        """What raters see."""
        return self.path / "sheet.json"

    @property
    def seal(self) -> Path:
        """The plan's hash, the start of every log; readable for raters."""
        return self.path / "plan.sha256"

    @property
    def logs(self) -> Path:
        """One log a rater."""
        return self.path / "ratings"

    @property
    def leases(self) -> Path:
        """Who rates what at the moment, and which slot is whose."""
        return self.path / "leases.json"

    @property
    def exports(self) -> Path:
        """Which rows to train on were made of the study, by whom and why; absent without any."""
        return self.path / "exports.jsonl"

    @property
    def looks(self) -> Path:
        """Who looked at what is hidden while it was blind, and why; absent without any."""
        return self.path / "looks.jsonl"

    @property
    def ends(self) -> Path:
        """How many lines those two have, and their last hashes; absent without any."""
        return self.path / "ends.json"

    @property
    def glance(self) -> Path:
        """How far it was when somebody last counted; may be removed."""
        return self.path / "glance.json"

    @property
    def judges(self) -> Path:
        """What language models chose between its answers, one file a judge; absent without any."""
        return self.path / "judges"

    def log(self, rater: str) -> Path:
        """Return the log of one rater; refuse names that could leave the folder."""
        return self.logs / f"{check_rater(rater)}.jsonl"

    def raters(self) -> Iterator[str]:
        """Yield everybody with a log, by name."""
        if self.logs.is_dir():
            yield from sorted(
                path.stem for path in self.logs.glob("*.jsonl") if _RATER.match(path.stem)
            )


def check_rater(rater: str) -> str:
    """Return a rater's name if it may be one."""
    if not _RATER.match(rater):
        raise UsageError(
            what=f'"{visible(clip(rater, 60))}" is no name for a rater.',
            why="Names have lower-case letters, digits and . _ @ - only, 40 at most.",
            remedy="Use a short name, such as `ada`.",
        )
    return rater


def find_study(workspace: Workspace, id: str, *, to_rate: bool = False) -> StudyFolder:
    """Return a locked study by its id, or by the beginning of it that only one has.

    With `to_rate` a rater's copy is one, too: it has the sheet and no plan.
    """
    known = [folder.id for folder in study_folders(workspace, to_rate=to_rate)]
    fitting = [one for one in known if one == id] or [one for one in known if one.startswith(id)]
    if len(fitting) == 1:
        return StudyFolder(workspace.studies / fitting[0])
    listed = ", ".join(known[-5:]) or "none yet"
    raise UsageError(
        what=f'No study is called "{visible(clip(id, 80))}".'
        if not fitting
        else f'"{visible(clip(id, 80))}" could be {len(fitting)} studies.',
        why=f"Studies of this workspace: {listed}.",
        remedy="`tuningfork study list` shows them all.",
    )


def study_folders(workspace: Workspace, *, to_rate: bool = False) -> list[StudyFolder]:
    """Return every locked study, oldest first; with `to_rate` also copies without a plan."""
    if not workspace.studies.is_dir():
        return []
    found = [
        StudyFolder(path) for path in sorted(workspace.studies.iterdir()) if _STUDY.match(path.name)
    ]
    return [one for one in found if (one.sheet if to_rate else one.plan).exists()]


def newest_study(workspace: Workspace, *, to_rate: bool = False) -> StudyFolder:
    """Return the study that was locked last."""
    found = study_folders(workspace, to_rate=to_rate)
    if not found:
        raise UsageError(
            what="This workspace has no study yet.",
            why="A study is a plan that was locked before the first rating.",
            remedy="`tuningfork study new` writes a plan, `tuningfork study lock` locks it.",
        )
    return found[-1]
