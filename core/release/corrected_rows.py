"""Makes rows to train on of what people wrote an answer should have been."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.errors import DataError
from core.release.gateway.log_file import read_entries
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder
from core.scoring.harvest.holdout_check import touching
from core.workspace import Workspace

_TEXT = {"full", "redacted"}


class CorrectedRows(NamedTuple):
    """What came of the corrections."""

    rows: list[dict[str, Any]]
    """Chat rows, one a question."""
    touching: int
    """Further rows that touch a holdout of the workspace, which nobody may train on."""


def corrected_rows(workspace: Workspace, folder: ReleaseFolder, plan: ReleasePlan) -> CorrectedRows:
    """Return a row for each question that was corrected; of several corrections the newest."""
    if plan.log.keep not in _TEXT:
        raise DataError(
            what=f"The release {plan.name} keeps no texts.",
            why=f"Its plan says log.keep = {plan.log.keep!r}, so nobody knows what was asked.",
            remedy='Release with log.keep = "redacted" or "full" to gather corrections.',
        )
    found = dict(_corrections(read_entries(folder.log)))
    rows = [_row(prompt, text) for prompt, text in found.items()]
    held_out = touching(workspace, "", rows)
    return CorrectedRows(
        [row for place, row in enumerate(rows) if place not in held_out], len(held_out)
    )


def _corrections(entries: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """Yield what was asked and what the answer should have been, oldest first."""
    for entry in entries:
        for said in entry["feedback"]:
            if said["correction"].strip():
                yield entry["prompt"], said["correction"]


def _row(prompt: str, correction: str) -> dict[str, Any]:
    turns: list[dict[str, Any]] = msgspec.json.decode(prompt)
    return {"messages": [*turns, {"role": "assistant", "content": correction}]}
