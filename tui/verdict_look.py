"""The verdicts that the workspace holds, newest first."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.workspace import Workspace

if TYPE_CHECKING:
    from core.data.rows import Example


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


def read_verdicts(workspace: Workspace) -> list[Scored]:
    """Return every verdict, newest first."""
    from core.database import connect_to_read

    query = "SELECT id, run, created_at, result FROM verdicts ORDER BY created_at DESC, rowid DESC"
    with connect_to_read(workspace.database) as connection:
        rows = connection.execute(query).fetchall() if connection else []
    return [Scored(id=id, run=run, at=at, result=json.loads(text)) for id, run, at, text in rows]


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
    """Return the items behind a verdict, those that decide first; empty when they are gone."""
    folder = _split_folder(workspace, str(scored.result.get("root", "")))
    if folder is None:
        return ()
    job = str(scored.result.get("score_job", scored.id))
    given = _answers(workspace.run(job).answers)
    names = [str(name) for name in scored.result.get("contenders", ())]
    items = tuple(
        _item(key, example, given[key], names)
        for key, example in _holdout(workspace, folder)
        if key in given
    )
    return tuple(sorted(items, key=lambda item: not item.decides))


def _split_folder(workspace: Workspace, root: str) -> Path | None:
    """Return the folder of the split whose holdout has this root."""
    from core.database import connect_to_read

    query = "SELECT folder FROM splits WHERE lock_root = ? ORDER BY created_at DESC LIMIT 1"
    with connect_to_read(workspace.database) as connection:
        row = connection.execute(query, (root,)).fetchone() if connection else None
    return workspace.root / row[0] if row else None


def _answers(path: Path) -> dict[str, dict[str, str]]:
    """Return every stored answer by item and contender; a torn line is no answer."""
    import msgspec

    from core.contenders.answers import StoredAnswer

    decoder = msgspec.json.Decoder(StoredAnswer)
    given: dict[str, dict[str, str]] = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            answer = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        given.setdefault(answer.item, {})[answer.contender] = answer.text
    return given


def _holdout(workspace: Workspace, folder: Path) -> Iterator[tuple[str, "Example"]]:
    """Yield the rows of the holdout by their keys."""
    from core.data.dataset import DatasetFolder, read_part, read_salt
    from core.data.keys import row_keys

    salt = read_salt(workspace)
    for example in read_part(DatasetFolder(folder).holdout):
        yield row_keys(example, salt).row.hex(), example


def _item(key: str, example: "Example", given: Mapping[str, str], names: list[str]) -> Item:
    """Return one item with its answers measured as the verdict measured them."""
    from core.scoring.metrics import measure

    replies = {}
    for name in names:
        if name in given:
            measured = measure(given[name], example.reference)
            replies[name] = Reply(
                text=given[name], exact=measured.exact, same_format=measured.same_format
            )
    return Item(
        key=key,
        prompt=tuple((message.role, message.text) for message in example.prompt),
        reference=example.reference,
        replies=replies,
    )
