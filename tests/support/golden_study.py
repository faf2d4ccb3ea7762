"""A study whose every figure is known: 20 items, 4 contenders, 2 raters."""

from fractions import Fraction

from core.scoring.rated.rating import Rating

ROWS = {
    "tuned": ("55355535515553555535", "55555335515553553535"),
    "base": ("31335113313513313513", "31315113313533313313"),
    "few": ("53355313513533535513", "53353313513533335513"),
    "rag": ("55335515535533555335", "55335535535531555335"),
}
"""Scores of rater 1 and rater 2 for items i01 to i20, in order."""
SCORES = {name: tuple([int(one) for one in row] for row in rows) for name, rows in ROWS.items()}
ITEMS = [f"i{number:02d}" for number in range(1, 21)]


def differences(against: str) -> list[Fraction]:
    """Return the mean over the raters of tuned - against, item by item."""
    return [
        Fraction(sum(ours) - sum(theirs), 2)
        for ours, theirs in zip(
            zip(*SCORES["tuned"], strict=True), zip(*SCORES[against], strict=True), strict=True
        )
    ]


def units() -> list[list[tuple[int, int]]]:
    """Return for each item the two ratings of each answer."""
    by_contender = [list(zip(*rows, strict=True)) for rows in SCORES.values()]
    return [list(answers) for answers in zip(*by_contender, strict=True)]


def ratings() -> list[Rating]:
    """Return every rating."""
    return [
        Rating(item=item, contender=name, rater=rater, score=score)
        for name, rows in SCORES.items()
        for rater, row in zip(("r1", "r2"), rows, strict=True)
        for item, score in zip(ITEMS, row, strict=True)
    ]


def csv_text(*, raters: tuple[str, ...] = ("r1", "r2")) -> str:
    """Return the study as a file of ratings."""
    lines = ["item,contender,rater,score"]
    for at, item in enumerate(ITEMS):
        for name, rows in SCORES.items():
            lines += [
                f"{item},{name},{rater},{row[at]}" for rater, row in zip(raters, rows, strict=True)
            ]
    return "\n".join(lines) + "\n"
