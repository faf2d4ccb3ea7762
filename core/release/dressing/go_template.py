"""Finds the Go template that writes the same as a chat template, by asking the chat template.

Between marked turns stand the pieces that the template adds; they are taken apart and put into a Go
template, which is then tried on conversations of every kind before anybody is given it.

    start | [before system] S [after] | [before] U [after] | [before] A [after] | ... | opening
"""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from core.errors import JobError
from core.release.dressing.artefact import Artefact, Render
from core.release.dressing.go_render import render as go_render
from core.text_safety import clip, visible

_S, _U, _A, _V = "zqSYSTEMqz", "zqUSERqz", "zqANSWERqz", "zqAGAINqz"
_HARD = 'two\nlines, "quotes" and {{ braces }} \\n, <b>&amp;</b>, naïve 漢字 🙂'


class Pieces(NamedTuple):
    """What a chat template writes around the words of turns."""

    start: str
    """Before the first turn, where no system turn is given."""
    system: tuple[str, str] | None
    """Around the system's words, the start included; None where the template takes none."""
    user: tuple[str, str]
    answer: tuple[str, str]
    opening: str
    """After the last turn, where the answer begins."""


class Found(NamedTuple):
    """A Go template and how far it is right."""

    text: str
    tried: int
    """Conversations rendered both ways."""
    differ: int
    """Of the person's own conversations, those that come out otherwise."""
    notes: tuple[str, ...]


def go_template(artefact: Artefact) -> Found:
    """Return the Go template of a chat template, or say that there is none."""
    wanted = _without_bos(artefact)
    pieces = find_pieces(wanted)
    text = write_template(pieces)
    probes = _probes(system=pieces.system is not None)
    for probe in probes:
        if go_render(text, probe) != wanted(probe):
            raise _none(f"with {len(probe)} turns it would be written otherwise")
    notes = []
    if pieces.system is None:
        notes.append("The chat template takes no system turn; Ollama drops what it is given.")
    if artefact.bos and artefact.adds_bos and not _begins_with_bos(artefact):
        notes.append(
            f"The tokenizer puts {visible(artefact.bos)} first, which the chat template does not."
        )
    if go_render(text, _EDGES) != wanted(_EDGES):
        notes.append("The chat template trims white space around turns, which Go's cannot.")
    own = [_plain(prompt) for prompt in artefact.prompts]
    differ = sum(one is None or not _same(text, wanted, one) for one in own)
    if differ:
        notes.append(
            f"{differ} of {len(own)} validation prompts are written otherwise by Ollama: tools, "
            "several turns of one role in a row, or white space around turns."
        )
    return Found(text, len(probes) + len(own), differ, tuple(notes))


def find_pieces(render: Render) -> Pieces:
    """Return what the template writes around turns, taken from marked conversations."""
    turns = [_turn("user", _U), _turn("assistant", _A), _turn("user", _V)]
    start, to_answer, to_user, to_opening = _between(render(turns), _U, _A, _V)
    system: tuple[str, str] | None = None
    befores = [start, to_user]
    try:
        text = render([_turn("system", _S), *turns])
    except Exception:  # a template says by any exception that it takes no such turn
        text = ""
    if _S in text:
        system_before, to_first, *_ = _between(text, _S, _U, _A, _V)
        befores.append(to_first)
    user_before = _common_end(befores)
    user_after = _common_start([to_answer, to_opening])
    if _S in text:
        system = (system_before, to_first.removesuffix(user_before))
    return Pieces(
        start=start.removesuffix(user_before),
        system=system,
        user=(user_before, user_after),
        answer=(to_answer.removeprefix(user_after), to_user.removesuffix(user_before)),
        opening=to_opening.removeprefix(user_after),
    )


def write_template(pieces: Pieces) -> str:
    """Return the template in Go's language, fit to stand between triple quotes."""
    start = _literal(pieces.start)
    if pieces.system is not None:
        before, after = map(_literal, pieces.system)
        start = f"{{{{ if .System }}}}{before}{{{{ .System }}}}{after}{{{{ else }}}}{start}"
        start += "{{ end }}"
    user, answer = (
        f"{_literal(before)}{{{{ .Content }}}}{_literal(after)}"
        for before, after in (pieces.user, pieces.answer)
    )
    return (
        f'{start}{{{{ range .Messages }}}}{{{{ if eq .Role "user" }}}}{user}'
        f'{{{{ else if eq .Role "assistant" }}}}{answer}{{{{ end }}}}{{{{ end }}}}'
        f"{_literal(pieces.opening)}"
    )


_EDGES = ({"role": "user", "content": " edges \n"},)


def _probes(*, system: bool) -> list[tuple[dict[str, str], ...]]:
    """Return conversations of every kind that must come out alike."""
    u, a, s = _turn("user", "one"), _turn("assistant", "two"), _turn("system", "be kind")
    hard = _turn("user", _HARD), _turn("assistant", _HARD), _turn("user", "so?")
    found = [(u,), (u, a, u), hard, (u, a, u, a, *hard)]
    if system:
        found += [(s, *one) for one in found] + [(_turn("system", _HARD), u)]
    return found


def _without_bos(artefact: Artefact) -> Render:
    """Return the template without the first token that the server's tokenizer adds by itself."""
    if not (artefact.bos and artefact.adds_bos):
        return artefact.render
    return lambda turns: artefact.render(turns).removeprefix(artefact.bos)


def _begins_with_bos(artefact: Artefact) -> bool:
    return artefact.render([_turn("user", _U)]).startswith(artefact.bos)


def _same(text: str, wanted: Render, turns: Sequence[dict[str, str]]) -> bool:
    """Whether both write a conversation alike; one that the chat template refuses is not asked."""
    try:
        expected = wanted(turns)
    except Exception:  # whatever the template raises
        return False
    return go_render(text, turns) == expected


def _plain(turns: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], ...] | None:
    """Return turns of words alone; None where there is more in them."""
    known = {"system", "user", "assistant"}
    if any(
        one.get("role") not in known
        or not isinstance(one.get("content"), str)
        or "tool_calls" in one
        for one in turns
    ):
        return None
    return tuple(_turn(str(one["role"]), str(one["content"])) for one in turns)


def _between(text: str, *marks: str) -> list[str]:
    """Return what stands before, between and after the marks."""
    found: list[str] = []
    for mark in marks:
        before, there, text = text.partition(mark)
        if not there or mark in text:
            raise _none("a turn is left out, repeated or put elsewhere")
        found.append(before)
    return [*found, text]


def _common_start(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False))
    return "".join(column[0] for column in columns)


def _common_end(texts: Sequence[str]) -> str:
    return _common_start([text[::-1] for text in texts])[::-1]


def _literal(text: str) -> str:
    """Return text as it must stand in the template so that it means itself."""

    def quoted(found: re.Match[str]) -> str:
        if found[0].startswith("{"):
            return f'{{{{ "{found[0]}" }}}}'
        return '{{ "\\"" }}' * len(found[0])

    return re.sub(r'\{+|"{3,}|"\Z|\A"', quoted, text)


def _turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _none(why: str) -> JobError:
    return JobError(
        what="The chat template cannot be written as a template of Ollama.",
        why=f"Tried on conversations, {clip(visible(why), 200)}.",
        remedy="Export with --to vllm or --to gguf: those servers use the chat template itself.",
    )
