"""The line to a service by plain HTTP; only inside a worker.

Every call is one try with one deadline, and every way to fail is put into our words.
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx2 as httpx

from core.hosted.consignment import Part, Progress
from core.hosted.failures import HostedError
from core.hosted.patience import patiently
from core.hosted.provider import Access
from core.hosted.refusals import Refused, Telling
from core.hosted.spec import HostedSpec
from core.text_safety import clip, visible

READ, UPLOAD, CREATE = 30.0, 600.0, 60.0
"""Seconds for a whole call of each sort."""
_SHOWN = 400
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
"""Failures before anything was sent."""


class HttpLine:
    """One account at one server; nothing is taken from the environment but a proxy."""

    def __init__(self, spec: HostedSpec, access: Access) -> None:
        self.service = visible(spec.origin)
        self._access = access
        self._told = Telling(self.service, access.key_words)
        self._base = spec.base_url.rstrip("/")
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {access.key}"} if access.key else {},
            follow_redirects=False,
            trust_env=not spec.stays_here,
        )

    def read(self, doing: str, path: str, **query: str | int) -> dict[str, Any]:
        """Return what a reading call gives; a lost or throttled one is tried again.

        `doing` completes "could not ...".
        """
        return patiently(
            lambda: self.send(doing, "GET", path, query=query), self._access.world.sleep
        )

    def send(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | int] | None = None,
        deadline: float = READ,
        creates: bool = False,
    ) -> dict[str, Any]:
        """Return what one call gives, tried once.

        `creates` says that no reply leaves open whether it was done: then `Ambiguous` is raised.
        """
        try:
            reply = self._client.request(
                method,
                f"{self._base}{path}",
                json=body,
                params=dict(query or {}),
                timeout=deadline / self._access.world.hurry,
            )
            failure = self._judged(reply, doing, creates=creates)
        except httpx.HTTPError as error:
            failure = self._cut(error, doing, creates=creates)
        if failure is not None:
            raise failure  # outside, so that no request with its headers hangs on the error
        return self._object(reply, doing, creates=creates)

    def upload(
        self, doing: str, path: str, part: Part, fields: Mapping[str, str], progress: Progress
    ) -> dict[str, Any]:
        """Send a file as a form and return the answer."""
        progress(0, part.bytes)
        try:
            with part.path.open("rb") as file:
                reply = self._client.post(
                    f"{self._base}{path}",
                    data=dict(fields),
                    files={"file": (part.upload_name, file, "application/jsonl")},
                    timeout=UPLOAD / self._access.world.hurry,
                )
            failure = self._judged(reply, doing, creates=False)
        except httpx.HTTPError as error:
            failure = self._cut(error, doing, creates=False)
        if failure is not None:
            raise failure
        progress(part.bytes, part.bytes)
        return self._object(reply, doing, creates=False)

    def unusable(self, doing: str, *, creates: bool = False) -> HostedError:
        """Return the failure of a reply that has not the shape it should have."""
        return self._told.lost(doing, "Its reply is none of the service's.", creates=creates)

    def covered(self, text: object, most: int = _SHOWN) -> str:
        """Return text that the service wrote, shortened and without keys; "" for no text."""
        if not isinstance(text, str):
            return ""
        return clip(self._access.cover(clip(text, 20 * most)), most)

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def _judged(self, reply: httpx.Response, doing: str, *, creates: bool) -> HostedError | None:
        """Return what a status other than 200 means; None for 200."""
        if reply.is_success:
            return None
        self._access.keep(doing, reply.status_code, reply.content)
        code, words = self._words(reply)
        refused = Refused(
            status=reply.status_code, code=code, words=words, headers=dict(reply.headers)
        )
        return self._told.refused(refused, doing, creates=creates)

    def _cut(self, error: httpx.HTTPError, doing: str, *, creates: bool) -> HostedError:
        """Return the failure of a connection."""
        name = type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            why = "No whole reply came in time."
        else:
            why = f"The connection failed or was cut ({name})."
        return self._told.lost(doing, why, creates=creates and not isinstance(error, _UNSENT))

    def _object(self, reply: httpx.Response, doing: str, *, creates: bool) -> dict[str, Any]:
        """Return the body as an object; an empty one is that, too."""
        if not reply.content.strip():
            return {}
        try:
            found = reply.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict):
            self._access.keep(doing, reply.status_code, reply.content)
            raise self.unusable(doing, creates=creates)
        return found

    def _words(self, reply: httpx.Response) -> tuple[str, str]:
        """Return the server's name for what is wrong, and its sentence."""
        try:
            body = reply.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            return "", ""
        inner = body.get("error", body) if isinstance(body, dict) else {}
        if isinstance(inner, str):
            return "", self._shown(inner)
        if not isinstance(inner, dict):
            return "", ""
        code = inner.get("code") or inner.get("type")
        named = visible(clip(code, 60)) if isinstance(code, str) else ""
        return named, self._shown(inner.get("message"))

    def _shown(self, text: object) -> str:
        return visible(self.covered(text)).strip().rstrip(".")
