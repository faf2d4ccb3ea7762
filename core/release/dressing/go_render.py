"""Renders the part of Go's text/template that our Modelfiles use, as Ollama would.

Known are: text, string constants, fields, `eq`, `if`, `else if`, `else`, `range`, `end`, and the
trimming of `{{-` and `-}}`. Whatever else stands in a template is refused, never guessed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

_ACTION = re.compile(r"\{\{(-(?=\s))?(.*?)((?<=\s)-)?\}\}", re.DOTALL)
_WORD = re.compile(r'\s*("(?:[^"\\\n]|\\.)*"|\$?\.?[A-Za-z][A-Za-z.]*|\$)')
_SPACE = " \t\r\n"

Node: TypeAlias = "str | Action | Choice | Loop"


class Action(NamedTuple):
    """Writes a value."""

    words: tuple[str, ...]


class Choice(NamedTuple):
    """Writes one of two parts."""

    words: tuple[str, ...]
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


class Loop(NamedTuple):
    """Writes a part for each value."""

    words: tuple[str, ...]
    body: tuple[Node, ...]


def render(template: str, messages: Sequence[Mapping[str, str]]) -> str:
    """Return what Ollama puts before the model for these turns."""
    system, merged = collate(messages)
    root = {"System": system, "Messages": merged}
    parts = list(_parts(template))
    nodes, rest = _parse(parts)
    if rest:
        raise ValueError(f"{rest[0]} closes nothing")
    return "".join(_write(nodes, root, root))


def collate(messages: Sequence[Mapping[str, str]]) -> tuple[str, list[dict[str, str]]]:
    """Return the words of the system, and all turns with neighbours of one role made one."""
    system = [one["content"] for one in messages if one["role"] == "system"]
    merged: list[dict[str, str]] = []
    for one in messages:
        if merged and merged[-1]["Role"] == one["role"]:
            merged[-1]["Content"] += "\n\n" + one["content"]
        else:
            merged.append({"Role": one["role"], "Content": one["content"]})
    return "\n\n".join(system), merged


def _parts(template: str) -> Iterator[str | tuple[str, ...]]:
    """Yield texts and the words of actions."""
    at, trim = 0, False
    for found in _ACTION.finditer(template):
        text = template[at : found.start()]
        text = text.lstrip(_SPACE) if trim else text
        yield text.rstrip(_SPACE) if found[1] else text
        yield _words(found[2])
        at, trim = found.end(), bool(found[3])
    text = template[at:]
    yield text.lstrip(_SPACE) if trim else text


def _words(action: str) -> tuple[str, ...]:
    """Return the words of one action."""
    words: list[str] = []
    at, action = 0, action.strip()
    while at < len(action):
        found = _WORD.match(action, at)
        if found is None:
            raise ValueError(f"{action[at:]!r} is not known here")
        words.append(found[1])
        at = found.end()
    return tuple(words)


def _parse(
    parts: Sequence[Any],
) -> tuple[tuple[Node, ...], Sequence[Any]]:
    """Return the nodes up to an `else` or `end` that belongs to somebody above, and the rest."""
    nodes: list[Node] = []
    while parts:
        head, *parts = parts
        if isinstance(head, str):
            nodes.append(head)
        elif head[:1] in {("else",), ("end",)}:
            return tuple(nodes), [head, *parts]
        elif head[:1] == ("if",):
            choice, parts = _choice(head[1:], parts)
            nodes.append(choice)
        elif head[:1] == ("range",):
            body, parts = _parse(parts)
            nodes.append(Loop(head[1:], body))
            parts = _closed(parts)
        else:
            nodes.append(Action(head))
    return tuple(nodes), []


def _choice(words: tuple[str, ...], parts: Sequence[Any]) -> tuple[Choice, Sequence[Any]]:
    """Return an `if` with its branches, and what follows its `end`."""
    then, parts = _parse(parts)
    if not parts or parts[0][0] == "end":
        return Choice(words, then, ()), _closed(parts)
    head, *parts = parts
    if head[1:2] == ("if",):
        inner, parts = _choice(head[2:], parts)
        return Choice(words, then, (inner,)), parts
    otherwise, parts = _parse(parts)
    return Choice(words, then, otherwise), _closed(parts)


def _closed(parts: Sequence[Any]) -> Sequence[Any]:
    if not parts or parts[0] != ("end",):
        raise ValueError("an `end` is missing")
    return parts[1:]


def _write(nodes: Sequence[Node], dot: Any, root: Any) -> Iterator[str]:
    """Yield what the nodes write."""
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, Action):
            yield str(_value(node.words, dot, root))
        elif isinstance(node, Choice):
            branch = node.then if _value(node.words, dot, root) else node.otherwise
            yield from _write(branch, dot, root)
        else:
            for one in _value(node.words, dot, root):
                yield from _write(node.body, one, root)


def _value(words: Sequence[str], dot: Any, root: Any) -> Any:
    """Return what the words stand for."""
    if words and words[0] == "eq" and len(words) == 3:
        return _value(words[1:2], dot, root) == _value(words[2:], dot, root)
    if len(words) != 1:
        raise ValueError(f"{' '.join(words)!r} is not known here")
    word = words[0]
    if word.startswith('"'):
        return json.loads(word)
    place = root if word.startswith("$") else dot
    name = word.lstrip("$").removeprefix(".")
    if not word.lstrip("$").startswith(".") or name not in place:
        raise ValueError(f"{word!r} is not known here")
    return place[name]
