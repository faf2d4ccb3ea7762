"""The line to the fake service: requests come in, and some meet a fault."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal, Protocol
from urllib.parse import parse_qs, urlsplit

Kind = Literal["status", "reset_before", "reset_after", "hang", "drip", "cut", "raw", "edit"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What one call meets."""

    endpoint: str
    """Which one, as `jobs.create`; see `_ROUTES`."""
    nth: int | None = None
    """Which of its calls, from 1; None for every one."""
    kind: Kind = "status"
    """`reset_before` cuts the line before the request is done, `reset_after` once it is done."""
    status: int = 500
    code: str | None = None
    message: str = "the server had an error"
    param: str | None = None
    """The field of the request that it complains of."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    """For `raw`: what is answered in place of the body, with status 200."""
    edit: Callable[[Any], Any] = lambda body: body
    """For `edit`: what is made of the right body."""
    done: bool = False
    """For `status`: whether the request is done before it is answered so."""
    echo: bool = False
    """Whether the message quotes the headers of the request."""

    @property
    def before(self) -> bool:
        """Return whether the request is not done."""
        cut = self.kind in {"reset_before", "hang"}
        return cut or (self.kind == "status" and not self.done)


def html(endpoint: str, nth: int | None = None) -> Fault:
    """Return the fault of a captive portal."""
    return Fault(
        endpoint=endpoint,
        nth=nth,
        kind="raw",
        headers={"content-type": "text/html"},
        body=b"<html><body>Sign in</body></html>",
    )


def broken(endpoint: str, nth: int | None = None) -> Fault:
    """Return the fault of JSON that does not end."""
    return Fault(endpoint=endpoint, nth=nth, kind="raw", body=b'{"id": "ftjob-1", "st')


def edited(endpoint: str, nth: int | None = None, **fields: Any) -> Fault:
    """Return the fault of a body in which some fields are others; None removes one."""

    def edit(body: Any) -> Any:
        return {k: v for k, v in {**body, **fields}.items() if v is not None}

    return Fault(endpoint=endpoint, nth=nth, kind="edit", edit=edit)


@dataclass(frozen=True)
class Refusal:
    """A definite no."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None


@dataclass(frozen=True)
class Reply:
    """An answer whose status or headers say something."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


_ROUTES: Mapping[tuple[str, str, int], str] = {
    ("POST", "files", 1): "files.create",
    ("GET", "files", 1): "files.list",
    ("GET", "files", 2): "files.retrieve",
    ("DELETE", "files", 2): "files.delete",
    ("GET", "files", 3): "files.content",
    ("POST", "fine_tuning", 2): "jobs.create",
    ("GET", "fine_tuning", 2): "jobs.list",
    ("GET", "fine_tuning", 3): "jobs.retrieve",
    ("GET", "models", 1): "models.list",
    ("POST", "chat", 2): "chat",
}
"""Names of the calls, by method, first word and number of words of the path."""


def endpoint_of(method: str, path: str) -> str:
    """Return the name of a call; those below a job are named by their last word."""
    parts = path.removeprefix("/v1/").strip("/").split("/")
    named = _ROUTES.get((method, parts[0], len(parts)))
    return named or f"jobs.{parts[-1]}"


class Service(Protocol):
    """What the line needs of a service."""

    turn: threading.RLock
    calls: Counter[str]
    headers: list[dict[str, str]]
    faults: list[Fault]
    keys: set[str] | None
    closing: threading.Event
    seconds_a_request: float

    def advance(self, seconds: float) -> None:
        """Move the clock."""

    def clock(self) -> float:
        """Return the time it says in its answers."""

    def handle(self, request: "Request") -> Any:
        """Do a request and return its body, bytes, or a `Refusal`."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came in."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    kind: str
    """Type of the content."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """All that came with it, by lower-case names."""

    @property
    def words(self) -> list[str]:
        """Return the words of the path, without the version."""
        return self.path.removeprefix("/v1/").strip("/").split("/")


def multipart(body: bytes, kind: str) -> tuple[dict[str, str], str, bytes]:
    """Return the plain fields of a form, and the file's name and content."""
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode("ascii") + body
    )
    fields: dict[str, str] = {}
    name, content = "", b""
    for part in message.iter_parts():
        filename = part.get_filename()
        raw = part.get_payload(decode=True)
        assert isinstance(raw, bytes)
        if filename is None:
            fields[str(part.get_param("name", header="content-disposition"))] = raw.decode()
        else:
            name, content = filename, raw
    return fields, name, content


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    """Return what serves a line."""
    return type("Handler", (_Handler,), {"service": service})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def do_GET(self) -> None:
        """Answer a question."""
        self._do("GET")

    def do_POST(self) -> None:
        """Do something."""
        self._do("POST")

    def do_PUT(self) -> None:
        """Take something."""
        self._do("PUT")

    def do_DELETE(self) -> None:
        """Delete something."""
        self._do("DELETE")

    def _do(self, method: str) -> None:
        split = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            method=method,
            path=split.path,
            query={name: values[-1] for name, values in parse_qs(split.query).items()},
            body=body,
            kind=self.headers.get("content-type", ""),
            headers=headers,
        )
        endpoint = getattr(self.service, "endpoint_of", endpoint_of)(method, split.path)
        with self.service.turn:
            self.service.calls[endpoint] += 1
            self.service.headers.append(headers)
            self.service.advance(self.service.seconds_a_request)
            fault = _fault_of(self.service, endpoint)
            key = headers.get("authorization", "").removeprefix("Bearer ")
            done: Any = None
            if self.service.keys is not None and key not in self.service.keys:
                words = f"Incorrect API key provided: {key}"
                done = Refusal(401, words, "invalid_api_key")
            elif fault is None or not fault.before:
                done = self.service.handle(request)
        self._reply(fault, done, headers)

    def _reply(self, fault: Fault | None, done: Any, headers: dict[str, str]) -> None:
        kind = None if fault is None else fault.kind
        if kind in {"reset_before", "reset_after", "hang"}:
            if kind == "hang":
                self.service.closing.wait()
            self.close_connection = True
            self.connection.close()
            return
        if fault is not None and kind == "status":
            words = f"{fault.message} {headers}" if fault.echo else fault.message
            done = Refusal(fault.status, words, fault.code, fault.param)
        status, body = _answer_of(done)
        if fault is not None and kind == "edit":
            body = fault.edit(body)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if fault is not None and kind == "raw":
            content = fault.body
        told = done.headers if isinstance(done, Reply) else {}
        self._write(status, content, fault, told)

    def _write(
        self, status: int, content: bytes, fault: Fault | None, told: Mapping[str, str]
    ) -> None:
        drips = fault is not None and fault.kind == "drip"
        extra = {**told, **(fault.headers if fault is not None else {})}
        try:
            self.send_response(status)
            for name, value in {"content-type": "application/json", **extra}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content) + drips * 10**6))
            self.end_headers()
            while drips and not self.service.closing.wait(0.02):
                self.wfile.write(b" ")
            cut = fault is not None and fault.kind == "cut"
            self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = self.close_connection or cut
        except OSError:
            self.close_connection = True

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the time by the service's own clock."""
        return super().date_time_string(self.service.clock())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _fault_of(service: Service, endpoint: str) -> Fault | None:
    """Return what the newest call of an endpoint meets."""
    call = service.calls[endpoint]
    return next(
        (one for one in service.faults if one.endpoint == endpoint and one.nth in {None, call}),
        None,
    )


def _answer_of(done: Any) -> tuple[int, Any]:
    """Return status and body of what a service did."""
    if isinstance(done, Reply):
        return done.status, done.body
    if not isinstance(done, Refusal):
        return 200, done
    error = {
        "message": done.message,
        "type": "invalid_request_error",
        "param": done.param,
        "code": done.code,
        "status": done.code,
    }
    return done.status, {"error": error}
