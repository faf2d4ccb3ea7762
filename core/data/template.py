"""Words that most rows share, such as a long instruction: set aside before rows are compared.

Without this, short questions under one long instruction would all look equal. The runs of words
are kept as keyed hashes, so that a lock can carry them and every later comparison sets the same
words aside.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.runs import Run, run_list, runs, words

_WORDS = 5
_SHARE = 0.5
_FEWEST_ROWS = 20
_SAMPLE = 2000
"""Rows that show what most rows share."""
_KEY_BYTES = 8
_PERSON = b"tf:template:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What is set aside."""

    salt: bytes
    runs: frozenset[bytes] = frozenset()
    """Keyed hashes of the runs of five words."""

    def strip(self, text: str) -> str:
        """Return the text without the words of the template; NUL stands between its turns."""
        if not self.runs:
            return text
        return "\0".join(self._strip_turn(turn) for turn in text.split("\0"))

    def _strip_turn(self, text: str) -> str:
        """Return one turn without them."""
        said = words(text)
        keep = [True] * len(said)
        for at, run in enumerate(run_list(text, _WORDS)):
            if _key(run, self.salt) in self.runs:
                keep[at : at + len(run)] = [False] * len(run)
        return " ".join(word for word, kept in zip(said, keep, strict=True) if kept)


def find_template(texts: Sequence[str], *, salt: bytes) -> Template:
    """Return what more than half of the texts share; the first texts stand for all."""
    sample = texts[:_SAMPLE]
    if len(sample) < _FEWEST_ROWS:
        return Template(salt=salt)
    held: Counter[Run] = Counter()
    for text in sample:
        held.update(run for run in runs(text, _WORDS) if len(run) == _WORDS)
    common = (run for run, count in held.items() if count > _SHARE * len(sample))
    return Template(salt=salt, runs=frozenset(_key(run, salt) for run in common))


def _key(run: Run, salt: bytes) -> bytes:
    """Return the keyed hash of a run of words."""
    content = " ".join(run).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_KEY_BYTES, key=salt, person=_PERSON).digest()
