"""What a server's reply, or the lack of one, means for the item and for all the others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import openai
from openai.types.chat import ChatCompletion

from core.contenders.pace import told_to_wait
from core.data.formats import canonical
from core.redaction import Redactor
from core.text_safety import clip, visible

_SHOWN = 240
_TIMEOUT, _CONFLICT, _TOO_MANY, _SERVER = 408, 409, 429, 500
_REFUSED = {401, 402, 403, 404, 405, 410}
"""Statuses that every further request would get, too."""


class Said(NamedTuple):
    """A whole answer."""

    text: str
    stopped: bool
    """Whether it ended by itself."""
    tokens_in: int | None
    """Tokens of the prompt as the server counted them; None where it did not say."""
    tokens_out: int | None
    """Tokens of the answer, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No answer, this time or at all."""

    why: str
    """In words, safe to show, without a key."""
    again: bool
    """Whether another try may help."""
    for_all: bool = False
    """Whether every other item would get the same."""
    wait: float | None = None
    """Seconds the server asked for; None where it named none."""


def read_reply(reply: object, redact: Redactor) -> Said | Failed:
    """Return the answer that a reply holds; the client checks no shapes, so this does."""
    choice = _first_choice(reply)
    if choice is None:
        start = reply if isinstance(reply, str) else ""
        quoted = f", and begins with {_shown(start, redact)!r}" if start.strip() else ""
        return Failed(why=f"the reply is no chat completion{quoted}", again=True)
    text, reason = _text_of(choice.message), choice.finish_reason
    if text is None:
        return Failed(why="the reply holds no text", again=True)
    if reason == "content_filter":
        return Failed(why="a filter of the server withheld the answer", again=False)
    usage = getattr(reply, "usage", None)
    return Said(
        text=redact(text.encode("utf-8", "replace").decode()),
        stopped=reason != "length",
        tokens_in=_count(usage, "prompt_tokens"),
        tokens_out=_count(usage, "completion_tokens"),
    )


def read_failure(
    error: Exception, redact: Redactor, *, key_name: str | None, now: Callable[[], datetime]
) -> Failed:
    """Return what an exception of the client means; its request holds the key and is not read."""
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return Failed(why="no whole reply came in time", again=True)
    if isinstance(error, openai.APIStatusError):
        return _status(error, redact, key_name=key_name, now=now)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        kind = type(cause).__name__ if cause is not None else "no connection"
        return Failed(why=f"the connection failed or was cut ({kind})", again=True)
    return Failed(why=f"the reply cannot be read ({type(error).__name__})", again=True)


def _status(
    error: openai.APIStatusError,
    redact: Redactor,
    *,
    key_name: str | None,
    now: Callable[[], datetime],
) -> Failed:
    """Return what a status other than 200 means."""
    status = error.status_code
    words = _words(error, redact)
    said = f"{status}: {words}" if words else f"status {status}"
    wait = told_to_wait(error.response.headers, now=now)
    if status == _TOO_MANY and _code(error) in {"insufficient_quota", "billing_hard_limit_reached"}:
        return Failed(why=f"the account has nothing left ({said})", again=False, for_all=True)
    if status in {_TIMEOUT, _CONFLICT, _TOO_MANY} or status >= _SERVER:
        return Failed(why=f"the server answered {said}", again=True, wait=wait)
    if status in {401, 403}:
        of = f"the key in {key_name}" if key_name else "a request without a key"
        return Failed(why=f"the server refused {of} ({said})", again=False, for_all=True)
    for_all = status in _REFUSED or status < 400
    return Failed(why=f"the server answered {said}", again=False, for_all=for_all)


def _first_choice(reply: object) -> Any:
    """Return the first choice of a reply that has the shape of one, else None."""
    choices = reply.choices if isinstance(reply, ChatCompletion) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    return choice if getattr(choice, "message", None) is not None else None


def _text_of(message: Any) -> str | None:
    """Return what was said; a call of a tool as canonical JSON, as in data."""
    content = getattr(message, "content", None)
    if isinstance(content, str) and content:
        return content
    calls = getattr(message, "tool_calls", None)
    if isinstance(calls, list) and calls:
        return canonical([call.to_dict() for call in calls if hasattr(call, "to_dict")])
    refusal = getattr(message, "refusal", None)
    if isinstance(refusal, str) and refusal:
        return refusal
    return content if isinstance(content, str) else None


def _count(usage: object, field: str) -> int | None:
    value = getattr(usage, field, None)
    return value if isinstance(value, int) and value >= 0 else None


def _code(error: openai.APIStatusError) -> str:
    """Return the server's own name for what is wrong."""
    return error.code if isinstance(error.code, str) else str(error.type or "")


def _words(error: openai.APIStatusError, redact: Redactor) -> str:
    """Return the server's sentence, where it wrote one."""
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        found = inner.get("message") if isinstance(inner, dict) else inner
        return _shown(found, redact) if isinstance(found, str) else ""
    return _shown(body, redact) if isinstance(body, str) else ""


def _shown(text: str, redact: Redactor) -> str:
    return visible(clip(redact(clip(text, 20 * _SHOWN)), _SHOWN)).strip()
