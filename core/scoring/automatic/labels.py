"""Answers that are labels: accuracy, macro-F1 and who was taken for whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.scoring.automatic.measurement import Measurement, mean_of
from core.scoring.automatic.texts import words
from core.scoring.statistics.interval import Interval
from core.scoring.statistics.resample import middle_of, resampled_counts

OTHER = "(other)"
"""An answer that is none of the labels."""


class LabelFigures(NamedTuple):
    """How one label fared."""

    precision: float
    recall: float
    f1: float
    support: int
    """Items whose reference is the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """How well a contender labels."""

    accuracy: Measurement
    macro_f1: Measurement
    """Mean F1 over the labels of the references, each weighing the same."""
    by_label: Mapping[str, LabelFigures]
    """By label of the references."""
    confusion: Mapping[tuple[str, str], int]
    """How often (reference, answer) came together; answers that are no label are `(other)`."""


def label_figures(answers: Sequence[str], references: Sequence[str], *, seed: int = 0) -> Labels:
    """Return accuracy, macro-F1 and the confusion table; case and marks do not count."""
    known = {" ".join(words(reference)): reference.strip() for reference in reversed(references)}
    pairs = Counter(
        (known[" ".join(words(reference))], known.get(" ".join(words(answer)), OTHER))
        for answer, reference in zip(answers, references, strict=True)
    )
    right = [
        float(words(answer) == words(reference))
        for answer, reference in zip(answers, references, strict=True)
    ]
    figures = _by_label(pairs)
    return Labels(
        accuracy=mean_of("accuracy", right),
        macro_f1=Measurement(
            metric="macro-F1",
            value=_macro(figures),
            interval=_resampled(pairs, seed),
            items=len(references),
        ),
        by_label=figures,
        confusion=dict(sorted(pairs.items())),
    )


def _by_label(pairs: Mapping[tuple[str, str], int]) -> dict[str, LabelFigures]:
    wanted: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for (reference, answer), count in pairs.items():
        wanted[reference] += count
        given[answer] += count
    figures = {}
    for label in sorted(wanted):
        hits = pairs.get((label, label), 0)
        precision = hits / given[label] if given[label] else 0.0
        f1 = 2 * hits / (wanted[label] + given[label])
        figures[label] = LabelFigures(precision, hits / wanted[label], f1, wanted[label])
    return figures


def _macro(figures: Mapping[str, LabelFigures]) -> float:
    return sum(one.f1 for one in figures.values()) / len(figures) if figures else 0.0


def _resampled(pairs: Counter[tuple[str, str]], seed: int) -> Interval:
    """Return the bootstrap interval of macro-F1; items are drawn again."""
    if not pairs:
        return Interval(0.0, 1.0)
    kinds = sorted(pairs)
    draws = resampled_counts([pairs[kind] for kind in kinds], seed=seed)
    found = middle_of([_macro(_by_label(_seen(kinds, draw))) for draw in draws])
    return found or Interval(0.0, 1.0)


def _seen(kinds: Sequence[tuple[str, str]], draw: Sequence[int]) -> dict[tuple[str, str], int]:
    """Return a draw as a confusion table; a pair that did not come is not in it."""
    return {kind: count for kind, count in zip(kinds, draw, strict=True) if count}
