"""`tuningfork metrics`: what programs can tell about a file of answers; it never decides."""

import json
import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from core.errors import DataError, UsageError
from core.scoring.automatic.answers_file import Answered, read_answers
from core.scoring.automatic.catalogue import METRICS, measure_by, usual_metrics
from core.scoring.automatic.json_schema import schema_match
from core.scoring.automatic.labels import label_figures
from core.scoring.automatic.measurement import Measurement, by_slice
from core.scoring.automatic.own_function import own_metric
from core.scoring.automatic.rules import length_rule, pattern_rule
from core.scoring.automatic.slices import by_label, by_length, by_script
from core.text_safety import clip, visible

_LONGEST = 40


def run(arguments: Namespace) -> int:
    """Print each metric of each contender with its interval."""
    unknown = [name for name in arguments.metric if name not in METRICS]
    if unknown:
        raise UsageError(
            what=f"There is no metric {visible(unknown[0])}.",
            why=f"Known are: {', '.join(METRICS)}.",
            remedy="Name one of these, or measure with --own FILE.py:FUNCTION.",
        )
    answers = read_answers(arguments.file)
    found = {name: list(_measured(rows, arguments)) for name, rows in answers.items()}
    if arguments.json:
        print(json.dumps({"contenders": _as_json(answers, found, arguments)}, ensure_ascii=False))
        return 0
    for name, measured in found.items():
        print(f"{_shown(name)}: {len(answers[name]):,} answers")
        for one in measured:
            print(f"  {_line(one)}")
            if arguments.by:
                for part, cut in by_slice(one, _slices(answers[name], arguments.by)).items():
                    print(f"    {_shown(part)}: {_figures(cut)}")
        if arguments.confusion:
            _print_confusion(answers[name])
    print("Automatic metrics inform; only people's ratings decide.")
    return 0


def _measured(rows: Sequence[Answered], arguments: Namespace) -> Iterator[Measurement]:
    """Yield everything that was asked for on one contender's answers."""
    answers = [row.answer for row in rows]
    references = [row.references for row in rows]
    extra = (arguments.pattern, arguments.longest, arguments.schema, arguments.own)
    asked = any(one is not None for one in extra)
    names = arguments.metric or ([] if asked else usual_metrics(references))
    yield from measure_by(names, answers, references)
    if arguments.pattern is not None:
        yield pattern_rule(answers, arguments.pattern)
    if arguments.longest is not None:
        yield length_rule(answers, at_most=arguments.longest)
    if arguments.schema is not None:
        yield schema_match(answers, _schema(arguments.schema))
    if arguments.own is not None:
        file, _, function = arguments.own.rpartition(":")
        if not file:
            raise UsageError(
                what=f"--own is {_shown(arguments.own)}.",
                why="It names a file and a function in it.",
                remedy="Write --own measure.py:score; it takes answer, reference and prompt.",
            )
        items = [
            {"answer": row.answer, "reference": row.references[0], "prompt": row.prompt}
            for row in rows
        ]
        yield own_metric(
            Path(file), function, items, environment=os.environ, timeout_s=arguments.timeout
        )


def _schema(path: Path) -> dict[str, object]:
    """Return the JSON schema of a file."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as broken:
        raise DataError(
            what=f"{_shown(str(path))} cannot be read as a schema.",
            why=f"{visible(clip(str(broken), 200))}.",
            remedy="Name a file with one JSON schema.",
        ) from broken
    if not isinstance(schema, dict):
        raise DataError(
            what=f"{_shown(str(path))} is no schema.",
            why="A schema is a JSON object of keywords.",
            remedy="Name a file with one JSON schema.",
        )
    return schema


def _slices(rows: Sequence[Answered], by: str) -> list[str]:
    """Return the slice of each answer."""
    prompts = [row.prompt for row in rows]
    if by == "length":
        return by_length(prompts)
    if by == "language":
        return by_script(prompts)
    return by_label([row.label or row.references[0] for row in rows])


def _print_confusion(rows: Sequence[Answered]) -> None:
    found = label_figures([row.answer for row in rows], [row.references[0] for row in rows])
    for label, figures in found.by_label.items():
        print(
            f"  {_shown(label)}: precision {figures.precision:.2f}, recall {figures.recall:.2f}, "
            f"F1 {figures.f1:.2f}, {figures.support:,} items"
        )
    for (reference, answer), count in found.confusion.items():
        if reference != answer:
            print(f"  {_shown(reference)} taken for {_shown(answer)}: {count:,}")


def _as_json(
    answers: dict[str, list[Answered]], found: dict[str, list[Measurement]], arguments: Namespace
) -> dict[str, list[dict[str, object]]]:
    return {
        name: [
            {
                **_plain(one),
                "slices": {
                    part: _plain(cut)
                    for part, cut in by_slice(one, _slices(answers[name], arguments.by)).items()
                }
                if arguments.by
                else {},
            }
            for one in measured
        ]
        for name, measured in found.items()
    }


def _plain(one: Measurement) -> dict[str, object]:
    """Return a measurement without the value of each item."""
    fields = {name: value for name, value in asdict(one).items() if name != "values"}
    return {**fields, "interval": {"low": one.interval.low, "high": one.interval.high}}


def _line(one: Measurement) -> str:
    signature = f"  [{one.signature}]" if one.signature else ""
    return f"{_shown(one.metric)}: {_figures(one)}{signature}"


def _figures(one: Measurement) -> str:
    low, high = one.interval
    return f"{one.value:.3f} ({low:.3f} to {high:.3f}) on {one.items:,}"


def _shown(text: str) -> str:
    return visible(clip(text, _LONGEST))
