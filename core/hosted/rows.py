"""The form in which services take a conversation: one row of ours as one line of theirs."""

import json
from typing import Any

from core.data.rows import Example, Message
from core.hosted.spec import Method

_SENT = ("role", "content", "name", "tool_calls", "tool_call_id", "function_call")
"""Fields of a turn that services take; data has others, which stay here."""


class Unsendable(ValueError):
    """A row that a form cannot say; the words follow "row N "."""


def chat_line(example: Example, method: Method) -> bytes:
    """Return a row as OpenAI, Together and Fireworks read it; weight 0 for an untrained answer."""
    check_pair(example, method)
    if method == "dpo":
        return as_line(_preference(example))
    return as_line({"messages": [_turn(one) for one in example.messages]} | _tools(example))


def check_pair(example: Example, method: Method) -> None:
    """Refuse a row of the other kind of training."""
    if example.rejected and method != "dpo":
        raise Unsendable("is a preference pair, which only the method dpo trains on")
    if not example.rejected and method == "dpo":
        raise Unsendable("is no preference pair, which the method dpo needs")


def as_line(row: dict[str, Any]) -> bytes:
    """Return a row as a line without its end; signs outside ASCII stay, half ones are escaped."""
    try:
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(row, separators=(",", ":")).encode()


def _preference(example: Example) -> dict[str, Any]:
    """Return a pair: what was asked, the better answer, the worse one."""
    asked = [_plain(one) for one in example.prompt]
    chosen = [_plain(one) for one in example.messages[len(example.prompt) :]]
    if len(chosen) != 1 or len(example.rejected) != 1:
        raise Unsendable("has more than one turn on a side, and services compare one answer")
    return {
        "input": {"messages": asked} | _tools(example),
        "preferred_output": chosen,
        "non_preferred_output": [_plain(example.rejected[0])],
    }


def _turn(message: Message) -> dict[str, Any]:
    """Return a turn with its weight where it is not the usual one."""
    plain = _plain(message)
    return plain | {"weight": 0} if message.role == "assistant" and not message.trains else plain


def _plain(message: Message) -> dict[str, Any]:
    return {name: message.raw[name] for name in _SENT if name in message.raw}


def _tools(example: Example) -> dict[str, Any]:
    return {} if example.tools is None else {"tools": example.tools}
