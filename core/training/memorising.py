"""Finds train rows that an answer repeats word for word.

Answers in a fixed form repeat each other by their nature. How much is seen on the validation rows'
own answers: where those repeat train rows too, repeating says nothing about a model.
"""

from collections.abc import Sequence

from core.training.masks import TokenRow

RUN = 30
"""Tokens in a row that are no coincidence."""
_MOST_TOKENS = 1_000_000
_NATURAL_SHARE = 0.05


class Seen:
    """What the train rows teach, in overlapping stretches; of very large sets the first part."""

    def __init__(self, rows: Sequence[TokenRow]) -> None:
        self._rows: dict[int, int] = {}
        left = _MOST_TOKENS
        for row in rows:
            taught = [token for token, trained in zip(row.ids, row.trained, strict=True) if trained]
            for stretch in _stretches(taught):
                self._rows.setdefault(stretch, row.row)
            left -= len(taught)
            if left < 0:
                break

    def natural(self, references: Sequence[Sequence[int]]) -> bool:
        """Whether answers that no model wrote repeat train rows, too."""
        alike = sum(any(one in self._rows for one in _stretches(said)) for said in references)
        return alike > _NATURAL_SHARE * len(references)

    def repeated(self, answer: Sequence[int], reference: Sequence[int]) -> int | None:
        """Return a train row that the answer repeats where its own reference does not."""
        allowed = set(_stretches(reference))
        for stretch in _stretches(answer):
            if stretch not in allowed and stretch in self._rows:
                return self._rows[stretch]
        return None


def _stretches(ids: Sequence[int]) -> list[int]:
    return [hash(tuple(ids[at : at + RUN])) for at in range(len(ids) - RUN + 1)]
