"""The sign-flip test: how often would coin tosses for signs give a sum like this one?"""

from collections.abc import Sequence
from fractions import Fraction
from math import erfc, gcd, lcm, sqrt
from typing import NamedTuple

_LARGEST_EXACT = 10**10
"""Bits touched by the exact count; about half a second."""
_LARGEST_CONVOLVED = 10**10
"""Numbers touched by the convolution; some seconds."""


class Ways(NamedTuple):
    """How many of all ways to flip the signs are at least as extreme as what was seen."""

    extreme: int
    total: int

    @property
    def p(self) -> float:
        """The exact two-sided p."""
        return float(self.extreme / self.total)


def sign_flip(differences: Sequence[int]) -> Ways:
    """Return the exact two-sided test of "the sign of each difference is a coin toss".

    Ties with the observed sum count as extreme (`>=`): a strict comparison calls far too many
    results certain. The ways to reach each sum are the coefficients of a product of (1 + x^d),
    kept in one long integer, so a factor costs one shift and one addition.
    """
    sizes = [abs(one) for one in differences if one]
    total = 1 << len(sizes)
    observed = abs(sum(differences))
    if not observed:
        return Ways(total, total)
    unit = gcd(*sizes)
    sizes = [size // unit for size in sizes]
    bits = len(sizes) + 2
    ways = 1
    for size in sizes:
        ways += ways << size * bits
    # A sum s of +-d is 2 t - T for the subset sum t and T = the sum of all sizes.
    first = (sum(sizes) + observed // unit) // 2
    # All coefficients together stay below 2^bits - 1, so this remainder is their sum.
    tail = (ways >> first * bits) % ((1 << bits) - 1)
    return Ways(2 * tail, total)


def sign_flip_p(differences: Sequence[int]) -> float:
    """Return the two-sided p of the sign-flip test.

    Thousands of items are convolved as floats, exact to 12 digits; beyond millions of possible
    sums the normal limit is as good.
    """
    sizes = [abs(one) for one in differences if one]
    observed = abs(sum(differences))
    if not observed:
        return 1.0
    unit = gcd(*sizes)
    sizes, observed = [size // unit for size in sizes], observed // unit
    reach = sum(sizes)
    if len(sizes) ** 2 * reach <= _LARGEST_EXACT:
        return sign_flip(differences).p
    if len(sizes) * reach <= _LARGEST_CONVOLVED:
        return _convolved(sizes, observed)
    # Sums lie two apart, so `>=` begins half a step before the one that was seen.
    return erfc((observed - 1) / sqrt(2 * sum(size * size for size in sizes)))


def _convolved(sizes: Sequence[int], observed: int) -> float:
    """Return the p from the distribution of the subset sums, one item after another."""
    import numpy as np  # only for studies of thousands of items

    reach = sum(sizes)
    share = np.zeros(reach + 1)
    share[0] = 1.0
    top = 0
    for size in sizes:
        taken = share[: top + 1] / 2
        share[: top + 1] = taken
        share[size : top + size + 1] += taken
        top += size
    return min(1.0, 2 * float(share[(reach + observed) // 2 :].sum()))


def whole_numbers(values: Sequence[Fraction]) -> list[int]:
    """Return the values times their least common denominator, as the sign-flip test needs them."""
    scale = lcm(*(value.denominator for value in values)) if values else 1
    return [int(value * scale) for value in values]
