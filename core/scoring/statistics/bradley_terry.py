"""Bradley-Terry strengths: one scale for three and more contenders from their picks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp, fsum, sqrt
from typing import NamedTuple

from core.scoring.statistics.interval import Interval
from core.scoring.statistics.resample import RESAMPLES, middle_of, resampled_counts

Wins = Sequence[Sequence[float]]
"""Row beats column that many times; a tie is half a win for each."""
_ROUNDS = 100
_PRECISE = 1e-12
_HALF = 0.5
_LONGEST_STEP = 2.0


class Strengths(NamedTuple):
    """Contenders on one scale of log-odds, the last of them at 0."""

    logits: tuple[float, ...]
    errors: tuple[float, ...]
    """Standard errors from the Fisher information; 0 for the last, which is the reference."""
    smoothed: bool
    """Whether half a win was added to each pair that met: otherwise no finite answer exists."""

    @property
    def shares(self) -> tuple[float, ...]:
        """Strengths whose geometric mean is 1."""
        centre = fsum(self.logits) / len(self.logits)
        return tuple(exp(logit - centre) for logit in self.logits)


def bradley_terry(wins: Wins) -> Strengths:
    """Return the most likely strengths."""
    smoothed = not _all_reach_all(wins)
    if smoothed:
        wins = _with_half_wins(wins)
    k = len(wins)
    logits = [0.0] * k
    covariance: list[list[float]] = []
    for _ in range(_ROUNDS):
        score, information = _derivatives(wins, logits)
        covariance = _inverse(information)
        step = [fsum(a * b for a, b in zip(row, score, strict=True)) for row in covariance]
        # A whole Newton step from far away can overshoot into where nothing is informative.
        longest = max(map(abs, step), default=0.0)
        scale = min(1.0, _LONGEST_STEP / longest) if longest else 1.0
        for place, move in enumerate(step):
            logits[place] += scale * move
        if longest < _PRECISE:
            break
    errors = [sqrt(covariance[place][place]) for place in range(k - 1)]
    return Strengths(tuple(logits), (*errors, 0.0), smoothed)


def bootstrap_strengths(
    items: Sequence[Mapping[tuple[int, int], float]],
    contenders: int,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> list[Interval | None]:
    """Return the 95 % interval of each logit; whole items are drawn, as votes on one are alike.

    An item maps (winner, loser) to how often its raters said so.
    """
    kinds = sorted(Counter(tuple(sorted(item.items())) for item in items).items())
    drawn: list[list[float]] = [[] for _ in range(contenders)]
    for draw in resampled_counts([n for _, n in kinds], seed=seed, resamples=resamples):
        wins = [[0.0] * contenders for _ in range(contenders)]
        for (kind, _), times in zip(kinds, draw, strict=True):
            for (winner, loser), votes in kind:
                wins[winner][loser] += votes * times
        for values, logit in zip(drawn, bradley_terry(wins).logits, strict=True):
            values.append(logit)
    return [middle_of(values) for values in drawn]


def _derivatives(wins: Wins, logits: Sequence[float]) -> tuple[list[float], list[list[float]]]:
    """Return the slope and the information of the log-likelihood, without the reference."""
    free = len(wins) - 1
    score = [0.0] * free
    information = [[0.0] * free for _ in range(free)]
    for one in range(free):
        for other in range(len(wins)):
            met = wins[one][other] + wins[other][one]
            if one == other or not met:
                continue
            share = 1 / (1 + exp(logits[other] - logits[one]))
            weight = met * share * (1 - share)
            score[one] += wins[one][other] - met * share
            information[one][one] += weight
            if other < free:
                information[one][other] -= weight
    return score, information


def _all_reach_all(wins: Wins) -> bool:
    """Return whether a chain of wins leads from every contender to every other."""
    everyone = range(len(wins))
    beaten = [[other for other in everyone if wins[one][other] > 0] for one in everyone]
    beating = [[other for other in everyone if wins[other][one] > 0] for one in everyone]
    return all(len(_reached(links)) == len(wins) for links in (beaten, beating))


def _reached(links: Sequence[Sequence[int]]) -> set[int]:
    """Return who can be reached from the first contender."""
    reached, waiting = {0}, [0]
    while waiting:
        for other in links[waiting.pop()]:
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached


def _with_half_wins(wins: Wins) -> list[list[float]]:
    """Return the wins with half a win more each way; all pairs if the ones that met fall apart."""
    everyone = range(len(wins))
    met = [[wins[one][two] + wins[two][one] > 0 for two in everyone] for one in everyone]
    joined = [[two for two in everyone if met[one][two]] for one in everyone]
    together = len(_reached(joined)) == len(wins)
    return [
        [
            wins[one][two] + _HALF * (one != two and (met[one][two] or not together))
            for two in everyone
        ]
        for one in everyone
    ]


def _inverse(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return the inverse of a small matrix (Gauss-Jordan)."""
    n = len(matrix)
    rows = [[*row, *(float(at == place) for at in range(n))] for place, row in enumerate(matrix)]
    for column in range(n):
        pivot = max(range(column, n), key=lambda at: abs(rows[at][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        lead = rows[column][column]
        rows[column] = [value / lead for value in rows[column]]
        for at in range(n):
            factor = rows[at][column]
            if at != column and factor:
                rows[at] = [a - factor * b for a, b in zip(rows[at], rows[column], strict=True)]
    return [row[n:] for row in rows]
