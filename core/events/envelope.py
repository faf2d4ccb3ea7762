"""What every line of an event log carries, and the words its fields are chosen from."""

from typing import Literal

import msgspec

VERSION = 1
"""Lines with a larger `v` were made by a newer program and are counted, not guessed at."""

PhaseName = Literal[
    "importing",
    "reading_data",
    "checking_holdout",
    "tokenizing",
    "loading_model",
    "preflight",
    "training",
    "evaluating",
    "sampling",
    "saving",
    "answering",
    "scoring",
    "merging",
    "comparing",
    "serving",
    "finishing",
    "checking_files",
    "uploading",
    "validating_files",
    "waiting",
    "paused",
    "post_processing",
    "unknown_state",
]
Verb = Literal["stop", "pause", "resume", "checkpoint"]
AlertLevel = Literal["info", "warning", "critical"]
SinkState = Literal["on", "failed", "off"]
CostBasis = Literal["estimate", "billed"]
CheckpointReason = Literal["periodic", "best", "requested", "final"]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What every line carries; the writer fills it in."""

    v: int = VERSION
    """Version of the meaning of the line."""
    seq: int = 0
    """Number of the line in this log, from 1, without gaps; a line read twice has the same."""
    t: str = ""
    """When it was written, UTC, ISO 8601 with milliseconds and a final Z."""
    run: str = ""
    """Id of the job."""
    attempt: int = 1
    """1 for the first start, one more for every resume."""
