"""Which tokens are trained: what the chat template adds for an answer, up to the first stop token.

Most chat templates carry no marks for the answer, so it is found by rendering:
`P` the turns before it with the opening of an answer, `T` the turns up to and with it, `F` all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from core.data.rows import Example, Message

Strategy = Literal["whole", "per_turn", "stitched"]


class Renderer(Protocol):
    """What is needed of a tokenizer."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """Ids of the tokens that end an answer."""
        ...

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Return the turns as the model sees them; with `opening`, an answer is about to begin."""
        ...

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a text and the characters each one covers; nothing is added."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One sequence to train on."""

    row: int
    """Number of the row it came from."""
    ids: tuple[int, ...]
    trained: tuple[bool, ...]
    """For each token, whether predicting it carries loss; the first never does."""
    strategy: Strategy

    @property
    def supervised(self) -> int:
        """Return how many tokens carry loss."""
        return sum(self.trained)


class Masked(NamedTuple):
    """The sequences of a row, or why there are none."""

    rows: tuple[TokenRow, ...]
    problem: str | None
    """What makes the row untrainable, in words that follow "row N "; None when all is well."""


class _Turn(NamedTuple):
    """The three texts around one trained answer."""

    before: str
    upto: str
    message: Message


def mask(example: Example, renderer: Renderer) -> Masked:
    """Return what a row trains, token by token."""
    raw = [message.raw for message in example.messages]
    try:
        whole = renderer.render(raw, example.tools, opening=False)
        turns = [
            _Turn(
                renderer.render(raw[:place], example.tools, opening=True),
                renderer.render(raw[: place + 1], example.tools, opening=False),
                message,
            )
            for place, message in enumerate(example.messages)
            if message.trains
        ]
    except Exception as error:  # a template is somebody's program: it may raise anything
        return Masked((), f"is refused by the chat template: {error}")
    if not turns:
        return Masked((), "has no answer that carries loss")
    return _build(example.row, whole, turns, renderer)


def _build(row: int, whole: str, turns: Sequence[_Turn], renderer: Renderer) -> Masked:
    """Return the sequences by the first strategy whose condition holds."""
    grows = all(turn.upto.startswith(turn.before) for turn in turns)
    if grows and all(whole.startswith(turn.upto) for turn in turns):
        spans = [(len(turn.before), len(turn.upto)) for turn in turns]
        built = [_sequence(row, whole, spans, renderer, "whole")]
    elif grows:
        built = [
            _sequence(row, turn.upto, [(len(turn.before), len(turn.upto))], renderer, "per_turn")
            for turn in turns
        ]
    else:
        stitched = [_stitch(turn) for turn in turns]
        if any(text is None for text in stitched):
            return Masked((), "has an answer that the chat template does not show as written")
        built = [
            _sequence(row, text, [(len(turn.before), len(text))], renderer, "stitched")
            for turn, text in zip(turns, stitched, strict=True)
            if text is not None
        ]
    missing = [turn for turn in turns if not _shown(turn)]
    if missing:
        return Masked((), "has an answer that the chat template does not show as written")
    if any(sequence is None for sequence in built):
        return Masked((), "has no stop token after an answer, so the model would never stop")
    return Masked(tuple(sequence for sequence in built if sequence is not None), None)


def _stitch(turn: _Turn) -> str | None:
    """Return opening, answer and what follows, for templates that rewrite the opening."""
    answer = turn.message.text.strip()
    at = turn.upto.rfind(answer)
    return None if at < 0 or not answer else turn.before + turn.upto[at:]


def _shown(turn: _Turn) -> bool:
    """Whether the finished turn holds the answer; calls of tools are rendered in other words."""
    calls = turn.message.raw.get("tool_calls") or turn.message.raw.get("function_call")
    return bool(calls) or turn.message.text.strip() in turn.upto


def _sequence(
    row: int,
    text: str,
    spans: Sequence[tuple[int, int]],
    renderer: Renderer,
    strategy: Strategy,
) -> TokenRow | None:
    """Return the tokens of a text, those of its spans trained; None where a span never stops."""
    ids, inside = _pieces(text, spans, renderer)
    trained: list[bool] = [False] * len(ids)
    for span in range(len(spans)):
        places = [place for place, owner in enumerate(inside) if owner == span]
        stop = next((at for at, p in enumerate(places) if ids[p] in renderer.stop_ids), None)
        if stop is None:
            return None
        for place in places[: stop + 1]:
            trained[place] = place > 0
    return TokenRow(row=row, ids=tuple(ids), trained=tuple(trained), strategy=strategy)


def _pieces(
    text: str, spans: Sequence[tuple[int, int]], renderer: Renderer
) -> tuple[list[int], list[int | None]]:
    """Return ids and, for each, the span it lies in.

    A token across a border would be cut differently when answering, where the text ends at the
    border; then every piece is encoded by itself.
    """
    ids, offsets = renderer.encode(text)
    borders = {border for span in spans for border in span}
    if not any(start < border < end for start, end in offsets for border in borders):
        return ids, [_owner(start, end, spans) for start, end in offsets]
    ids, inside = [], list[int | None]()
    at = 0
    for number, (start, end) in enumerate(spans):
        for piece, owner in ((text[at:start], None), (text[start:end], number)):
            encoded, _ = renderer.encode(piece)
            ids += encoded
            inside += [owner] * len(encoded)
        at = end
    encoded, _ = renderer.encode(text[at:])
    return ids + encoded, inside + [None] * len(encoded)


def _owner(start: int, end: int, spans: Sequence[tuple[int, int]]) -> int | None:
    """Return the number of the span that holds these characters."""
    for number, (first, last) in enumerate(spans):
        if first <= start and end <= last and start < last:
            return number
    return None
