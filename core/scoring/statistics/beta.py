"""The regularised incomplete beta function and what follows from it: t, binomial, chi-square.

Own lines instead of scipy, whose import takes longer than the whole app's start.
"""

from functools import lru_cache
from math import erfc, exp, lgamma, log, log1p, pi, sqrt

_TINY = 1e-300
_PRECISE = 1e-16
_STEPS = 2000
_HALVINGS = 120


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return I_x(a, b), the share of a beta distribution below x."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast only below the mean; above it the other tail is taken.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function (Lentz)."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISE:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(a: float, b: float, share: float) -> float:
    """Return the x below which this share of a beta distribution lies."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if incomplete_beta(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@lru_cache(maxsize=4096)
def t_quantile(confidence: float, freedom: int) -> float:
    """Return how many standard errors a two-sided t interval reaches."""
    x = beta_quantile(freedom / 2, 0.5, 1 - confidence)
    return sqrt(freedom * (1 - x) / x)


def t_p(t: float, freedom: int) -> float:
    """Return the two-sided p of Student's t."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def binomial_at_least(hits: int, n: int, share: float) -> float:
    """Return the chance of at least this many hits in n tries."""
    return 1.0 if hits <= 0 else incomplete_beta(hits, n - hits + 1, share)


def chi_square_p(value: float, freedom: int) -> float:
    """Return the chance of a chi-square at least as large, for whole degrees of freedom."""
    half = value / 2
    if freedom % 2 == 0:
        term, total = exp(-half), 0.0
        for k in range(freedom // 2):
            total += term
            term *= half / (k + 1)
        return total
    total = erfc(sqrt(half))
    term = exp(-half) * 2 * sqrt(half / pi)
    for k in range(1, freedom // 2 + 1):
        total += term
        term *= half / (k + 0.5)
    return total
