"""The bytes of answers: whole, in pieces, and as errors, in the shape that clients know."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

_TYPES = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class Envelope:
    """What every piece of one answer carries."""

    def __init__(self, id: str, *, model: str, fingerprint: str, at: float | None = None) -> None:
        """Take when it was asked; None for now."""
        self.id = id
        self._shared = {
            "id": id,
            "created": int(time.time() if at is None else at),
            "model": model,
            "system_fingerprint": fingerprint,
        }
        head = msgspec.json.encode(self._shared | {"object": "chat.completion.chunk"})
        self._head = b"data: " + head[:-1] + b',"choices":[{"index":0,"logprobs":null,'

    def first(self) -> bytes:
        """Return the piece that says who speaks."""
        return self._chunk(b'{"role":"assistant","content":""}', b"null")

    def piece(self, text: str) -> bytes:
        """Return one piece of text."""
        return self._chunk(b'{"content":' + msgspec.json.encode(text) + b"}", b"null")

    def calls(self, calls: Sequence[object]) -> bytes:
        """Return calls of tools as one piece."""
        numbered = [{"index": n} | dict(_mapping(call)) for n, call in enumerate(calls)]
        return self._chunk(msgspec.json.encode({"tool_calls": numbered}), b"null")

    def last(self, reason: str) -> bytes:
        """Return the piece that ends the answer."""
        return self._chunk(b"{}", b'"' + reason.encode() + b'"')

    def usage(self, tokens_in: int | None, tokens_out: int | None) -> bytes:
        """Return the piece with the count of tokens."""
        content = self._shared | {
            "object": "chat.completion.chunk",
            "choices": [],
            "usage": _usage(tokens_in, tokens_out),
        }
        return b"data: " + msgspec.json.encode(content) + b"\n\n"

    def _chunk(self, delta: bytes, reason: bytes) -> bytes:
        return b'%b"delta":%b,"finish_reason":%b}]}\n\n' % (self._head, delta, reason)

    def whole(
        self,
        text: str,
        reason: str,
        tokens: tuple[int | None, int | None],
        calls: Sequence[object],
        *,
        reviewed: str = "",
    ) -> bytes:
        """Return a whole answer, and what its review came to."""
        message: dict[str, Any] = {"role": "assistant", "content": text or None, "refusal": None}
        if calls:
            message["tool_calls"] = list(calls)
        else:
            message["content"] = text
        choice = {"index": 0, "finish_reason": reason, "logprobs": None, "message": message}
        review = {"review": {"id": self.id, "status": reviewed}} if reviewed else {}
        return msgspec.json.encode(
            self._shared
            | {"object": "chat.completion", "choices": [choice], "usage": _usage(*tokens)}
            | review
        )

    def withheld(self, status: str, message: str, tokens: tuple[int | None, int | None]) -> bytes:
        """Return the place of an answer that did not go out, with what clients read as a filter."""
        said = {"role": "assistant", "content": None, "refusal": message}
        choice = {"index": 0, "finish_reason": "content_filter", "logprobs": None, "message": said}
        review = {"id": self.id, "status": status}
        return msgspec.json.encode(
            self._shared
            | {"object": "chat.completion", "choices": [choice], "usage": _usage(*tokens)}
            | {"review": review}
        )

    def piece_withheld(self, status: str, message: str) -> bytes:
        """Return the piece of a stream that says the same."""
        choice = {"index": 0, "delta": {"refusal": message}, "logprobs": None}
        content = self._shared | {
            "object": "chat.completion.chunk",
            "choices": [choice | {"finish_reason": "content_filter"}],
            "review": {"id": self.id, "status": status},
        }
        return b"data: " + msgspec.json.encode(content) + b"\n\n"


DONE = b"data: [DONE]\n\n"
"""Ends every stream."""


def error_bytes(status: int, message: str, *, code: str, param: str | None = None) -> bytes:
    """Return an error as clients of the interface read it."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return msgspec.json.encode(
        {"error": {"message": message, "type": kind, "param": param, "code": code}}
    )


def broken_off(message: str) -> bytes:
    """Return the piece that tells a client of a stream that no more comes."""
    return b"data: " + error_bytes(502, message, code="arm_failed") + b"\n\n"


def _usage(tokens_in: int | None, tokens_out: int | None) -> dict[str, int]:
    into, out = tokens_in or 0, tokens_out or 0
    return {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
