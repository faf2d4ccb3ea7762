"""Which tokens are trained: what the chat template adds for an answer, up to the first stop token.

Most chat templates carry no marks for the answer, so it is found by rendering:
`P` the turns before it with the opening of an answer, `T` the turns up to and with it, `F` all.
Whatever the way, the tokens of every span are decoded again and must give the answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from core.data.rows import Example, Message
from core.text_safety import clip
from core.training.spans import Encoded, Renderer, Span, apart, joint
from core.training.turn_text import (
    arguments_of,
    calls_of,
    content_of,
    holds,
    is_escaped,
    parts_of,
    shows,
)

MASK_VERSION = 1
"""Goes into the key of every token cache; raise it when the same row would get other tokens."""

Strategy = Literal["whole", "per_turn", "stitched"]
Problem = Literal[
    "template_error",
    "nothing_to_train",
    "not_shown",
    "never_stops",
    "control_text",
    "decode_mismatch",
]
"""Why a row cannot be trained."""
Flag = Literal[
    "boundary_merge",
    "turn_not_shown",
    "tools_not_shown",
    "thought_not_shown",
    "unclosed_thought",
    "escaped_arguments",
    "marks_differ",
    "answer_cut",
]
"""What a person should know of a row that can be trained."""

_STAND_IN = "\ue0f0standin\ue0f1"
"""Put in the place of an answer to see what a template adds around it; private use characters."""
_ERROR_LIMIT = 300
_OPENED = re.compile(r"<([^<>/\s][^<>\s]*)>\s*\Z")


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
    kind: Problem | None = None
    """The name of the problem."""
    flags: frozenset[Flag] = frozenset()
    shown: tuple[int, ...] = ()
    """The tokens of a row that cannot be trained, as far as they are known."""


class _Untrainable(Exception):
    """Leaves the building of a row at the place where its problem is seen."""

    def __init__(self, kind: Problem, words: str) -> None:
        super().__init__(words)
        self.kind: Problem = kind


class _Turn(NamedTuple):
    """The two texts around one trained answer."""

    place: int
    before: str
    upto: str
    message: Message


def mask(example: Example, renderer: Renderer) -> Masked:
    """Return what a row trains, token by token."""
    raw = [message.raw for message in example.messages]
    try:
        whole = renderer.render(raw, example.tools, opening=False)
        turns = list(_turns(example, whole, renderer))
    except Exception as error:  # a template is somebody's program: it may raise anything
        return Masked((), _refused(error), "template_error")
    try:
        if not turns:
            raise _Untrainable("nothing_to_train", "has no answer that carries loss")
        rows, flags = _build(example, whole, turns, renderer)
    except _Untrainable as problem:
        shown = tuple(renderer.encode(whole)[0])
        return Masked((), str(problem), problem.kind, shown=shown)
    return Masked(rows, None, flags=flags | _context_flags(example, whole, rows, renderer))


def _turns(example: Example, whole: str, renderer: Renderer) -> Iterator[_Turn]:
    """Yield the texts around each trained answer."""
    raw = [message.raw for message in example.messages]
    for place, message in enumerate(example.messages):
        if message.trains:
            before = renderer.render(raw[:place], example.tools, opening=True)
            last = place == len(raw) - 1
            upto = (
                whole if last else renderer.render(raw[: place + 1], example.tools, opening=False)
            )
            yield _Turn(place, before, upto, message)


def _build(
    example: Example, whole: str, turns: Sequence[_Turn], renderer: Renderer
) -> tuple[tuple[TokenRow, ...], frozenset[Flag]]:
    """Return the sequences by the first strategy whose condition holds."""
    flags: set[Flag] = set()
    grows = all(_grows(turn) for turn in turns)
    if grows and all(whole.startswith(turn.upto) for turn in turns):
        spans = [Span(len(t.before), len(t.upto), parts_of(t.message)) for t in turns]
        return (_sequence(example.row, whole, spans, renderer, "whole", flags),), frozenset(flags)
    rows: list[TokenRow] = []
    strategy: Strategy = "per_turn" if grows else "stitched"
    for turn in turns:
        if grows:
            text, held = turn.upto, parts_of(turn.message)
        else:
            text, held = _stitch(example, turn, renderer, flags)
        span = Span(len(turn.before), len(text), held)
        rows.append(_sequence(example.row, text, [span], renderer, strategy, flags))
    return tuple(rows), frozenset(flags)


def _grows(turn: _Turn) -> bool:
    """Whether the finished turn goes on from its opening and shows the answer."""
    return turn.upto.startswith(turn.before) and holds(
        turn.upto[len(turn.before) :], parts_of(turn.message)
    )


def _stitch(
    example: Example, turn: _Turn, renderer: Renderer, flags: set[Flag]
) -> tuple[str, tuple[str, ...]]:
    """Return opening, answer and what follows, for templates that rewrite the opening.

    Also returned is what the answer must hold. A thought that the template drops from finished
    turns is kept: the model has to write it.
    """
    shown = _with_stand_in(example, turn, renderer)
    start = shared(turn.before, shown)
    opened = _OPENED.search(turn.before[start:])
    held = tuple(_without(part, opened) for part in parts_of(turn.message))
    finished = turn.upto[start:] if turn.upto.startswith(shown[:start]) else ""
    answer = _without(finished, opened)
    if not finished or not holds(answer, held):
        place = shown.rfind(_STAND_IN)
        if place < 0 or calls_of(turn.message):
            raise _Untrainable(
                "not_shown", "has an answer that the chat template does not show as written"
            )
        text = content_of(turn.message).strip()
        answer = _without(text, opened) + shown[place + len(_STAND_IN) :]
    if opened and f"</{opened[1]}>" not in answer:
        flags.add("unclosed_thought")
    return turn.before + answer, held


def _with_stand_in(example: Example, turn: _Turn, renderer: Renderer) -> str:
    """Return the finished turn with other words in the place of the answer."""
    raw = [message.raw for message in example.messages[: turn.place]]
    content: object = _STAND_IN
    if isinstance(turn.message.raw.get("content"), list):
        content = [{"type": "text", "text": _STAND_IN}]
    try:
        return renderer.render(
            [*raw, {**turn.message.raw, "content": content}], example.tools, opening=False
        )
    except Exception as error:  # as above
        raise _Untrainable("template_error", _refused(error)) from error


def _refused(error: Exception) -> str:
    """Return what a template's error says of its row."""
    return f"is refused by the chat template: {clip(str(error), _ERROR_LIMIT)}"


def _without(text: str, opened: re.Match[str] | None) -> str:
    """Return a text without the tag that the opening of the answer has written already."""
    tag = f"<{opened[1]}>" if opened else ""
    bare = text.lstrip()
    return bare.removeprefix(tag).lstrip("\n") if tag and bare.startswith(tag) else text


def _context_flags(
    example: Example, whole: str, rows: Sequence[TokenRow], renderer: Renderer
) -> set[Flag]:
    """Return what of the row the template leaves out, and where its own marks differ."""
    flags: set[Flag] = set()
    for message in example.messages:
        if message.role != "assistant" and not shows(whole, content_of(message)):
            flags.add("turn_not_shown")
        thought = message.raw.get("reasoning_content") if message.trains else None
        if isinstance(thought, str) and not holds(
            "".join(renderer.decode(row.ids) for row in rows), (thought,)
        ):
            flags.add("thought_not_shown")
    if any(is_escaped(whole, one) for message in example.messages for one in arguments_of(message)):
        flags.add("escaped_arguments")
    if example.tools and not any(holds(whole, (name,)) for name in _tool_names(example.tools)):
        flags.add("tools_not_shown")
    if all(message.trains for message in example.messages if message.role == "assistant"):
        marked = renderer.marked([message.raw for message in example.messages], example.tools)
        if marked is not None and marked != _trained_ids(rows):
            flags.add("marks_differ")
    return flags


def _tool_names(tools: Sequence[Any]) -> list[str]:
    """Return the names of the tools on offer."""
    offered = [tool.get("function", tool) for tool in tools if isinstance(tool, dict)]
    return [str(one.get("name", "")) for one in offered if isinstance(one, dict)]


def _trained_ids(rows: Sequence[TokenRow]) -> list[int]:
    """Return the tokens that carry loss, in their order."""
    return [
        token
        for row in rows
        for token, trained in zip(row.ids, row.trained, strict=True)
        if trained
    ]


def _sequence(
    row: int,
    text: str,
    spans: Sequence[Span],
    renderer: Renderer,
    strategy: Strategy,
    flags: set[Flag],
) -> TokenRow:
    """Return the tokens of a text, those of its spans trained, once decoding them proves it."""
    encoded = joint(text, spans, renderer)
    if encoded is not None:
        trained, fault = _trained(text, spans, encoded, renderer)
    if encoded is None or (fault and fault.kind == "decode_mismatch"):
        encoded = apart(text, spans, renderer)
        trained, fault = _trained(text, spans, encoded, renderer)
    if fault:
        raise fault
    if encoded.merged:
        flags.add("boundary_merge")
    return TokenRow(row=row, ids=tuple(encoded.ids), trained=tuple(trained), strategy=strategy)


def _trained(
    text: str, spans: Sequence[Span], encoded: Encoded, renderer: Renderer
) -> tuple[list[bool], _Untrainable | None]:
    """Return which tokens carry loss, and what is wrong with them if something is."""
    trained = [False] * len(encoded.ids)
    for number, span in enumerate(spans):
        places = [place for place, owner in enumerate(encoded.owners) if owner == number]
        stop = next((n for n, p in enumerate(places) if encoded.ids[p] in renderer.stop_ids), None)
        if stop is None:
            return trained, _endless(text, span, encoded, places, renderer)
        places = places[: stop + 1]
        written = text[span.start : encoded.offsets[places[-1]][1]]
        if not holds(written, span.holds):
            words = "has an answer with a stop token inside, so what follows it would not be learnt"
            return trained, _Untrainable("control_text", words)
        decoded = renderer.decode([encoded.ids[place] for place in places])
        # A tokenizer may change a text for good, by normal forms or around a first space.
        if decoded != written and decoded != renderer.decode(renderer.encode(written)[0]):
            words = "has an answer whose tokens do not give back its text"
            return trained, _Untrainable("decode_mismatch", words)
        for place in places:
            trained[place] = place > 0
    return trained, None


def _endless(
    text: str, span: Span, encoded: Encoded, places: Sequence[int], renderer: Renderer
) -> _Untrainable:
    """Return the problem of an answer without an end, naming the mark that may be meant as one."""
    said = span.holds[0].strip()
    end = max(span.start, text.rfind(said, span.start, span.end) + len(said))
    marks = [
        encoded.ids[place]
        for place in places
        if encoded.ids[place] in renderer.added_ids and encoded.offsets[place][0] >= end
    ]
    named = f"; {renderer.decode(marks[:1])!r} stands there" if marks else ""
    words = f"has no stop token after an answer, so the model would never stop{named}"
    return _Untrainable("never_stops", words)


def until(example: Example, place: int, *, start: int) -> Example:
    """Return the row up to one answer, only that answer trained, without turns before `start`.

    Turns of the system at the beginning are kept.
    """
    messages = example.messages
    head = next(
        (n for n, one in enumerate(messages) if one.role not in {"system", "developer"}),
        len(messages),
    )
    kept = (*messages[:head], *messages[max(start, head) : place])
    context = tuple(replace(message, trains=False) for message in kept)
    return replace(example, messages=(*context, messages[place]))


def shared(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many places two sequences have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
