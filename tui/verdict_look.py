"""The verdicts that the workspace holds, newest first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.workspace import Workspace

if TYPE_CHECKING:
    from core.scoring.answered_items import AnsweredItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One verdict on one run."""

    id: str
    run: str
    """The training run it is about."""
    at: str
    """When, UTC."""
    result: Mapping[str, Any]
    """What `verdict --json` prints."""

    @property
    def sentence(self) -> str:
        """The answer in one sentence; not yet safe to show."""
        return str(self.result.get("sentence", ""))

    @property
    def score_job(self) -> str:
        """The job whose answers it is about."""
        return str(self.result.get("score_job", self.id))

    @property
    def hidden_by(self) -> str:
        """The blind study for which this verdict is not shown; empty while it is."""
        return str(self.result.get("hidden_by", ""))

    def has_answers(self, workspace: Workspace) -> bool:
        """Return whether the answers behind it lie on disk."""
        return workspace.run(self.score_job).answers.is_file()


def read_verdicts(workspace: Workspace) -> list[Scored]:
    """Return every verdict, newest first; what a blind study hides says so and nothing else."""
    from core.database import connect_to_read
    from core.scoring.study.hiding import blind_roots, shown_result

    query = "SELECT id, run, created_at, result FROM verdicts ORDER BY created_at DESC, rowid DESC"
    with connect_to_read(workspace.database) as connection:
        rows = connection.execute(query).fetchall() if connection else []
    blind = blind_roots(workspace) if rows else {}
    return [
        Scored(id=id, run=run, at=at, result=shown_result(json.loads(text), blind))
        for id, run, at, text in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One contender's answer to one item."""

    text: str
    """Not yet safe to show."""
    exact: bool
    """Equal to the reference."""
    same_format: bool
    """A JSON object with the keys of the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row of the holdout with everything that was answered to it."""

    key: str
    """The row's key, as in the lock."""
    prompt: tuple[tuple[str, str], ...]
    """Role and text of each turn before the answer; not yet safe to show."""
    reference: str
    replies: Mapping[str, Reply]
    """By contender, in the order of the verdict."""

    @property
    def decides(self) -> bool:
        """Whether the contenders differ on it."""
        return len({reply.exact for reply in self.replies.values()}) > 1


def read_items(workspace: Workspace, scored: Scored) -> tuple[Item, ...]:
    """Return the items behind a verdict, those that decide first; empty when gone or hidden."""
    from core.scoring.answered_items import items_of_job

    if scored.hidden_by:
        return ()
    names = [str(name) for name in scored.result.get("contenders", ())]
    found = items_of_job(workspace, scored.score_job, str(scored.result.get("root", "")))
    items = tuple(_item(one, names) for one in found)
    return tuple(sorted(items, key=lambda item: not item.decides))


def _item(one: "AnsweredItem", names: list[str]) -> Item:
    """Return one item with its answers measured as the verdict measured them."""
    from core.scoring.metrics import measure

    reference, replies = one.reference or "", {}
    for name in names:
        if name in one.answers:
            text = one.answers[name]
            measured = measure(text, reference)
            replies[name] = Reply(text=text, exact=measured.exact, same_format=measured.same_format)
    return Item(key=one.id, prompt=one.prompt, reference=reference, replies=replies)
