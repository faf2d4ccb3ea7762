"""What the scores would say had one rater not been there: nobody alone should carry a verdict."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.errors import DataError
from core.scoring.rated.comparison import Comparison, Decision, compare, scores_say
from core.scoring.rated.table import Table
from core.scoring.rated.terms import Terms


class Absence(NamedTuple):
    """The study without one rater."""

    decision: Decision
    """What the scores of the others say."""
    moves: bool
    """Whether a mean difference leaves the interval that it has with this rater."""


def without_each(table: Table, terms: Terms, whole: Sequence[Comparison]) -> dict[str, Absence]:
    """Return what is left without each rater; raters nobody can do without are left out."""
    found = {}
    for rater in table.raters if len(table.raters) > 1 else ():
        try:
            rest = compare(table.without(rater), terms, details=False)
        except DataError:  # what is left has no pair of answers by one person
            continue
        if len(rest) < len(whole):
            continue
        moves = any(
            not one.low <= left.mean_difference <= one.high
            for one, left in zip(whole, rest, strict=True)
        )
        found[rater] = Absence(scores_say(rest), moves)
    return found


def carriers(alone: Decision, absences: Mapping[str, Absence]) -> list[str]:
    """Return the raters without whom the claim would turn.

    Fewer ratings make every interval wider, so a claim that is only less sure without somebody
    does not rest on them; it does when the difference itself moves away.
    """
    if alone == "keep_rating":
        return []  # an open verdict claims nothing
    return [
        rater
        for rater, one in absences.items()
        if one.decision != alone and (one.decision != "keep_rating" or one.moves)
    ]
