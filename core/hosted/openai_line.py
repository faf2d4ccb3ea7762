"""The line to a server that speaks OpenAI's interface; only inside a worker.

Every call is one try with one deadline, and every way to fail is put into our words.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import openai

from core.hosted.failures import HostedError
from core.hosted.patience import patiently
from core.hosted.provider import Access
from core.hosted.refusals import Refused, Telling
from core.hosted.spec import HostedSpec
from core.text_safety import clip, visible

READ, UPLOAD, CREATE = 30.0, 600.0, 60.0
"""Seconds for a whole call of each sort."""
_SHOWN = 400
_PARTS = {"training_file": "train", "validation_file": "validation"}
_SEEN = (TimeoutError, ValueError, AttributeError, TypeError, openai.OpenAIError)
"""What calls of the client raise; those outside its own tree for replies of another shape."""
_T = TypeVar("_T")


class Line:
    """One client, one account, one server."""

    def __init__(self, spec: HostedSpec, access: Access) -> None:
        self.service = visible(spec.origin)
        self._access = access
        self._runner = asyncio.Runner()
        self._told = Telling(self.service, access.key_words)
        self._spec = spec
        self._client: openai.AsyncOpenAI | None = None

    def ask(self, doing: str, call: Callable[[openai.AsyncOpenAI], Awaitable[_T]]) -> _T:
        """Return what a reading call gives; a lost or throttled one is tried again.

        `doing` completes "could not ...".
        """
        return patiently(lambda: self.once(doing, call, deadline=READ), self._access.world.sleep)

    def once(
        self,
        doing: str,
        call: Callable[[openai.AsyncOpenAI], Awaitable[_T]],
        *,
        deadline: float,
        creates: bool = False,
    ) -> _T:
        """Return what one call gives, tried once.

        `creates` says that no reply leaves open whether it was done: then `Ambiguous` is raised.
        """
        try:
            return self._runner.run(self._within(call, deadline))
        except _SEEN as error:
            failure = self._failure(error, doing, creates=creates)
        raise failure  # outside, so that no request with its headers hangs on the error

    async def _within(
        self, call: Callable[[openai.AsyncOpenAI], Awaitable[_T]], deadline: float
    ) -> _T:
        if self._client is None:
            self._client = self._open()
        async with asyncio.timeout(deadline / self._access.world.hurry):
            return await call(self._client)

    def _open(self) -> openai.AsyncOpenAI:
        """Return a client that takes nothing from the environment and follows nobody elsewhere."""
        client = openai.AsyncOpenAI(
            api_key=self._access.key or "none",
            base_url=self._spec.base_url,
            max_retries=0,
            timeout=UPLOAD,
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, trust_env=not self._spec.stays_here
            ),
        )
        client.organization = self._spec.organization
        client.project = self._spec.project
        return client

    def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is not None:
            self._runner.run(client.close())
        self._runner.close()

    def unusable(self, doing: str, reply: object, *, creates: bool = False) -> HostedError:
        """Return the failure of a reply that has not the shape it should have."""
        start = reply if isinstance(reply, str) else ""
        if start:
            self._access.keep(doing, None, start)
        quoted = f" It begins with {self._shown(start, 80)!r}." if start.strip() else ""
        why = f"Its reply is none of the service's.{quoted}"
        return self._told.lost(doing, why, creates=creates)

    def _failure(self, error: Exception, doing: str, *, creates: bool) -> HostedError:
        """Return what an error of the client means; its request holds the key and is not read."""
        if isinstance(error, openai.APIStatusError):
            return self._status(error, doing, creates=creates)
        if isinstance(error, TimeoutError | openai.APITimeoutError):
            cause = type(error.__cause__).__name__
            unsent = cause == "ConnectTimeout"
            return self._told.lost(
                doing, "No whole reply came in time.", creates=creates and not unsent
            )
        if isinstance(error, openai.APIConnectionError):
            cause = type(error.__cause__).__name__ if error.__cause__ else "no connection"
            unsent = cause == "ConnectError"
            why = f"The connection failed or was cut ({cause})."
            return self._told.lost(doing, why, creates=creates and not unsent)
        why = f"The reply cannot be read ({type(error).__name__})."
        if isinstance(error, AttributeError | TypeError):
            why = "Its reply is none of the service's."
        return self._told.lost(doing, why, creates=creates)

    def _status(self, error: openai.APIStatusError, doing: str, *, creates: bool) -> HostedError:
        """Return what a status other than 200 means."""
        self._access.keep(doing, error.status_code, error.response.content)
        refused = Refused(
            status=error.status_code,
            code=_code(error),
            words=self._words(error),
            part=_PARTS.get(error.param if isinstance(error.param, str) else "", ""),
            headers=error.response.headers,
        )
        return self._told.refused(refused, doing, creates=creates)

    def _words(self, error: openai.APIStatusError) -> str:
        """Return the server's sentence, where it wrote one."""
        body = error.body
        inner = body.get("error", body) if isinstance(body, dict) else body
        found = inner.get("message") if isinstance(inner, dict) else inner
        return self._shown(found, _SHOWN).rstrip(".") if isinstance(found, str) else ""

    def _shown(self, text: str, most: int) -> str:
        return visible(clip(self._access.cover(clip(text, 20 * most)), most)).strip()

    def covered(self, text: object, most: int = _SHOWN) -> str:
        """Return text that the service wrote, shortened and without keys; "" for no text."""
        return (
            clip(self._access.cover(clip(text, 20 * most)), most) if isinstance(text, str) else ""
        )


def _code(error: openai.APIStatusError) -> str:
    """Return the server's own name for what is wrong."""
    for found in (error.code, error.type):
        if isinstance(found, str) and found:
            return visible(clip(found, 60))
    return ""


def raw_of(value: Any) -> dict[str, Any]:
    """Return the fields of a reply that its type does not name, as far as they are JSON."""
    extra = getattr(value, "model_extra", None) or {}
    try:
        found: dict[str, Any] = json.loads(json.dumps(extra, default=str))
    except (TypeError, ValueError):
        return {}
    return found
