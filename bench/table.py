"""Prints figures the same way everywhere: medians, spread and ratios."""

from collections.abc import Mapping, Sequence
from statistics import median


def print_ratios(title: str, runs: Mapping[str, Sequence[float]], *, baseline: str) -> None:
    """Print each arm's median and its ratio to the baseline, pair by pair of the same round."""
    rounds = len(runs[baseline])
    print(f"\n{title} (median of {rounds} interleaved rounds; the baseline is {baseline!r})")
    print(f"{'arm':<34}{'median s':>10}{'ratio':>8}{'low':>8}{'high':>8}")
    for arm, seconds in runs.items():
        ratios = [mine / theirs for mine, theirs in zip(seconds, runs[baseline], strict=True)]
        print(
            f"{arm:<34}{median(seconds):>10.3f}{median(ratios):>8.2f}"
            f"{min(ratios):>8.2f}{max(ratios):>8.2f}"
        )


def print_figures(title: str, figures: Mapping[str, str]) -> None:
    """Print named figures in two columns."""
    print(f"\n{title}")
    for name, figure in figures.items():
        print(f"  {name:<44}{figure:>16}")
