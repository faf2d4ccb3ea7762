"""Raters who are no people: their names say so, and with the names everything made of them.

A name travels wherever a rating goes, into logs, merges and CSV files, so the label is never lost.
"""

from collections.abc import Collection

from core.errors import UsageError

_PREFIX = "simulated-"


def simulated_rater(number: int) -> str:
    """Return the name of a simulated rater."""
    return f"{_PREFIX}{number}"


def is_simulated(rater: str) -> bool:
    """Return whether a rater of this name is no person."""
    return rater.startswith(_PREFIX)


def count_simulated(raters: Collection[str]) -> int:
    """Return how many of the raters are no people."""
    return sum(map(is_simulated, raters))


def labelled(sentence: str, raters: Collection[str]) -> str:
    """Return a sentence that says first when not only people stand behind it."""
    simulated = count_simulated(raters)
    if not simulated:
        return sentence
    who = "Simulated raters, no people" if simulated == len(raters) else "Partly simulated raters"
    return f"{who}: {sentence}"


def counted_raters(count: int, simulated: int) -> str:
    """Return how many raters there were, and what they were."""
    raters = f"{count:,} rater" if count == 1 else f"{count:,} raters"
    if not simulated:
        return raters
    if simulated == count:
        return f"{count:,} simulated {'rater' if count == 1 else 'raters'}, no people"
    return f"{raters}, {simulated:,} of them simulated"


def refuse_simulated(rater: str) -> None:
    """Refuse a person under the name of a simulated rater."""
    if is_simulated(rater):
        raise UsageError(
            what=f"Names that begin with {_PREFIX} belong to simulated raters.",
            why="A person's ratings under such a name would be taken for a program's.",
            remedy="Use a name of your own, such as `ada`.",
        )
