"""What measuring the cheaper ways found: the file of a job, read again by Decide and by screens."""

from pathlib import Path
from typing import Literal

import msgspec

from core.errors import JobError
from core.storage import storage_error
from core.text_safety import visible
from core.workspace import Workspace

NAME = "measured.json"
"""The file in the job's folder."""
Good = Literal["exact", "same_format", "valid_json"]
"""What makes an answer good: equal to its reference, in its format, or JSON at all."""
FEWEST = 10
"""Examples that are needed: three to show, and as many to measure as say anything at all."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """How many answers are good, and what that says of all answers to come."""

    hits: int
    n: int
    low: float
    """95 % interval of the share (Wilson)."""
    high: float


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """All contenders on the same examples."""

    job: str
    """Id of the answering job."""
    source: str
    """What the examples are from, as the person named it."""
    model: str
    """The model that answered."""
    rows: int
    """Rows of the source that can be used, each once."""
    items: int
    """Examples measured."""
    good: Good
    threshold: float
    """Share of good answers that is good enough."""
    closed: bool
    """Whether a good answer has one form, so that another form is a wrong answer."""
    contenders: dict[str, dict[Good, Share]]
    """For each contender every measure."""
    left_out: dict[str, str]
    """Contenders that could not be made, with what they lack."""
    asked: int
    """Answers that were generated; the others were known from an earlier job."""
    cut: dict[str, int]
    """For each contender the prompts that were too long for the model and lost their beginning."""


def measurement_bytes(found: Measurement) -> bytes:
    """Return what stands in the file of a job's folder."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def read_measurement(folder: Path) -> Measurement | None:
    """Return what a job found, None while it has not ended well."""
    path = folder / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Measurement)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise storage_error(error, path, doing="read what was measured") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise JobError(
            what=f"{visible(str(path))} cannot be read.",
            why=f"The file is damaged: {visible(str(broken))}.",
            remedy="Measure again; the answers are kept, so that takes seconds.",
        ) from broken


def newest_measurement(workspace: Workspace) -> Measurement | None:
    """Return what was measured last in a workspace, None where nothing was."""
    for folder in reversed(list(workspace.run_folders())):
        if (folder.path / NAME).is_file():
            return read_measurement(folder.path)
    return None
