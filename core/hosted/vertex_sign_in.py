"""Google's own credentials, as this machine has them; what they hold goes nowhere but to Google."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import google.auth
import httpx2 as httpx
from google.auth import exceptions
from google.auth.transport import Request
from google.oauth2.credentials import Credentials

from core.hosted.failures import BadKey, HostedError, Unavailable
from core.hosted.provider import Access
from core.text_safety import clip, visible

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The one right that tuning and storage ask for."""
_LOGIN = "gcloud auth application-default login"
_SECRETS = ("refresh_token", "_client_secret", "client_secret", "_refresh_token")
"""Where credentials of Google's library hold what nobody else may see, besides the token."""
_SECONDS = 30.0


class _Answer(NamedTuple):
    """What Google's library wants of an answer."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Carrier(Request):  # type: ignore[misc]
    """Carries the requests of Google's library over our own line, and never elsewhere."""

    def __init__(self, web: httpx.Client) -> None:
        self._web = web

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: object,
    ) -> _Answer:
        """Return the answer; TransportError where none came."""
        try:
            reply = self._web.request(
                method, url, content=body, headers=dict(headers or {}), timeout=timeout or _SECONDS
            )
        except httpx.HTTPError as error:
            failed = type(error).__name__
        else:
            return _Answer(reply.status_code, dict(reply.headers), reply.content)
        raise exceptions.TransportError(failed)


class SignIn:
    """Who asks; a token is fetched when the one before it ends."""

    def __init__(self, access: Access, web: httpx.Client, service: str) -> None:
        self._access = access
        self._carrier = _Carrier(web)
        self._service = service
        self._found: Any = None
        self.given: Any = None
        """What the client gets: a token, and no means to fetch another by itself."""

    @property
    def words(self) -> str:
        """Return where the credentials come from; nothing of what they are."""
        return self._access.key_words or "Google's own sign-in of this machine"

    @property
    def headers(self) -> dict[str, str]:
        """Return what a request to storage is signed with."""
        signed = {"Authorization": f"Bearer {self.given.token}"}
        if self.given.quota_project_id:
            signed["x-goog-user-project"] = self.given.quota_project_id
        return signed

    def renew(self, doing: str) -> None:
        """Have a token that is good now; raise where there is none to be had."""
        try:
            if self._found is None:
                self._found = self._find()
            if not self._found.valid:
                self._found.refresh(self._carrier)
            token, quota = self._found.token, self._found.quota_project_id
        except exceptions.GoogleAuthError as error:
            failure = self._failure(error, doing)
        else:
            self._access.learn(token)
            if self.given is None:
                self.given = Credentials(token=token, quota_project_id=quota)
            self.given.token = token
            return
        raise failure  # outside, so that nothing of the sign-in hangs on the error

    def forget(self) -> None:
        """Let go of a token that was refused; the next request fetches another."""
        if self._found is not None and self._access.key is None:
            self._found.token = None

    def _find(self) -> Any:
        """Return the credentials that this machine has."""
        if self._access.key is not None:
            return Credentials(token=self._access.key)
        found, _ = google.auth.default(scopes=[SCOPE], request=self._carrier)
        for name in _SECRETS:
            secret = getattr(found, name, None)
            if isinstance(secret, str):
                self._access.learn(secret)
        return found

    def _failure(self, error: exceptions.GoogleAuthError, doing: str) -> HostedError:
        """Return what a sign-in that failed means; nothing was asked of the service yet."""
        if isinstance(error, exceptions.TransportError):
            return Unavailable(
                what=f"Could not sign in at Google to {doing}.",
                why=f"The connection failed or was cut ({self._shown(error, 60)}).",
                remedy="Check the network, and a proxy if one is set; a job that runs there goes"
                " on without us.",
            )
        if isinstance(error, exceptions.DefaultCredentialsError):
            return BadKey(
                what="This machine has no credentials of Google that can be used.",
                why=f"Google's library says: {self._shown(error, 200)}",
                remedy=f"`{_LOGIN}`, or point GOOGLE_APPLICATION_CREDENTIALS to the file of a"
                " service account, then resume.",
            )
        return BadKey(
            what=f"Google does not take the credentials to {doing} at {self._service}.",
            why=f"They are {self.words}. Google says: {self._shown(error, 200)}",
            remedy=f"`{_LOGIN}`, or another service account, then resume; a job that runs there"
            " is untouched.",
        )

    def _shown(self, error: Exception, most: int) -> str:
        said = error.args[0] if error.args else type(error).__name__
        return visible(clip(self._access.cover(clip(str(said), 20 * most)), most)).strip()
