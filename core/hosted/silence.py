"""Covers keys where text leaves a worker: its events, its log, its last words on a fault."""

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable
from types import TracebackType

from core.data.detect.find import find_spans
from core.redaction import COVER, Redactor
from core.text_safety import clip

_SIGNED = re.compile(r"(https?://[^\s\"'<>?#]+)\?[^\s\"'<>]+")
"""The query of a signed address opens it for whoever reads it."""
_LONGEST = 65_536
_CARD_LIKE = "secret"


class Silence:
    """Covers known keys in every form, then whatever looks like a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = list(secrets)
        self._known = Redactor(self._secrets)

    def learn(self, secret: str) -> None:
        """Cover this as well from now on."""
        if secret not in self._secrets:
            self._secrets.append(secret)
            self._known = Redactor(self._secrets)

    def __repr__(self) -> str:
        """Return nothing of what it knows."""
        return "Silence()"

    def __call__(self, text: str) -> str:
        """Return at most 64 KB of a text with keys, tokens and signatures covered."""
        text = self._known(clip(text, _LONGEST))
        text = _SIGNED.sub(rf"\1?{COVER}", text)
        return _without_tokens(text)


def _without_tokens(text: str) -> str:
    """Return a text without what the inspection of rows would call a secret."""
    raw = text.encode("utf-8", "surrogatepass")
    kept, at = [], 0
    for span in find_spans(raw + b"\0"):
        if span.group == _CARD_LIKE:
            kept += [raw[at : span.start], COVER.encode()]
            at = span.end
    return b"".join([*kept, raw[at:]]).decode("utf-8", "surrogatepass")


def describe_error(error: BaseException, cover: Callable[[str], str]) -> str:
    """Return class, status, code, request and text of an error, covered; never its request.

    The request of a client's error carries the key in its headers, so no attribute but these
    is looked at.
    """
    said = [type(error).__name__]
    for name in ("status_code", "code", "request_id"):
        value = getattr(error, name, None)
        if isinstance(value, str | int) and not isinstance(value, bool):
            said.append(f"{name} {clip(str(value), 120)}")
    return cover(f"{', '.join(said)}: {clip(str(error), 2000)}")


class _Covering(logging.Formatter):
    """Formats a record, covered; of an exception its kind and text stay, and no frame."""

    def __init__(self, cover: Callable[[str], str]) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._cover = cover

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        record.exc_text = record.stack_info = None
        fault, record.exc_info = record.exc_info, None
        line = super().format(record)
        if fault and fault[1] is not None:
            line += f" ({describe_error(fault[1], self._cover)})"
        return self._cover(line)


def silence_process(cover: Callable[[str], str]) -> None:
    """Let nothing of this process reach its log uncovered: log records, and uncaught errors."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Covering(cover))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("httpx", "httpcore", "openai", "together", "google"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.WARNING)
        logger.propagate = True

    def uncaught(
        _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        sys.stderr.write(f"{describe_error(error, cover)}\n")

    def in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            sys.stderr.write(f"{describe_error(told.exc_value, cover)}\n")

    sys.excepthook = uncaught
    threading.excepthook = in_thread
