"""Keeps the runs of many texts on disk: hashed once, read as often as they are compared."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np

from core.data.mapped import let_go
from core.data.run_hashes import Hashes, Places, Runs, chosen
from core.storage import storage_error

_MAPPED_AROUND: Final = 1 << 16
"""Bytes that a system maps around a place that is read."""
_MOST_MAPPED: Final = 1 << 24


class RunFile:
    """The different runs of texts; read where they are needed, forgotten with the process."""

    def __init__(self, values: Hashes, starts: Places, lots: Sequence[int]) -> None:
        """Take what `of` makes."""
        self._values = values
        self.starts = starts
        """Where the runs of each text begin, and one more for the end."""
        self._lots = lots
        self._mapped = 0

    @classmethod
    def of(cls, read: Iterable[Runs]) -> Self:
        """Return the runs of texts, as many lots of them as there are."""
        counts = [np.zeros(1, np.int64)]
        lots = [0]
        try:
            with tempfile.TemporaryFile() as file:
                for runs in read:
                    file.write(runs.values.tobytes())
                    counts.append(np.diff(runs.starts))
                    lots.append(lots[-1] + len(counts[-1]))
                starts = np.cumsum(np.concatenate(counts))
                file.flush()
                values: Hashes = np.empty(0, np.uint64)
                if starts[-1]:
                    values = np.memmap(file, np.uint64, "r", shape=(int(starts[-1]),))
        except OSError as error:
            place = Path(tempfile.gettempdir())
            raise storage_error(error, place, doing="keep the rows' words") from error
        return cls(values, starts, lots)

    @cached_property
    def sizes(self) -> Places:
        """How many runs each text has."""
        return np.diff(self.starts)

    def lots(self) -> Iterator[tuple[int, Runs]]:
        """Yield the runs of all texts, each lot with the place of its first text."""
        for first, end in zip(self._lots, self._lots[1:], strict=False):
            starts = self.starts[first : end + 1]
            yield (
                first,
                Runs(self._values[starts[0] : starts[-1]].view(np.ndarray), starts - starts[0]),
            )

    def runs(self, places: Places) -> Runs:
        """Return the runs of some texts, in this order."""
        found = chosen(self._values, self.starts, places)
        self._mapped += found.values.nbytes + _MAPPED_AROUND * len(places)
        if self._mapped > _MOST_MAPPED:
            let_go(self._values)
            self._mapped = 0
        return found
