"""Finds the passages of documents that a question's words point to: BM25 in SQLite, in memory."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from core.data.near.words import LONE, TABLE, prepared

_WORDS = 120
"""Words in a passage: a few paragraphs, so that three of them leave room for the question."""
_PARAGRAPH = re.compile(r"\n\s*\n")


class Passage(NamedTuple):
    """A piece of a document."""

    document: str
    """Name of the document."""
    text: str


class Search(Protocol):
    """Finds passages for a question."""

    def search(self, question: str, *, most: int) -> list[Passage]:
        """Return the passages that fit best, the best first."""
        ...


class DocumentIndex:
    """Passages with the words in them."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self.passages = [
            Passage(name, text) for name in sorted(documents) for text in passages(documents[name])
        ]
        """Every passage, by document."""
        self._found = sqlite3.connect(":memory:")
        self._found.execute("CREATE VIRTUAL TABLE passages USING fts5 (words, tokenize = 'ascii')")
        self._found.executemany(
            "INSERT INTO passages (rowid, words) VALUES (?, ?)",
            ((n, " ".join(_terms(one.text))) for n, one in enumerate(self.passages)),
        )

    def search(self, question: str, *, most: int) -> list[Passage]:
        """Return the passages that fit best, the best first; none where no word is shared."""
        return [self.passages[place] for place in self.ranked(question, most=most)]

    def ranked(self, question: str, *, most: int) -> list[int]:
        """Return the places of the passages that share words, those with the rarest first."""
        terms = dict.fromkeys(_terms(question))
        if not terms:
            return []
        rows = self._found.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank, rowid LIMIT ?",
            (" OR ".join(terms), most),
        )
        return [number for (number,) in rows]


def passages(text: str) -> Iterator[str]:
    """Yield a text in pieces of whole paragraphs; only a paragraph that is too long is cut."""
    piece: list[str] = []
    for part in _parts(text):
        if piece and _count(piece) + len(part.split()) > _WORDS:
            yield "\n\n".join(piece)
            piece = []
        piece.append(part)
    if piece:
        yield "\n\n".join(piece)


def _count(piece: list[str]) -> int:
    return sum(len(part.split()) for part in piece)


def _parts(text: str) -> Iterator[str]:
    """Yield paragraphs, long ones in cuts of equal length."""
    for paragraph in _PARAGRAPH.split(text):
        words = paragraph.split()
        if len(words) <= _WORDS:
            yield from [paragraph.strip()] if words else []
            continue
        cuts = -(-len(words) // _WORDS)
        size = -(-len(words) // cuts)
        yield from (" ".join(words[at : at + size]) for at in range(0, len(words), size))


def _terms(text: str) -> list[str]:
    """Return the words of a text as names that SQLite takes for one word whatever they hold.

    A character of a script without spaces is a word of its own, as everywhere else here.
    """
    spread = LONE.sub(rb" \g<0> ", prepared(text).translate(TABLE))
    return [f"w{word.hex()}" for word in spread.replace(b"\0", b" ").split()]
