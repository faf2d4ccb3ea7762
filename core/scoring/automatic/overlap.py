"""BLEU and chrF by sacrebleu, with the signature that makes them comparable; ROUGE of our own."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from core.errors import DataError
from core.scoring.automatic.measurement import Measurement, mean_of
from core.scoring.automatic.texts import words
from core.scoring.statistics.interval import Interval

Tokenize = Literal["13a", "intl", "none", "zh", "char"]
_RESAMPLES = 500
_HUNDRED = 100.0


def bleu(
    answers: Sequence[str],
    references: Sequence[Sequence[str]],
    *,
    tokenize: Tokenize = "13a",
    order: int = 4,
    effective_order: bool = False,
) -> Measurement:
    """Return corpus BLEU, 0 to 100; `references` holds for each answer all that would do."""
    from sacrebleu.metrics.bleu import BLEU  # brings numpy

    metric = BLEU(tokenize=tokenize, max_ngram_order=order, effective_order=effective_order)
    return _corpus("BLEU", metric, answers, references)


def chrf(
    answers: Sequence[str], references: Sequence[Sequence[str]], *, eps_smoothing: bool = False
) -> Measurement:
    """Return corpus chrF2, 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    return _corpus("chrF2", CHRF(eps_smoothing=eps_smoothing), answers, references)


def _corpus(
    name: str, metric: Any, answers: Sequence[str], references: Sequence[Sequence[str]]
) -> Measurement:
    """Return a corpus score with the interval over resampled items."""
    streams = _streams(answers, references)
    score = float(metric.corpus_score(list(answers), streams).score)
    signature = str(metric.get_signature())
    return Measurement(
        metric=name,
        value=score,
        interval=_resampled(metric, answers, streams, score),
        items=len(answers),
        signature=signature,
    )


def _resampled(
    metric: Any, answers: Sequence[str], streams: list[list[str | None]], score: float
) -> Interval:
    """Return sacrebleu's bootstrap interval; a single item bounds nothing."""
    if len(answers) < 2:
        return Interval(0.0, _HUNDRED)
    drawn = metric.corpus_score(list(answers), streams, n_bootstrap=_RESAMPLES)
    told = json.loads(drawn.format(width=4, signature=str(metric.get_signature()), is_json=True))
    middle, spread = float(told["confidence_mean"]), float(told["confidence_var"])
    low, high = max(0.0, middle - spread), min(_HUNDRED, middle + spread)
    return Interval(min(low, score), max(high, score))


def _streams(answers: Sequence[str], references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """Return the references as sacrebleu wants them: a stream each, as long as the answers.

    Handed over the other way round they give a figure as well, and a wrong one.
    """
    if len(answers) != len(references):
        raise DataError(
            what=f"{len(answers)} answers and {len(references)} references.",
            why="Each answer is compared with the references of its own item.",
            remedy="Give one list of references for each answer.",
        )
    most = max(map(len, references), default=0)
    if any(not one for one in references):
        raise DataError(
            what="An answer has no reference.",
            why="There is nothing to compare it with.",
            remedy="Leave the item out, or write a reference.",
        )
    return [
        [item[place] if place < len(item) else None for item in references] for place in range(most)
    ]


def rouge(answers: Sequence[str], references: Sequence[str], *, n: int = 1) -> Measurement:
    """Return the mean F1 of shared runs of n words (ROUGE-n)."""
    values = []
    for answer, reference in zip(answers, references, strict=True):
        one, other = _runs(words(answer), n), _runs(words(reference), n)
        both = one.total() + other.total()
        values.append(2 * (one & other).total() / both if both else float(answer == reference))
    return mean_of(f"ROUGE-{n}", values, signature="F1, words casefolded, no stemming")


def rouge_l(answers: Sequence[str], references: Sequence[str]) -> Measurement:
    """Return the mean F1 of the longest common subsequence of words (ROUGE-L)."""
    values = []
    for answer, reference in zip(answers, references, strict=True):
        one, other = words(answer), words(reference)
        both = len(one) + len(other)
        values.append(
            2 * _longest_common(one, other) / both if both else float(answer == reference)
        )
    return mean_of("ROUGE-L", values, signature="F1, words casefolded, no stemming")


def _runs(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[at:] for at in range(n)), strict=False))


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, a bit a word of the first text."""
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        met = row & places.get(word, 0)
        row = (row + met | row - met) & full
    return len(one) - row.bit_count()
