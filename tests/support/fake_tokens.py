"""Tokens in a workspace without any tokenizer's library: every word is a token."""

import json
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from core.data.dataset import dataset_folder
from core.training.recipe import Recipe, make_recipe
from core.training.renderer import TokenizerRenderer
from core.training.rows import read_parts, tokenize
from core.workspace import Workspace

MARKS = ("<pad>", "<end>", "<system>", "<user>", "<assistant>")
_PIECE = re.compile(rf"{'|'.join(map(re.escape, MARKS))}|\s*\w+|\s|.", re.DOTALL)
NOTES = "notes"
ROWS: tuple[tuple[str, ...], ...] = (
    ("Where is my lamp?\nIt was due on Monday.", '{"topic": "delivery",\n "urgent": false}'),
    ("Hello", "Hello, how can I help?", "I want my money back.", "It is on its way."),
    ("A long story about a box " * 12, "I am sorry to hear that, and I can help with the box."),
    ("No answer carries loss here.", "none"),
    ("Danke schön 🙂", "Gern geschehen 漢字"),
)


class WordTokenizer:
    """What is asked of a tokenizer beside rendering and encoding."""

    pad_token_id = 0
    all_special_ids: Sequence[int] = range(len(MARKS))

    def __init__(self) -> None:
        self.known = list(MARKS)
        self.added_tokens_decoder = dict.fromkeys(
            self.all_special_ids, SimpleNamespace(special=True)
        )

    def number(self, piece: str) -> int:
        """Return the id of a piece, a new one the first time."""
        if piece not in self.known:
            self.known.append(piece)
        return self.known.index(piece)

    def convert_ids_to_tokens(self, ids: Sequence[int]) -> list[str]:
        """Return the pieces."""
        return [self.known[token] for token in ids]

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        """Return the text."""
        return "".join(self.known[token] for token in ids)


class WordRenderer(TokenizerRenderer):
    """Marks turns by role and end."""

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Return the turns one after the other."""
        turns = "".join(f"<{one['role']}>{one.get('content') or ''}<end>" for one in messages)
        return turns + "<assistant>" * opening

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return one token a word."""
        found = list(_PIECE.finditer(text))
        return [self.tokenizer.number(one[0]) for one in found], [one.span() for one in found]

    def marked(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None
    ) -> list[int] | None:
        """Return None: the template marks nothing."""
        return None


def add_tokens(workspace: Workspace, recipe: Recipe) -> None:
    """Put the tokens of a recipe into the workspace's cache."""
    assert recipe.data is not None
    parts = read_parts(workspace, recipe.data.split)
    renderer = WordRenderer(WordTokenizer(), frozenset([1]))
    limit = recipe.data.max_tokens or 1024
    tokenize(workspace, recipe, parts, renderer, limit=limit, on_row=lambda _: None)


def add_notes(workspace: Workspace, words: Sequence[str] = ()) -> Recipe:
    """Make a small split with every kind of row, a recipe over it, and its tokens."""
    folder = dataset_folder(workspace, str(workspace.data / NOTES))
    folder.path.mkdir()
    safe = [word.encode("utf-8", "replace").decode() for word in words]
    train = [_row(*said) for said in ROWS] + [_row(f"? {one}", f"! {one}") for one in safe]
    train[3]["messages"][1]["weight"] = 0
    for path, rows in ((folder.train, train), (folder.validation, [_row("Is it open?", "Yes.")])):
        path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
    values: dict[str, Any] = {
        "name": NOTES,
        "data": {"split": NOTES, "max_tokens": 80, "over_length": "cut_end"},
        "batch": {"update_rows": 4, "tokens": 4096},
    }
    (workspace.root / "notes.toml").write_text(
        f'name = "{NOTES}"\n[data]\nsplit = "{NOTES}"\nmax_tokens = 80\n'
        'over_length = "cut_end"\n[batch]\nupdate_rows = 4\ntokens = 4096\n'
    )
    recipe = make_recipe(values, where="test")
    add_tokens(workspace, recipe)
    return recipe


def _row(*said: str) -> dict[str, Any]:
    roles = ("user", "assistant")
    return {"messages": [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]}
