"""From two answers to one question: where they part, and for which reason."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Cause = Literal["template", "bos_eos", "stop_words", "length_limit", "precision", "weights"]
WORDS: dict[Cause, str] = {
    "template": "another chat template: the prompt is put otherwise",
    "bos_eos": "a token too many or too few at the edge of the prompt (BOS or EOS)",
    "stop_words": "other stop words: an answer ends too early or goes on",
    "length_limit": "a length limit cuts answers",
    "precision": "coarser numbers: the scored model, rounded likewise, answers the same",
    "weights": "none of the known reasons: these may be other weights",
}
_NEAR = 0.25
"""Logits closer than this change places by rounding in half precision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer as far as it is known."""

    ids: tuple[int, ...]
    """Its tokens without the one that ended it."""
    stopped: bool
    """Whether a stop token or word ended it, not a limit."""
    prompt: tuple[int, ...] | None = None
    """Tokens of the prompt; None where a server does not say."""
    prompt_tokens: int | None = None
    """How many they were; None where a server does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The export asked once more, with one thing at a time set right; each None is "not tried"."""

    right_prompt: Callable[[], Answered | None] = lambda: None
    """With the very tokens of the scored prompt."""
    right_stop: Callable[[], Answered | None] = lambda: None
    """With the stop words of the scored model."""
    rounded: Callable[[], bool | None] = lambda: None
    """Whether the scored model answers like the export once its numbers are rounded likewise."""
    margin: Callable[[], float | None] = lambda: None
    """How far apart the two tokens are for the scored model where the answers part, in logits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """How one answer differs."""

    at: int | None
    """Place of the first token that is another one, from 0; None where only the prompt differs."""
    causes: tuple[Cause, ...]
    """Why, the first one first."""
    confirmed: bool
    """Whether asking again with the cause removed gave the scored answer."""


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def same(one: Answered, other: Answered) -> bool:
    """Whether both are the same answer with the same end."""
    return one.ids == other.ids and one.stopped == other.stopped


def part(wanted: Answered, got: Answered, again: Again, edge: Collection[int]) -> Parted | None:
    """Return how an answer differs from the scored one, and why; None where it does not.

    `edge` are the tokens that open and close texts: one more or less of them is its own reason. A
    prompt that is known to be another one is named although the answer is the same: with the next
    question it need not be.
    """
    if same(wanted, got):
        exact = wanted.prompt is not None and got.prompt is not None
        put = _prompt_cause(wanted, got, edge) if exact else None
        return None if put is None else Parted(at=None, causes=(put,), confirmed=True)
    at = common(wanted.ids, got.ids)
    asked = _prompt_cause(wanted, got, edge)
    if asked is not None:
        mended = again.right_prompt()
        if mended is None:
            return Parted(at=at, causes=(asked,), confirmed=False)
        if same(wanted, mended):
            return Parted(at=at, causes=(asked,), confirmed=True)
        cause, confirmed = _answer_cause(wanted, mended, again)
        return Parted(at=at, causes=(asked, cause), confirmed=confirmed)
    cause, confirmed = _answer_cause(wanted, got, again)
    return Parted(at=at, causes=(cause,), confirmed=confirmed)


def _prompt_cause(wanted: Answered, got: Answered, edge: Collection[int]) -> Cause | None:
    """Return why the prompts differ; None where they do not, as far as that is known."""
    if wanted.prompt is not None and got.prompt is not None:
        if wanted.prompt == got.prompt:
            return None
        return "bos_eos" if _bare(wanted.prompt, edge) == _bare(got.prompt, edge) else "template"
    if wanted.prompt_tokens is None or got.prompt_tokens is None:
        return None
    more = abs(got.prompt_tokens - wanted.prompt_tokens)
    return None if more == 0 else "bos_eos" if more == 1 else "template"


def _bare(prompt: Sequence[int], edge: Collection[int]) -> tuple[int, ...]:
    """Return a prompt without the edge tokens at its two ends."""
    start, end = 0, len(prompt)
    while start < end and prompt[start] in edge:
        start += 1
    while end > start and prompt[end - 1] in edge:
        end -= 1
    return tuple(prompt[start:end])


def _answer_cause(wanted: Answered, got: Answered, again: Again) -> tuple[Cause, bool]:
    """Return why answers to one prompt differ, and whether that was confirmed."""
    at = common(wanted.ids, got.ids)
    if at == len(got.ids) and not got.stopped:
        # It was cut where the scored answer goes on, or where that one stops by itself.
        return "length_limit", len(got.ids) < len(wanted.ids)
    if at in {len(wanted.ids), len(got.ids)}:
        mended = again.right_stop()
        if mended is None or same(wanted, mended):
            return "stop_words", mended is not None
    if rounded := again.rounded():
        return "precision", True
    margin = again.margin()
    if rounded is None and margin is not None and margin < _NEAR:
        return "precision", False
    return "weights", False
