"""Which tokens are trained: what the chat template adds for an answer, up to the first stop token.

Most chat templates carry no marks for the answer, so it is found by rendering:
`P` the turns before it with the opening of an answer, `T` the turns up to and with it, `F` all.
Whatever the way, the tokens of every span are decoded again and must give the answer.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Protocol

from core.data.rows import Example, Message
from core.text_safety import clip

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
_SPACE = re.compile(r"\s+")


class Renderer(Protocol):
    """What is needed of a tokenizer."""

    @property
    def stop_ids(self) -> frozenset[int]:
        """Ids of the tokens that end an answer."""
        ...

    @property
    def added_ids(self) -> frozenset[int]:
        """Ids of the tokens that no text is cut into by itself: marks of turns, ends, padding."""
        ...

    def render(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None, *, opening: bool
    ) -> str:
        """Return the turns as the model sees them; with `opening`, an answer is about to begin."""
        ...

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a text and the characters each one covers; nothing is added."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens, marks included."""
        ...

    def marked(
        self, messages: Sequence[dict[str, Any]], tools: list[Any] | None
    ) -> list[int] | None:
        """Return the tokens that the template itself marks as answers; None when it marks none."""
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


class _Span(NamedTuple):
    """Where one answer stands in a text, and what must be found there."""

    start: int
    end: int
    holds: tuple[str, ...]
    """Texts that the trained tokens must give back, compared without white space."""


class _Encoded(NamedTuple):
    """The tokens of a text."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    owners: list[int | None]
    """For each token, the number of the span it lies in."""
    merged: bool
    """Whether pieces were encoded apart, because a token lay across a border."""


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
        spans = [_Span(len(t.before), len(t.upto), _parts(t.message)) for t in turns]
        return (_sequence(example.row, whole, spans, renderer, "whole", flags),), frozenset(flags)
    rows: list[TokenRow] = []
    strategy: Strategy = "per_turn" if grows else "stitched"
    for turn in turns:
        if grows:
            text, holds = turn.upto, _parts(turn.message)
        else:
            text, holds = _stitch(example, turn, renderer, flags)
        span = _Span(len(turn.before), len(text), holds)
        rows.append(_sequence(example.row, text, [span], renderer, strategy, flags))
    return tuple(rows), frozenset(flags)


def _grows(turn: _Turn) -> bool:
    """Whether the finished turn goes on from its opening and shows the answer."""
    return turn.upto.startswith(turn.before) and _holds(
        turn.upto[len(turn.before) :], _parts(turn.message)
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
    holds = tuple(_without(part, opened) for part in _parts(turn.message))
    finished = turn.upto[start:] if turn.upto.startswith(shown[:start]) else ""
    answer = _without(finished, opened)
    if not finished or not _holds(answer, holds):
        place = shown.rfind(_STAND_IN)
        if place < 0 or _calls(turn.message):
            raise _Untrainable(
                "not_shown", "has an answer that the chat template does not show as written"
            )
        text = _content(turn.message).strip()
        answer = _without(text, opened) + shown[place + len(_STAND_IN) :]
    if opened and f"</{opened[1]}>" not in answer:
        flags.add("unclosed_thought")
    return turn.before + answer, holds


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


def _content(message: Message) -> str:
    """Return the words of a turn without its calls of tools."""
    content = message.raw.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content if isinstance(content, str) else ""


def _called(message: Message) -> list[dict[str, Any]]:
    """Return the functions that a turn calls."""
    calls = [*(message.raw.get("tool_calls") or ()), message.raw.get("function_call")]
    found = [call.get("function", call) for call in calls if isinstance(call, dict)]
    return [function for function in found if isinstance(function, dict)]


def _calls(message: Message) -> list[str]:
    """Return the names of the tools that a turn calls."""
    return [str(function.get("name", "")) for function in _called(message)]


def _arguments(message: Message) -> list[str]:
    """Return the arguments that a turn gives as text."""
    given = [function.get("arguments") for function in _called(message)]
    return [one for one in given if isinstance(one, str)]


def _escaped(whole: str, arguments: str) -> bool:
    """Whether a text shows arguments as a string inside a string, which no tool can read."""
    inner = json.dumps(arguments, ensure_ascii=False)[1:-1]
    return inner != arguments and inner in whole and arguments not in whole


def _parts(message: Message) -> tuple[str, ...]:
    """Return what must be found where a turn is shown; calls are rendered in other words."""
    return (_content(message), *_calls(message))


def _holds(text: str, parts: Sequence[str]) -> bool:
    """Whether a text has all the parts; templates may change the white space around them."""
    if all(part.strip() in text for part in parts):
        return True
    bare = _SPACE.sub("", text)
    return all(_SPACE.sub("", part) in bare for part in parts)


def _context_flags(
    example: Example, whole: str, rows: Sequence[TokenRow], renderer: Renderer
) -> set[Flag]:
    """Return what of the row the template leaves out, and where its own marks differ."""
    flags: set[Flag] = set()
    for message in example.messages:
        if message.role != "assistant" and not _shows(whole, _content(message)):
            flags.add("turn_not_shown")
        thought = message.raw.get("reasoning_content") if message.trains else None
        if isinstance(thought, str) and not _holds(
            "".join(renderer.decode(row.ids) for row in rows), (thought,)
        ):
            flags.add("thought_not_shown")
    if any(_escaped(whole, one) for message in example.messages for one in _arguments(message)):
        flags.add("escaped_arguments")
    if example.tools and not any(_holds(whole, (name,)) for name in _tool_names(example.tools)):
        flags.add("tools_not_shown")
    if all(message.trains for message in example.messages if message.role == "assistant"):
        marked = renderer.marked([message.raw for message in example.messages], example.tools)
        if marked is not None and marked != _trained_ids(rows):
            flags.add("marks_differ")
    return flags


def _shows(whole: str, content: str) -> bool:
    """Whether a text has the words of a turn, as they are or as a JSON string."""
    escaped = (json.dumps(content, ensure_ascii=ascii)[1:-1] for ascii in (False, True))
    return _holds(whole, (content,)) or any(_holds(whole, (one,)) for one in escaped)


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
    spans: Sequence[_Span],
    renderer: Renderer,
    strategy: Strategy,
    flags: set[Flag],
) -> TokenRow:
    """Return the tokens of a text, those of its spans trained, once decoding them proves it."""
    encoded = _joint(text, spans, renderer)
    if encoded is not None:
        trained, fault = _trained(text, spans, encoded, renderer)
    if encoded is None or (fault and fault.kind == "decode_mismatch"):
        encoded = _apart(text, spans, renderer)
        trained, fault = _trained(text, spans, encoded, renderer)
    if fault:
        raise fault
    if encoded.merged:
        flags.add("boundary_merge")
    return TokenRow(row=row, ids=tuple(encoded.ids), trained=tuple(trained), strategy=strategy)


def _trained(
    text: str, spans: Sequence[_Span], encoded: _Encoded, renderer: Renderer
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
        if not _holds(written, span.holds):
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
    text: str, span: _Span, encoded: _Encoded, places: Sequence[int], renderer: Renderer
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


def _joint(text: str, spans: Sequence[_Span], renderer: Renderer) -> _Encoded | None:
    """Return the tokens of the whole text; None where they depend on what is behind a border.

    When answering the text ends at the border of the answer, and must give the same tokens. White
    space before a border may be cut differently without any token lying across it.
    """
    ids, offsets = renderer.encode(text)
    borders = {border for span in spans for border in (span.start, span.end)}
    if any(start < border < end for start, end in offsets for border in borders):
        return None
    for span in spans:
        before, _ = renderer.encode(text[: span.start])
        if ids[: len(before)] != before:
            return None
    owners = [_owner(start, end, spans) for start, end in offsets]
    return _Encoded(ids, offsets, owners, merged=False)


def _apart(text: str, spans: Sequence[_Span], renderer: Renderer) -> _Encoded:
    """Return the tokens of every piece, each encoded by itself."""
    whole = _Encoded([], [], [], merged=True)
    at = 0
    for number, span in enumerate(spans):
        for start, end, owner in ((at, span.start, None), (span.start, span.end, number)):
            _append(whole, text, start, end, owner, renderer)
        at = span.end
    _append(whole, text, at, len(text), None, renderer)
    return whole


def _append(
    whole: _Encoded, text: str, start: int, end: int, owner: int | None, renderer: Renderer
) -> None:
    """Add one piece of a text to the tokens."""
    ids, offsets = renderer.encode(text[start:end])
    whole.ids.extend(ids)
    whole.offsets.extend((start + first, start + last) for first, last in offsets)
    whole.owners.extend([owner] * len(ids))


def _owner(start: int, end: int, spans: Sequence[_Span]) -> int | None:
    """Return the number of the span that holds these characters."""
    for number, span in enumerate(spans):
        if span.start <= start and end <= span.end and start < span.end:
            return number
    return None


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
