"""Conditions under which a recommendation holds: each unmet or unknown one is a warning."""

from collections.abc import Iterator

from core.decide.answers import Answers
from core.decide.levels import (
    MINIMUM_EXAMPLES,
    RECOMMENDED_EXAMPLES,
    THIN_EXAMPLES,
    WORKABLE_EXAMPLES,
)

_FAST_MS = 300


def warnings(answers: Answers, *, tunes: bool) -> tuple[str, ...]:
    """Return what must hold or be found out, the gravest first."""
    found = [*_responsibility(answers)]
    if tunes:
        found += [*_examples(answers.labelled_examples), *_operations(answers), *_tuning(answers)]
    return tuple(found)


def _responsibility(answers: Answers) -> Iterator[str]:
    """Yield what law and privacy ask, whatever is recommended."""
    if answers.regulated == "yes":
        yield "Regulated: a person must review answers before they count, and a log must be kept."
    if answers.data_may_leave == "no":
        yield "Data may not leave: use models on your own machines only; no hosted service."
    elif answers.data_may_leave == "unknown":
        yield "Find out whether data may leave before sending a row to any hosted service."
    if answers.strong_prompt_solves != "yes" and answers.strong_prompt_tried == "unknown":
        yield "Unknown whether a strong prompt was tried: do that first, it may be enough."


def _examples(examples: int | None) -> Iterator[str]:
    """Yield what the number of labelled examples allows."""
    if examples is None:
        yield f"Count your labelled examples: tuning needs {MINIMUM_EXAMPLES} at the very least."
    elif examples < THIN_EXAMPLES:
        yield f"{examples} examples are the bare minimum; expect to see only big gains."
    elif examples < WORKABLE_EXAMPLES:
        yield f"{examples} examples are thin; every bad row counts, so inspect all of them."
    elif examples < RECOMMENDED_EXAMPLES:
        yield f"{examples} examples can work; {RECOMMENDED_EXAMPLES} or more are recommended."


def _operations(answers: Answers) -> Iterator[str]:
    """Yield what running a tuned model takes."""
    own = answers.data_may_leave == "no"
    if answers.operations_skill == "none" and own:
        yield "Nobody can run a server and data may not leave: settle who runs it before tuning."
    elif answers.operations_skill == "none":
        yield "Nobody can run a server: start with hosted tuning, move it home later."
    if answers.has_gpu == "no" and own:
        yield "No GPU and data may not leave: only small models can be tuned and served."
    elif answers.has_gpu == "no":
        yield "No GPU: tune a small model here, or a larger one with a hosted service."


def _tuning(answers: Answers) -> Iterator[str]:
    """Yield where tuning itself has limits."""
    if answers.complex_reasoning == "yes" or answers.task_kind == "reasoning":
        yield "Tuning fixes the form of answers; check the reasoning itself on the holdout."
    if answers.knowledge_changes == "yearly":
        yield "Facts change yearly: plan a new training each time, or look them up."
    if answers.latency_ms is not None and answers.latency_ms < _FAST_MS and answers.has_gpu == "no":
        yield f"Under {_FAST_MS} ms without a GPU allows very short answers only: measure first."
