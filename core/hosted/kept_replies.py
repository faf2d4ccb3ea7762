"""Keeps what a service answered where it refused or made no sense, for whoever wants to see it."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.text_safety import clip

NAME = "failed_replies.jsonl"
MOST_BODY = 60 * 1024
"""Characters of one reply that are kept: fewer than are looked through for keys, so that none is
cut in two at the end and shows its half."""
MOST_REPLIES = 200
"""Replies of one run that are kept; the first tell most."""


class KeptReplies:
    """The file of one run, readable by its owner alone; keys are covered before it is written."""

    def __init__(
        self,
        folder: Path,
        *,
        cover: Callable[[str], str],
        now: Callable[[], datetime],
        tell: Callable[[str], object],
    ) -> None:
        """Take the run's folder; `tell` is called once, with where the replies are kept."""
        self._path = folder / NAME
        self._cover = cover
        self._now = now
        self._tell = tell
        self._kept: int | None = None
        """Replies in the file; None before anybody counted."""
        self._last = ""

    def __call__(self, doing: str, status: int | None, body: bytes | str) -> None:
        """Keep one reply; one told again and again is kept once, and a full disk is no fault."""
        text = body if isinstance(body, str) else body[: 4 * MOST_BODY].decode(errors="replace")
        said = {"doing": doing, "status": status, "body": clip(self._covered(text), MOST_BODY)}
        same = json.dumps(said, sort_keys=True)
        if same == self._last:
            return
        self._last = same
        try:
            self._write({"at": self._now().isoformat(), **said})
        except OSError:
            return

    def _covered(self, text: str) -> str:
        """Return a body without keys, those too that JSON wrote with escapes."""
        try:
            plain = json.dumps(json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            plain = text
        return self._cover(plain)

    def _write(self, said: dict[str, object]) -> None:
        fresh = self._kept is None
        if self._kept is None:
            self._kept = len(self._path.read_bytes().splitlines()) if self._path.exists() else 0
        if self._kept >= MOST_REPLIES:
            return
        self._path.touch(mode=0o600)
        with self._path.open("a") as file:
            file.write(json.dumps(said) + "\n")
        self._kept += 1
        if fresh:
            self._tell(f"What the service answered is kept in {NAME} of the run.")
