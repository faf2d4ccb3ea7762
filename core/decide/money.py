"""Ranges of exact money: computed without rounding, rounded to the cent once, never converted."""

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

_CENT = Decimal("0.01")
_DIGITS = 700
"""Enough for the largest number a float can hold, to the cent."""

_WHOLE_FROM = 100
"""From here on cents are more precision than a range has."""

Exact = Decimal | Fraction | int


class Range(NamedTuple):
    """An exact low and high end."""

    low: Fraction
    high: Fraction

    def __mul__(self, other: "Range | Exact") -> "Range":  # type: ignore[override]
        """Return the product; both ends of both ranges are 0 or more."""
        if not isinstance(other, Range):
            other = same(other)
        return Range(self.low * other.low, self.high * other.high)

    def __truediv__(self, number: Exact) -> "Range":
        """Return both ends divided by a number above 0."""
        return Range(self.low / Fraction(number), self.high / Fraction(number))

    def plus(self, other: "Range") -> "Range":
        """Return the sum."""
        return Range(self.low + other.low, self.high + other.high)


def span(low: Exact, high: Exact) -> Range:
    """Return a range of exact numbers."""
    return Range(Fraction(low), Fraction(high))


def same(number: Exact) -> Range:
    """Return a range whose ends are one number."""
    return Range(Fraction(number), Fraction(number))


def cents(amount: Fraction) -> Decimal:
    """Return an amount rounded to the cent, a half upwards."""
    with localcontext(Context(prec=_DIGITS)):
        exact = Decimal(amount.numerator) / Decimal(amount.denominator)
        return exact.quantize(_CENT, rounding=ROUND_HALF_UP)


def said(currency: str, low: Decimal, high: Decimal) -> str:
    """Return a range of money in words, as in `USD 12.00 to 30.50`."""
    if low == high:
        return f"{currency} {low:,.2f}"
    return f"{currency} {low:,.2f} to {high:,.2f}"


def rounded(low: Decimal, high: Decimal) -> str:
    """Return a range without its currency, rounded to what a range can know."""
    ends = [f"{end:,.0f}" if end >= _WHOLE_FROM else f"{end:,.2f}" for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def whole(size: Range) -> str:
    """Return a range of whole numbers in words."""
    low, high = f"{round(size.low):,}", f"{round(size.high):,}"
    return low if low == high else f"{low} to {high}"
