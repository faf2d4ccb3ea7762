"""Who may come in: the token, the Host and Origin of a request, its size and its pace."""

import asyncio
import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request

from core.contenders.endpoint import is_loopback
from core.release.gateway.asking import RefusedError
from core.release.release_plan import Listening


class Doors:
    """Checks every request before anything is done for it."""

    def __init__(self, listen: Listening, token: str | None) -> None:
        self._listen = listen
        self._token = None if token is None else token.encode()

    @property
    def needs_token(self) -> bool:
        """Whether every request must carry the token."""
        return self._token is not None

    def check(self, request: Request) -> None:
        """Refuse what must not come in.

        A page in a browser can send requests to this machine, and a name on the net can lead to
        it: Host must be an address of this server, and Origin, which only browsers send, the same.
        """
        headers = request.headers
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_here(hosts[0]):
            raise RefusedError(421, "The Host header names another server.", code="wrong_host")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != hosts[0]:
            raise RefusedError(403, "Pages of other sites may not ask.", code="wrong_origin")
        if self._token is not None:
            said = headers.get("authorization", "").encode("latin-1", "replace")
            if not hmac.compare_digest(said, b"Bearer " + self._token):
                raise RefusedError(401, "The token is missing or wrong.", code="invalid_token")

    def _is_here(self, host: str) -> bool:
        """Return whether a Host header is an address of this server; any is, behind a token."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if self._token is not None:
            return bool(name)
        return is_loopback(name) or _same_address(name, self._listen.host)

    async def body(self, request: Request) -> bytes:
        """Return the whole body; refuse what is too long, too slow, or no JSON by its type."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RefusedError(
                415, "Send Content-Type: application/json.", code="unsupported_media_type"
            )
        most = self._listen.most_kb * 1024
        announced = request.headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            raise _too_long(most)
        blocks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._listen.request_seconds):
                async for block in request.stream():
                    size += len(block)
                    if size > most:
                        raise _too_long(most)
                    blocks.append(block)
        except TimeoutError as late:
            raise RefusedError(408, "The body did not come in time.", code="too_slow") from late
        except ClientDisconnect as gone:
            raise RefusedError(400, "The body broke off.", code="broken_off") from gone
        return b"".join(blocks)


def _same_address(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host)
    except ValueError:
        return name == host


def _too_long(most: int) -> RefusedError:
    return RefusedError(413, f"The body is longer than {most:,} bytes.", code="too_long")
