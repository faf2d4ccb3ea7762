"""Vectors on disk, named by model, dimension and the content of each text: none is made twice.

One file a model, read whole: SQLite extensions for vectors cannot be loaded where Python's sqlite3
is built without them, and so few vectors are searched by one product faster than any index answers.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.contenders.embedding import Embedder
from core.data.formats import canonical
from core.errors import JobError
from core.storage import replace_file

Matrix: TypeAlias = NDArray[np.float32]
VERSION = 1
_AT_ONCE = 256
"""Texts between two writes, so that a crash loses little that was paid for."""


class VectorStore:
    """Vectors of one model, of length one; asks the model for what is not there yet."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        told = canonical({"version": VERSION, **embedder.identity})
        self.path = folder / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}.npz"
        self._told = told
        self._names: dict[str, int] = {}
        self._rows: Matrix = np.empty((0, 0), np.float32)
        self._read()
        self.made = 0
        """Vectors that were asked for since."""

    @property
    def dimension(self) -> int:
        """Return the length of the vectors; 0 before the first."""
        return int(self._rows.shape[1]) if len(self._rows) else 0

    def vectors(self, texts: Sequence[str]) -> Matrix:
        """Return a row for each text; what was made for it is on disk then."""
        names = [_name(text) for text in texts]
        missing = dict(zip(names, texts, strict=True))
        new = [name for name in missing if name not in self._names]
        waiting: dict[str, Sequence[float]] = {}
        try:
            for place, vector in self._embedder.embed([missing[name] for name in new]):
                waiting[new[place]] = vector
                # The file is written whole, so it is written less often the longer it is.
                if len(waiting) >= max(_AT_ONCE, len(self._rows) // 8):
                    group, waiting = waiting, {}
                    self._add(group)
        finally:
            if waiting:
                self._add(waiting)
        return self._rows[[self._names[name] for name in names]]

    def _add(self, made: Mapping[str, Sequence[float]]) -> None:
        """Take vectors and put them on disk."""
        rows = np.asarray(list(made.values()), np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        if len(self._rows) and rows.shape[1] != self.dimension:
            self.path.unlink(missing_ok=True)
            raise JobError(
                what="The embedding model makes vectors of another length than before.",
                why=f"It makes {rows.shape[1]:,} numbers for a text now, not {self.dimension:,}.",
                remedy="`tuningfork resume` makes all vectors again.",
            )
        self._names |= {name: len(self._rows) + place for place, name in enumerate(made)}
        self._rows = np.concatenate([self._rows, rows]) if len(self._rows) else rows
        self.made += len(made)
        self._write()

    def _write(self) -> None:
        content = io.BytesIO()
        about = json.dumps({"about": self._told, "dimension": self.dimension})
        hashes = np.frombuffer(b"".join(map(bytes.fromhex, self._names)), np.uint8)
        np.savez(content, about=np.array(about), names=hashes, rows=self._rows)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self.path, content.getvalue())

    def _read(self) -> None:
        """Take what is on disk; what cannot be read, or is of another model, is made again."""
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                about: dict[str, Any] = json.loads(str(found["about"]))
                hashes, rows = found["names"].reshape(-1, 16), found["rows"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return
        whole = rows.ndim == 2 and rows.dtype == np.float32 and len(hashes) == len(rows)
        if whole and about == {"about": self._told, "dimension": int(rows.shape[1])}:
            self._names = {bytes(one).hex(): place for place, one in enumerate(hashes)}
            self._rows = rows


def _name(text: str) -> str:
    """Return the name of a text's content."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
