"""Google's own credentials, as this machine has them; what they hold goes nowhere but to Google."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import google.auth
import httpx2 as httpx
from google.auth import exceptions
from google.auth.transport import Request
from google.oauth2.credentials import Credentials

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
"""Names the file of a service account; the file is read by Google's own library."""
LOGIN = "gcloud auth application-default login"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The one right that tuning, storage and answers ask for."""
_SECRETS = ("refresh_token", "client_secret")
"""Where credentials hold what nobody else may see, besides the token."""
_SECONDS = 30.0


class SignInFailed(Exception):
    """There is no token to be had; nothing was asked of any service."""

    def __init__(self, kind: Literal["unreachable", "missing", "refused"], said: str) -> None:
        """Take what Google's library says of it, neither covered nor safe to show."""
        super().__init__(said)
        self.kind = kind
        self.said = said


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


class GooglePass:
    """Who asks; a token is fetched when the one before it ends."""

    def __init__(self, token: str | None, web: httpx.Client, learn: Callable[[str], None]) -> None:
        """Take a token of somebody's own, or None for the credentials of this machine.

        `learn` is told every secret that is found, so that it is covered.
        """
        self._token = token
        self._carrier = _Carrier(web)
        self._learn = learn
        self._found: Any = None
        self.given: Any = None
        """What a client gets: a token, and no means to fetch another by itself."""

    @property
    def headers(self) -> dict[str, str]:
        """Return what a request is signed with."""
        signed = {"Authorization": f"Bearer {self.given.token}"}
        if self.given.quota_project_id:
            signed["x-goog-user-project"] = self.given.quota_project_id
        return signed

    def renew(self) -> None:
        """Have a token that is good now; SignInFailed where there is none to be had."""
        try:
            if self._found is None:
                self._found = self._find()
            if not self._found.valid:
                self._found.refresh(self._carrier)
            token, quota = self._found.token, self._found.quota_project_id
        except exceptions.GoogleAuthError as error:
            failure = SignInFailed(_kind(error), str(error.args[0] if error.args else ""))
        else:
            self._learn(token)
            if self.given is None:
                self.given = Credentials(token=token, quota_project_id=quota)
            self.given.token = token
            return
        raise failure  # outside, so that nothing of the sign-in hangs on the error

    def forget(self) -> None:
        """Let go of a token that was refused; the next request fetches another."""
        if self._found is not None and self._token is None:
            self._found.token = None

    def _find(self) -> Any:
        """Return the credentials that this machine has."""
        if self._token is not None:
            return Credentials(token=self._token)
        found, _ = google.auth.default(scopes=[_SCOPE], request=self._carrier)
        for name in _SECRETS:
            secret = getattr(found, name, None)
            if isinstance(secret, str):
                self._learn(secret)
        return found


def _kind(error: Exception) -> Literal["unreachable", "missing", "refused"]:
    """Return what a failure of Google's library comes to."""
    if isinstance(error, exceptions.TransportError):
        return "unreachable"
    return "missing" if isinstance(error, exceptions.DefaultCredentialsError) else "refused"
