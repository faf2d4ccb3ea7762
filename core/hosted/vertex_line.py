"""The line to Vertex AI and to Cloud Storage, by Google's client; only inside a worker.

Every call is one try with one deadline, and every way to fail is put into our words.
"""

import asyncio
import ssl
import warnings
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

import httpx2 as httpx
from google import genai
from google.genai import errors, types

from core.hosted.failures import HostedError
from core.hosted.patience import patiently
from core.hosted.provider import Access
from core.hosted.refusals import Refused, Telling
from core.hosted.spec import HostedSpec
from core.hosted.vertex_sign_in import SignIn
from core.text_safety import clip, visible

READ, UPLOAD, CREATE = 30.0, 600.0, 60.0
"""Seconds for a whole call of each sort."""
STORAGE = "https://storage.googleapis.com"
_VERSION = "v1beta1"
"""Of the interface; said aloud because the client would else read it from the environment."""
_SHOWN = 400
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
"""Failures before anything was sent."""
_SEEN = (
    TimeoutError,
    ValueError,
    AttributeError,
    TypeError,
    KeyError,
    httpx.HTTPError,
    errors.APIError,
)
"""What calls of the client raise; those outside its own tree for replies of another shape."""
_T = TypeVar("_T")


@cache
def _trusted(environment: bool) -> ssl.SSLContext:
    """Return whom the line trusts; read once, because reading it takes long."""
    return httpx.create_ssl_context(trust_env=environment)


class Reach(NamedTuple):
    """What a call is made with."""

    google: Any
    """Google's client: its calls that can be awaited."""
    web: httpx.AsyncClient
    """The same line, for what the client has no call for."""


Call = Callable[[Reach], Awaitable[_T]]


class VertexLine:
    """One project in one region; nothing is taken from the environment but a proxy."""

    def __init__(self, spec: HostedSpec, access: Access) -> None:
        self.service = visible(spec.origin)
        self._spec = spec
        self._access = access
        self._storage = spec.origin if spec.stays_here else STORAGE
        trust = not spec.stays_here
        how: dict[str, Any] = {
            "follow_redirects": False,
            "trust_env": trust,
            "verify": _trusted(trust),
        }
        self._quiet = httpx.Client(**how)
        self._web = httpx.AsyncClient(**how, event_hooks={"request": [self._leaves]})
        self._sign_in = SignIn(access, self._quiet, self.service)
        self._told = Telling(self.service, self._sign_in.words)
        self._runner = asyncio.Runner()
        self._sent = False
        self._client: Any = None

    async def _leaves(self, _: object) -> None:
        self._sent = True

    def ask(self, doing: str, call: Call[_T]) -> _T:
        """Return what a reading call gives; a lost or throttled one is tried again.

        `doing` completes "could not ...".
        """
        return self._patiently(lambda: self.once(doing, call, deadline=READ))

    def once(self, doing: str, call: Call[_T], *, deadline: float, creates: bool = False) -> _T:
        """Return what one call gives, tried once.

        `creates` says that no reply leaves open whether it was done: then `Ambiguous` is raised.
        """
        self._sign_in.renew_for(doing)
        reach = Reach(self._google(), self._web)
        self._sent = False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the client quotes words of the server in them
                return self._runner.run(self._within(call, reach, deadline))
        except _SEEN as error:
            failure = self._failure(error, doing, creates=creates and self._sent)
        raise failure  # outside, so that no request with its headers hangs on the error

    async def _within(self, call: Call[_T], reach: Reach, deadline: float) -> _T:
        async with asyncio.timeout(deadline / self._access.world.hurry):
            return await call(reach)

    def _google(self) -> Any:
        """Return Google's client, which takes nothing from the environment and tries once."""
        if self._client is None:
            self._client = genai.Client(
                vertexai=True,
                project=self._spec.project,
                location=self._spec.region,
                credentials=self._sign_in.given,
                http_options=types.HttpOptions(
                    base_url=self._spec.base_url,
                    api_version=_VERSION,
                    timeout=int(UPLOAD * 1000),
                    retry_options=types.HttpRetryOptions(attempts=1),
                    httpx_client=self._quiet,
                    httpx_async_client=self._web,
                    async_client_args={"ssl": _trusted(not self._spec.stays_here)},
                ),
            )
        return self._client.aio

    def storage(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        deadline: float = READ,
        again: bool = True,
    ) -> httpx.Response:
        """Return an answer of Cloud Storage; 308 is one that wants more of a file.

        `path` may be a whole address that storage gave; one elsewhere is refused.
        """
        url = path if path.startswith("http") else f"{self._storage}{path}"
        if not url.startswith(f"{self._storage}/"):
            raise self.unusable(doing)

        async def sent(reach: Reach) -> httpx.Response:
            return await reach.web.request(
                method,
                url,
                params=dict(query) if query else None,
                headers={**self._sign_in.headers, **(headers or {})},
                json=json,
                content=content,
                timeout=deadline,
            )

        def judged() -> httpx.Response:
            reply = self.once(doing, sent, deadline=deadline)
            if reply.is_success or reply.status_code == 308:
                return reply
            raise self._refused(reply.status_code, *self._said(reply), reply.headers, doing)

        return self._patiently(judged) if again else judged()

    def rest(self, seconds: float) -> None:
        """Wait before something is sent again."""
        self._access.world.sleep(seconds)

    def unusable(self, doing: str, *, creates: bool = False) -> HostedError:
        """Return the failure of a reply that has not the shape it should have."""
        return self._told.lost(doing, "Its reply is none of the service's.", creates=creates)

    def covered(self, text: object, most: int = _SHOWN) -> str:
        """Return text that the service wrote, shortened and without keys; "" for no text."""
        if not isinstance(text, str):
            return ""
        return clip(self._access.cover(clip(text, 20 * most)), most)

    def close(self) -> None:
        """Let the connections go."""
        self._runner.run(self._web.aclose())
        self._runner.close()
        self._quiet.close()

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        return patiently(attempt, self._access.world.sleep)

    def _failure(self, error: Exception, doing: str, *, creates: bool) -> HostedError:
        """Return what an error of the client means; its request holds the token, unread."""
        if isinstance(error, errors.APIError) and isinstance(error.code, int):
            headers = getattr(error.response, "headers", None) or {}
            code, words = self._named(error.status), self._worded(error.message)
            return self._refused(error.code, code, words, headers, doing, creates=creates)
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            sent = creates and not isinstance(error, httpx.ConnectTimeout)
            return self._told.lost(doing, "No whole reply came in time.", creates=sent)
        if isinstance(error, httpx.HTTPError):
            why = f"The connection failed or was cut ({type(error).__name__})."
            return self._told.lost(doing, why, creates=creates and not isinstance(error, _UNSENT))
        return self.unusable(doing, creates=creates)

    def _refused(
        self,
        status: int,
        code: str,
        words: str,
        headers: Mapping[str, str],
        doing: str,
        *,
        creates: bool = False,
    ) -> HostedError:
        """Return what a status other than 200 means; a token that was refused is let go."""
        if status == 401:
            self._sign_in.forget()
        answer = Refused(status=status, code=code, words=words, headers=dict(headers))
        return self._told.refused(answer, doing, creates=creates)

    def _said(self, reply: httpx.Response) -> tuple[str, str]:
        """Return the server's name for what is wrong, and its sentence."""
        try:
            body = reply.json()
        except (ValueError, UnicodeDecodeError):
            return "", ""
        inner = body.get("error") if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            return "", self._worded(inner)
        return self._named(inner.get("status")), self._worded(inner.get("message"))

    def _named(self, code: object) -> str:
        return visible(clip(code, 60)) if isinstance(code, str) else ""

    def _worded(self, words: object) -> str:
        return visible(self.covered(words)).strip().rstrip(".")
