"""The gateway does what its description says, asked by a tool that makes requests of that."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from core.release.gateway import server
from core.release.gateway.asking import Request
from core.release.gateway.feedback import Saying
from core.release.gateway.openapi import openapi
from tests.support.gateways import Echo, Running, gateway
from tests.support.release_plans import plan_of

TOKEN = "the-token-of-this-test"


def tried(running: Running, where: Path, *options: str) -> str:
    """Return what the tool says once it found nothing."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        running.url.removesuffix("/v1") + "/openapi.json",
        *("--no-color", "--seed", "1", "--generation-database", "none"),
        *("--header", f"Authorization: Bearer {TOKEN}", "--request-timeout", "60"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off"),
        *options,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=where, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_request_made_of_the_description_is_answered_as_it_says(tmp_path: Path) -> None:
    backends = {"new": Echo(), "old": Echo()}
    with gateway(tmp_path / "gateway", backends, token=TOKEN) as running:
        said = tried(running, tmp_path, "--phases", "coverage")
    assert "5 passed" in said
    assert sum(len(one.asked) for one in backends.values()) > 20


@pytest.mark.slow
def test_hundreds_of_drawn_requests_are_answered_as_the_description_says(tmp_path: Path) -> None:
    plan = plan_of(log={"keep": "full"})
    with gateway(tmp_path / "gateway", plan=plan, token=TOKEN) as running:
        said = tried(
            running, tmp_path, "--phases", "coverage,fuzzing,stateful", "--max-examples", "120"
        )
    assert "❌" not in said


def test_the_description_is_made_of_the_types_that_parse(tmp_path: Path) -> None:
    with gateway(tmp_path) as running, running.client() as client:
        url = running.url.removesuffix("/v1") + "/openapi.json"
        told = client.get(url, cast_to=object)
    assert told == msgspec.to_builtins(openapi(needs_token=False))
    schemas = openapi(needs_token=False)["components"]["schemas"]
    for kind in (Request, Saying):
        assert list(schemas[kind.__name__]["properties"]) == list(kind.__struct_fields__)


def test_one_too_many_is_told_to_come_back_in_the_shape_of_every_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_AT_ONCE", 1)
    with gateway(tmp_path) as running:
        parts = urlsplit(running.url)
        head = f"GET /health HTTP/1.1\r\nhost: {parts.netloc}\r\n".encode()
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as first:
            first.sendall(head + b"\r\n")
            assert b" 200 " in first.recv(65536)  # it stays open
            with socket.create_connection((parts.hostname, parts.port), timeout=20) as second:
                second.sendall(head + b"\r\n")
                found = b""
                while block := second.recv(65536):
                    found += block
    status, _, body = found.partition(b"\r\n\r\n")
    assert b" 503 " in status
    assert b"retry-after: 1" in status
    assert json.loads(body)["error"]["code"] == "too_many"


SMUGGLED = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
INSIDE = b'{"messages":[{"role":"user","content":"x"}]}'


@pytest.mark.parametrize(
    "headers",
    [
        b"content-length: 0\r\ntransfer-encoding: chunked\r\n",
        b"content-length: 4\r\ncontent-length: 44\r\n",
        b"content-length: +44\r\n",
        b"content-length: 44, 44\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"transfer-encoding: chunked, identity\r\n",
        b"content-length : 44\r\n",
        b"content-length: 44\r\nx-user-key: a\rb\r\n",
        b"content-length: 44\r\nx-user-key: a\x00b\r\n",
        b"content-length: 44\r\n folded: 1\r\n",
        b"content-length: 44\r\nhost: evil.example\r\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_reaches_no_arm(
    tmp_path: Path, headers: bytes
) -> None:
    backends = {"new": Echo(), "old": Echo()}
    with gateway(tmp_path, backends) as running:
        parts = urlsplit(running.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as opened:
            opened.sendall(
                f"POST /v1/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\n"
                "content-type: application/json\r\n".encode()
                + headers
                + b"\r\n"
                + INSIDE
                + SMUGGLED
            )
            opened.shutdown(socket.SHUT_WR)
            found = b""
            while block := opened.recv(65536):
                found += block
    assert found == b"" or found.split()[1] in {b"400", b"413", b"421"}
    assert b" 200 " not in found
    assert not [one for arm in backends.values() for one in arm.asked]
