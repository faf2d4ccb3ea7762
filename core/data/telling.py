"""How long work says what it is doing, to whoever wants to hear."""

from collections.abc import Callable, Iterable, Iterator

from core.data.rows import Row

Tell = Callable[[str, float | None], None]
"""Hears what is being done, in words, and the share of it that is done; None where nobody knows."""
_AT_ONCE = 256


def silent(_words: str, _share: float | None) -> None:
    """Tell nobody."""


def told(rows: Iterable[Row], size: int, words: str, tell: Tell) -> Iterator[Row]:
    """Yield rows of a file of so many bytes, and tell how far into it they are."""
    for count, row in enumerate(rows):
        if not count % _AT_ONCE:
            tell(words, row.offset / max(size, 1))
        yield row
