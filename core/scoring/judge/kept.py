"""What a judge said of a study, in a file beside it; no figure of the people's verdict reads it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.errors import DataError
from core.scoring.judge.rubric import Choice
from core.scoring.study.folder import StudyFolder
from core.storage import replace_file, storage_error


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge chose between two answers."""

    item: str
    """The item's name outside the study."""
    against: str
    """The alternative."""
    forth: Choice | None
    """The choice with the tuned model's answer first; None where the reply could not be read."""
    back: Choice | None
    """The choice with it second."""
    tuned_length: int
    other_length: int
    """Characters of the two answers."""

    @property
    def outcome(self) -> int | None:
        """1 for the tuned model, -1 for the other, 0 for a tie or a choice that the order flips."""
        if self.forth is None or self.back is None:
            return None
        one = {"first": 1, "second": -1, "tie": 0}[self.forth]
        other = {"first": -1, "second": 1, "tie": 0}[self.back]
        return one if one == other else 0

    @property
    def flips(self) -> bool:
        """Whether another order brought another choice."""
        if self.forth is None or self.back is None:
            return False
        return self.back != {"first": "second", "second": "first", "tie": "tie"}[self.forth]


class JudgeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All that one judge said of one study."""

    study: str
    """Id of the study."""
    plan: str
    """Hash of its plan."""
    run: str
    """The job that asked."""
    model: str
    """What the server calls the model; not yet safe to show."""
    origin: str
    """Where the server is."""
    rubric: int
    """Which wording it was asked with."""
    at: str
    """When, UTC."""
    asked: int
    """Pairs that there are to judge."""
    judgements: tuple[Judgement, ...]
    """In the order of the sheet; shorter than `asked` where answers are missing."""


def keep_record(folder: StudyFolder, record: JudgeRecord) -> Path:
    """Write what a judge said, in place of what the same job said before."""
    try:
        folder.judges.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder.judges, doing="keep what the judge said") from error
    path = folder.judges / f"{record.run}.json"
    replace_file(path, msgspec.json.encode(record))
    return path


def read_records(folder: StudyFolder) -> Iterator[JudgeRecord]:
    """Yield what every judge said of a study, the oldest first."""
    found = []
    for path in sorted(folder.judges.glob("*.json")) if folder.judges.is_dir() else ():
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=JudgeRecord))
        except OSError as error:
            raise storage_error(error, path, doing="read what the judge said") from error
        except msgspec.MsgspecError as broken:
            raise DataError(
                what=f"What a judge said of {folder.id} cannot be read.",
                why=f"{path.name} was changed by something else.",
                remedy="Remove the file; `tuningfork judge` makes it again and asks nothing twice.",
            ) from broken
    yield from sorted(found, key=lambda one: (one.at, one.run))
