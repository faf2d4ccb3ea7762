"""People who rate, pick, correct and remark in a small locked study."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.scoring.study.folder import StudyFolder
from core.scoring.study.session import RatingSession
from core.workspace import Workspace, create_workspace
from tests.support.studies import NOW

Said = Mapping[tuple[str, str], object]
"""What is said, by the text of an answer and the kind."""
Speak = Callable[[StudyFolder, str, Said], None]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "workspace")


def speak(folder: StudyFolder, rater: str, said: Said) -> None:
    """Let somebody rate everything; what is not said of an answer is a score of 3."""
    with RatingSession(folder, rater, clock=lambda: NOW) as session:
        while (task := session.next()) is not None:
            for place, side in enumerate(task.sides):
                score = said.get((side.text, "rate"), 3)
                assert isinstance(score, int)
                session.rate(task, place, score)
                if reason := said.get((side.text, "flag")):
                    session.flag_unsafe(task, place, str(reason))
                for kind in ("comment", "edit"):
                    if (value := said.get((side.text, kind))) is not None:
                        session.say(kind, task, place, value)
                if said.get((side.text, "pick")):
                    session.pick(task, place)
            assert session.commit(task)
