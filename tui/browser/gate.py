"""Decides who is let in; nothing at all is served to anybody else.

link with the token, once --> a cookie of its own --> page, files and socket
"""

import hmac
import secrets
from typing import Literal

from core.contenders.endpoint import is_loopback

Answer = Literal["in", "welcome", "out"]
FEWEST_CHARACTERS = 16
"""A token of a person's own is this long at least."""


class Gate:
    """Knows the token of the link, and the cookies that were given for it."""

    def __init__(self, token: str = "") -> None:
        """Take a token that works again and again; "" makes one that works once."""
        self.token = token or secrets.token_urlsafe(32)
        self._once = not token
        self._used = False
        self.cookie_name = "tuningfork"
        """Cookies are not kept apart by port, so that two of us need two names."""
        self._hosts: frozenset[str] = frozenset()
        self._cookies: set[str] = set()

    def listen_at(self, host: str, port: int) -> None:
        """Take only requests for names of this machine where the address is its own alone.

        A page of somebody else's whose name was made to lead here asks for that name.
        """
        self.cookie_name = f"tuningfork-{port}"
        if is_loopback(host):
            names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
            self._hosts = frozenset(f"{name}:{port}" for name in names)

    def answer(
        self, *, host: str, path: str, token: str, cookie: str, origin: str | None
    ) -> Answer:
        """Return whether a request is let in, welcomed with a cookie, or turned away.

        `origin` is the page that a browser says it asks for; None where it says none.
        """
        if self._hosts and host not in self._hosts:
            return "out"
        if origin is not None and origin not in {f"http://{host}", f"https://{host}"}:
            return "out"
        if any(_same(cookie, known) for known in self._cookies):
            return "in"
        if path == "/" and token and not self._used and _same(token, self.token):
            return "welcome"
        return "out"

    def welcome(self) -> str:
        """Return a new cookie; a token that was made for one use is used up."""
        self._used = self._once
        cookie = secrets.token_urlsafe(32)
        self._cookies.add(cookie)
        return cookie


def _same(one: str, other: str) -> bool:
    """Compare in a time that says nothing about where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
