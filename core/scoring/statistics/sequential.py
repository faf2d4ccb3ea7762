"""E-processes: evidence that may be looked at after every item, and intervals to go with it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import exp, inf, lgamma, log, log1p

from core.scoring.statistics.interval import Interval

_BETS = tuple(step / 20 for step in range(1, 20))
"""Shares of the capital that the mixture bets: .05, .10, ... .95."""
_HALVINGS = 60
_GRID = 1000
_LARGEST = 700.0
"""exp of more overflows; evidence of that size is shown as infinite."""


def evidence_of_picks(wins: int, losses: int) -> float:
    """Return E of "each decisive pick is a coin toss"; ties are left out."""
    n = wins + losses
    return _exp(n * log(2) + lgamma(wins + 1) + lgamma(losses + 1) - lgamma(n + 2))


def evidence_of_ratings(differences: Iterable[float], *, span: float) -> float:
    """Return E of "the mean difference is 0"; `span` is the largest difference there can be."""
    return _mixture(Counter(one / span for one in differences))


def ratings_path(differences: Iterable[float], *, span: float) -> Iterator[float]:
    """Yield E after each item, in the order in which the items were finished."""
    logs = [0.0] * (2 * len(_BETS))
    for one in differences:
        x = one / span
        logs = [
            total + log1p(bet * x)
            for total, bet in zip(logs, (*_BETS, *(-bet for bet in _BETS)), strict=True)
        ]
        yield _mean_exp(logs)


def picks_path(differences: Iterable[float]) -> Iterator[float]:
    """Yield E of the picks after each item; a difference of 0 is a tie."""
    wins = losses = 0
    for one in differences:
        wins += one > 0
        losses += one < 0
        yield evidence_of_picks(wins, losses)


def first_crossing(path: Iterable[float], threshold: float) -> int | None:
    """Return after how many items the evidence first reached the threshold; None if never."""
    return next((at for at, value in enumerate(path, 1) if value >= threshold), None)


def anytime_p(path: Iterable[float]) -> float:
    """Return the p that stays valid however often one looked."""
    largest = max(path, default=0.0)
    return min(1.0, 1 / largest) if largest else 1.0


def wins_needed(losses: int, threshold: float) -> int:
    """Return how many wins beside these losses bring the picks' evidence to the threshold."""
    wins = losses
    while evidence_of_picks(wins, losses) < threshold:
        wins += 1
    return wins


def anytime_share(wins: int, losses: int, *, alpha: float = 0.05) -> Interval:
    """Return every share of won picks that the evidence has not ruled out."""
    n = wins + losses
    if not n:
        return Interval(0.0, 1.0)
    beta = lgamma(wins + 1) + lgamma(losses + 1) - lgamma(n + 2)

    def open_at(share: float) -> bool:
        if (share <= 0 and wins) or (share >= 1 and losses):
            return False
        seen = (wins * log(share) if wins else 0.0) + (losses * log1p(-share) if losses else 0.0)
        return beta - seen < -log(alpha)

    return Interval(_edge(open_at, wins / n, 0.0), _edge(open_at, wins / n, 1.0))


def anytime_mean(differences: Sequence[float], *, span: float, alpha: float = 0.05) -> Interval:
    """Return the mean differences that the evidence has not ruled out, in thousandths.

    The last hundredth before the largest difference there can be is left out.
    """
    counts = Counter(differences)
    last = round((span - 0.01) * _GRID)
    mean = sum(one * n for one, n in counts.items()) / max(1, counts.total())
    centre = max(-last, min(last, round(mean * _GRID)))

    def open_at(place: int) -> bool:
        moved = place / _GRID
        reach = span + abs(moved)
        scaled = Counter({(one - moved) / reach: n for one, n in counts.items()})
        return _mixture(scaled) < 1 / alpha

    low, high = (_last_open(open_at, centre, side * last) for side in (-1, 1))
    return Interval(low / _GRID, high / _GRID)


def _mixture(counts: Counter[float]) -> float:
    """Return E of scaled differences, each with how often it came."""
    return _mean_exp(
        [
            sum(n * log1p(sign * bet * x) for x, n in counts.items())
            for sign in (1, -1)
            for bet in _BETS
        ]
    )


def _mean_exp(logs: Sequence[float]) -> float:
    """Return the mean of the exponentials."""
    return sum(map(_exp, logs)) / len(logs)


def _exp(value: float) -> float:
    return inf if value > _LARGEST else exp(value)


def _edge(open_at: Callable[[float], bool], inside: float, outside: float) -> float:
    """Return where the open range ends on the way from its inside to the outermost value."""
    if open_at(outside):
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if open_at(middle):
            inside = middle
        else:
            outside = middle
    return inside


def _last_open(open_at: Callable[[int], bool], inside: int, outside: int) -> int:
    """Return the outermost open place on the way from an open one to the outermost of all."""
    if open_at(outside):
        return outside
    while abs(outside - inside) > 1:
        middle = (inside + outside) // 2
        if open_at(middle):
            inside = middle
        else:
            outside = middle
    return inside
