"""Cuts items into slices: by label, by length of the prompt, by script."""

from collections.abc import Sequence

from core.data.scripts import script_of


def by_length(prompts: Sequence[str]) -> list[str]:
    """Return for each prompt whether it is among the short, middle or long third."""
    lengths = sorted(map(len, prompts))
    if not lengths:
        return []
    first, second = lengths[len(lengths) // 3], lengths[2 * len(lengths) // 3]
    names = []
    for prompt in prompts:
        if len(prompt) < first:
            names.append("short")
        else:
            names.append("middle" if len(prompt) < second else "long")
    return names


def by_script(prompts: Sequence[str]) -> list[str]:
    """Return in which script each prompt is written; a guess at its language."""
    return [script_of(prompt) for prompt in prompts]


def by_label(references: Sequence[str]) -> list[str]:
    """Return the label of each item: what its reference says."""
    return [reference.strip() for reference in references]
