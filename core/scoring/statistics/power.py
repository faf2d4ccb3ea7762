"""What a study can find, said before anybody rates: needed items, needed wins, power of picks."""

from functools import lru_cache
from math import ceil, comb, fsum
from statistics import NormalDist

from core.scoring.statistics.paired_shares import sign_test_p


def items_to_settle(
    deviation: float, worthwhile: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Return how many items show a difference worth having, given the spread seen so far."""
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    return ceil((z * deviation / worthwhile) ** 2)


def items_to_bound(deviation: float, worthwhile: float, *, alpha: float = 0.05) -> int:
    """Return how many items make the interval too short to hold both 0 and the worthwhile gain."""
    return ceil((2 * NormalDist().inv_cdf(1 - alpha / 2) * deviation / worthwhile) ** 2)


def fewest_decisive(alpha: float = 0.05) -> int:
    """Return how many differing items are needed before any result can be sure."""
    n = 1
    while 2 / 2**n > alpha:
        n += 1
    return n


@lru_cache(maxsize=4096)
def decisive_wins_needed(n: int, alpha: float = 0.05) -> int | None:
    """Return how many of n decisive picks must be won; None when even all are too few."""
    needed = None
    for wins in range(n, n // 2, -1):
        if sign_test_p(wins, n - wins) > alpha:
            break
        needed = wins
    return needed


def picks_power(n: int, win_share: float, *, ties: float = 0.0, alpha: float = 0.05) -> float:
    """Return the chance that the sign test shows a win, computed exactly.

    `win_share` is the true share of decisive picks won, `ties` the share of items nobody decides.
    """
    return fsum(
        _binomial(decisive, n, 1 - ties) * _chance_to_win(decisive, win_share, alpha)
        for decisive in range(n + 1)
    )


def _chance_to_win(n: int, share: float, alpha: float) -> float:
    needed = decisive_wins_needed(n, alpha)
    if needed is None:
        return 0.0
    return fsum(_binomial(wins, n, share) for wins in range(needed, n + 1))


def _binomial(hits: int, n: int, share: float) -> float:
    return comb(n, hits) * share**hits * (1 - share) ** (n - hits)
