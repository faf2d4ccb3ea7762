"""What a loader that fixes its types on the first bytes of a file cannot read of the rest."""

from collections.abc import Iterator
from typing import Literal

Shape = Literal["null", "true or false", "whole number", "number", "text", "list", "object"]


class FixedTypes:
    """The types of every field in the rows that were learnt, by its path.

    A field with values of several types is kept as it stands and takes all others; one that holds
    text turns all others into text.
    """

    def __init__(self) -> None:
        self._seen: dict[str, set[Shape]] = {}

    def learn(self, value: object) -> None:
        """Take a row in."""
        for path, shape in _shapes(value, ""):
            self._seen.setdefault(path, set()).add(shape)

    def odd(self, value: object) -> str | None:
        """Return what of a later row cannot be read, in words; None where all can."""
        free: tuple[str, ...] = ()
        for path, shape in _shapes(value, ""):
            if shape == "null" or (free and path.startswith(free)):
                continue
            known = self._seen.get(path, set()) - {"null"}
            if not known:
                held = "held nothing" if path in self._seen else "was not there"
                return f"`{path}` {held} before"
            if len(known) > 1 or "text" in known:
                free = (*free, f"{path}.", f"{path}[")
            elif shape not in known and not (known == {"number"} and shape == "whole number"):
                (usual,) = known
                if usual != "list":
                    return f"`{path}` is {shape} and was {usual} before"
        return None


def _shapes(value: object, path: str) -> Iterator[tuple[str, Shape]]:
    """Yield every field with what it holds, outer ones first."""
    if path:
        yield path, _shape(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _shapes(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _shapes(inner, f"{path}[]")


def _shape(value: object) -> Shape:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "whole number"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"
