"""Drafts a system prompt from examples: what they all do, in words, for a person to improve."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import quantiles
from typing import Any

from core.data.alike import SYSTEM_ROLES
from core.data.rows import Example

_MOST_ALIKE = 0.9
"""Share of the examples that must do the same before it is called a rule."""
_MOST_VALUES = 12
_VALUE_LETTERS = 40
_ROWS_A_VALUE = 3
"""Examples for each value, on average, before the values count as a list."""


def draft_prompt(examples: Sequence[Example]) -> str:
    """Return instructions that fit the examples; "" without any."""
    references = [one.reference.strip() for one in examples if one.reference.strip()]
    if not references:
        return ""
    return "\n".join([_task(examples), *_form(references)]) + "\n"


def _task(examples: Sequence[Example]) -> str:
    """Return what the examples' own instructions say most often."""
    said = Counter(
        message.text.strip()
        for example in examples
        for message in example.prompt
        if message.role in SYSTEM_ROLES
    )
    return said.most_common(1)[0][0] if said else "Answer the request below."


def _form(references: Sequence[str]) -> Iterator[str]:
    """Yield what the answers look like, rule by rule."""
    objects = [found for text in references if (found := _object(text)) is not None]
    if len(objects) >= _MOST_ALIKE * len(references):
        yield from _keys(objects)
    elif values := _few(references):
        yield f"Answer with exactly one of these and nothing else: {', '.join(values)}."
    else:
        words = sorted(len(text.split()) for text in references)
        low, *_, high = quantiles(words, n=10) if len(words) > 1 else words * 2
        least, most = max(1, round(low)), max(1, round(high))
        span = f"{least} to {most}" if least < most else f"{most}"
        yield f"Answer in {span} {'words' if most > 1 else 'word'} and nothing else."


def _keys(objects: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the keys of JSON answers, with the values that only a few are used of."""
    keys = Counter(tuple(one) for one in objects).most_common(1)[0][0]
    named = ", ".join(json.dumps(key, ensure_ascii=False) for key in keys)
    yield f"Answer with one JSON object on one line and nothing else. Its keys, in order: {named}."
    for key in keys:
        texts = [one[key] for one in objects if isinstance(one.get(key), str)]
        if values := _few(texts):
            yield f"{json.dumps(key, ensure_ascii=False)} is one of: {', '.join(values)}."


def _few(texts: Sequence[str]) -> list[str]:
    """Return the values where they are few and short, else nothing."""
    values = sorted(set(texts))
    few = 1 < len(values) <= min(_MOST_VALUES, len(texts) // _ROWS_A_VALUE)
    return values if few and all(len(one) <= _VALUE_LETTERS for one in values) else []


def _object(text: str) -> dict[str, Any] | None:
    """Return the JSON object in a text, None where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
