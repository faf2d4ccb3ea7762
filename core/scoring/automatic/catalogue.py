"""Every metric that needs nothing but answers and references, by name."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from core.scoring.automatic.labels import label_figures
from core.scoring.automatic.measurement import Measurement, mean_of
from core.scoring.automatic.overlap import bleu, chrf, rouge, rouge_l
from core.scoring.automatic.structured import field_accuracy, json_validity, shape_match
from core.scoring.automatic.texts import exact_match, normalised_match, token_f1

Texts = Sequence[str]
References = Sequence[Sequence[str]]
_FEW_LABELS = 20
_LONGEST_LABEL = 40


def measure_by(names: Iterable[str], answers: Texts, references: References) -> list[Measurement]:
    """Return the metrics of these names, in their order."""
    return [found for name in names for found in METRICS[name](answers, references)]


def usual_metrics(references: References) -> list[str]:
    """Return the metrics that fit what the references look like."""
    first = [item[0] for item in references]
    if all(map(_is_object, first)):
        return ["exact", "json", "shape", "fields"]
    labels = set(first)
    few = len(labels) <= min(_FEW_LABELS, len(first) // 2)
    if few and max(map(len, labels)) <= _LONGEST_LABEL:
        return ["exact", "normalised", "labels"]
    return ["exact", "normalised", "token_f1", "chrf", "rouge_l"]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _best(
    metric: Callable[[Texts, Texts], Measurement],
) -> Callable[[Texts, References], list[Measurement]]:
    """Return a metric that compares each answer with the reference that suits it best."""

    def measure(answers: Texts, references: References) -> list[Measurement]:
        # An item with fewer references than another is compared with its first one again.
        streams = [
            [item[min(place, len(item) - 1)] for item in references]
            for place in range(max(map(len, references), default=1))
        ]
        each = [metric(answers, stream) for stream in streams]
        if len(each) == 1:
            return each
        best = [max(values) for values in zip(*(one.values for one in each), strict=True)]
        return [mean_of(each[0].metric, best, signature=each[0].signature)]

    return measure


def _labels(answers: Texts, references: References) -> list[Measurement]:
    found = label_figures(answers, [item[0] for item in references])
    return [found.accuracy, found.macro_f1]


def _fields(answers: Texts, references: References) -> list[Measurement]:
    return list(field_accuracy(answers, [item[0] for item in references]).values())


METRICS: Mapping[str, Callable[[Texts, References], list[Measurement]]] = {
    "exact": _best(exact_match),
    "normalised": _best(normalised_match),
    "token_f1": _best(token_f1),
    "labels": _labels,
    "bleu": lambda answers, references: [bleu(answers, references)],
    "chrf": lambda answers, references: [chrf(answers, references)],
    "rouge_1": _best(rouge),
    "rouge_2": _best(lambda answers, references: rouge(answers, references, n=2)),
    "rouge_l": _best(rouge_l),
    "json": lambda answers, _: [json_validity(answers)],
    "shape": _best(shape_match),
    "fields": _fields,
}
"""A metric gives one measurement or several; none decides anything."""
