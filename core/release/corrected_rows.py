"""Makes rows to train on of what people wrote an answer should have been."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.errors import DataError
from core.release.gateway.log_file import read_entries
from core.release.release_plan import TEXTS, ReleasePlan
from core.release.releases import ReleaseFolder
from core.release.review.trail import correction_in
from core.scoring.harvest.gathered import Gathered, Row, answered
from core.scoring.harvest.holdout_check import touching
from core.workspace import Workspace


class CorrectedRows(NamedTuple):
    """What came of the corrections."""

    rows: list[Row]
    """Chat rows, one a question."""
    quarantined: tuple[str, ...]
    """Ids of corrected answers whose rows touch a holdout of the workspace: nobody may train on
    those."""
    left_out: Mapping[str, int]
    """How often each reason kept something else out."""


def corrected_rows(workspace: Workspace, folder: ReleaseFolder, plan: ReleasePlan) -> CorrectedRows:
    """Return a row for each question that users or reviewers corrected; the newest text counts."""
    if plan.log.keep not in TEXTS:
        raise DataError(
            what=f"The release {plan.name} keeps no texts.",
            why=f"Its plan says log.keep = {plan.log.keep!r}, so nobody knows what was asked.",
            remedy='Release with log.keep = "redacted" or "full" to gather corrections.',
        )
    newest: dict[str, _Correction] = {}
    for one in _corrections(read_entries(folder.log)):
        if one.prompt not in newest or newest[one.prompt].at <= one.at:
            newest[one.prompt] = one
    found, ids = Gathered(), []
    for one in newest.values():
        before = len(found.rows)
        found.take({"messages": [*_asked(one.prompt), answered(one.text)]})
        ids += [one.id] * (len(found.rows) - before)
    held_out = touching(workspace, "", found.rows)
    return CorrectedRows(
        [row for place, row in enumerate(found.rows) if place not in held_out],
        tuple(ids[place] for place in sorted(held_out)),
        dict(found.left_out),
    )


class _Correction(NamedTuple):
    """What an answer should have been."""

    id: str
    prompt: str
    at: float
    text: str


def _corrections(entries: Iterable[Mapping[str, Any]]) -> Iterable[_Correction]:
    """Yield what was asked and what the answer should have been, those of one answer by time."""
    for entry in entries:
        texts = [(said["at"], said["correction"]) for said in entry["feedback"]]
        reviewed = correction_in(entry["review"])
        if reviewed is not None:
            texts.append(reviewed)
        for at, text in sorted(texts, key=lambda one: one[0]):
            if text.strip():
                yield _Correction(entry["id"], entry["prompt"], at, text)


def _asked(prompt: str) -> list[Row]:
    """Return the turns of a logged prompt; what was answered in them is not trained on."""
    turns: list[Row] = msgspec.json.decode(prompt)
    return [turn | ({"weight": 0} if turn["role"] == "assistant" else {}) for turn in turns]
