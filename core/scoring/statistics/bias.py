"""Tests of the study itself: position, length, whether raters knew, and fair assignment."""

from collections.abc import Sequence
from math import erfc, exp, fsum, sqrt
from statistics import fmean, pstdev
from typing import NamedTuple

from core.scoring.statistics.beta import binomial_at_least
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.paired_shares import sign_test_p
from core.scoring.statistics.shares import wilson

_RIDGE = 1.0
_ROUNDS = 50


class ShareTest(NamedTuple):
    """A share of n with its interval, against what chance gives."""

    hits: int
    n: int
    p: float
    interval: Interval
    """95 % Wilson interval of the share."""


def position_test(first_chosen: int, decisive: int) -> ShareTest:
    """Return whether the answer shown first is chosen more or less often than half the time."""
    p = sign_test_p(first_chosen, decisive - first_chosen)
    return ShareTest(first_chosen, decisive, p, wilson(first_chosen, decisive))


def blinding_test(right: int, n: int, contenders: int) -> ShareTest:
    """Return whether raters told the fine-tune more often than one guess in `contenders`."""
    return ShareTest(right, n, binomial_at_least(right, n, 1 / contenders), wilson(right, n))


def sample_ratio_p(one: int, other: int, *, share: float = 0.5) -> float:
    """Return the p of "traffic is split as planned"; a small one means a broken assignment."""
    n = one + other
    z = (one - n * share) / sqrt(n * share * (1 - share))
    return erfc(abs(z) / sqrt(2))


class Choice(NamedTuple):
    """One decisive pick, seen by length."""

    chosen: int
    other: int
    """Characters of the two answers."""


class LengthReport(NamedTuple):
    """How far picks follow length."""

    longer_chosen: int
    decisive: int
    """Picks between answers whose lengths differ enough."""
    mean_ratio: float
    """Mean of chosen / other - 1 over all picks; a ratio, 0 when lengths are alike."""


def length_report(choices: Sequence[Choice], *, at_least: int = 1) -> LengthReport:
    """Return how often the longer answer was chosen; smaller differences are left out."""
    apart = [one for one in choices if abs(one.chosen - one.other) >= at_least]
    ratios = [one.chosen / one.other - 1 for one in choices if one.other]
    return LengthReport(
        sum(one.chosen > one.other for one in apart),
        len(apart),
        fmean(ratios) if ratios else 0.0,
    )


class LengthControl(NamedTuple):
    """A win share, raw and at equal length."""

    raw: float
    controlled: float
    slope: float
    """Log-odds of a win for one standard deviation more of length."""


def length_controlled(
    outcomes: Sequence[tuple[bool, int]], *, ridge: float = _RIDGE
) -> LengthControl:
    """Return the win share that equal lengths would give.

    An outcome is whether the first contender won and how many characters longer it was. The
    ridge on the slope keeps it finite when length separates wins from losses entirely.
    """
    spread = pstdev([length for _, length in outcomes]) or 1.0
    points = [(float(won), length / spread) for won, length in outcomes]
    base = slope = 0.0
    for _ in range(_ROUNDS):
        shares = [1 / (1 + exp(-(base + slope * x))) for _, x in points]
        weights = [share * (1 - share) for share in shares]
        # A quarter of a win and of a loss at equal length keeps a clean sweep finite.
        at_base = 1 / (1 + exp(-base))
        up = fsum(y - share for (y, _), share in zip(points, shares, strict=True))
        up += 0.25 - 0.5 * at_base
        along = fsum((y - share) * x for (y, x), share in zip(points, shares, strict=True))
        along -= ridge * slope
        a = fsum(weights) + 0.5 * at_base * (1 - at_base)
        b = fsum(w * x for w, (_, x) in zip(weights, points, strict=True))
        c = fsum(w * x * x for w, (_, x) in zip(weights, points, strict=True)) + ridge
        determinant = a * c - b * b
        step = ((c * up - b * along) / determinant, (a * along - b * up) / determinant)
        base, slope = base + step[0], slope + step[1]
        if max(map(abs, step)) < 1e-10:
            break
    raw = fmean(won for won, _ in outcomes)
    return LengthControl(raw, 1 / (1 + exp(-base)), slope)
