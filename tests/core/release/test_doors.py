"""Who is let in, and what happens to clients that are slow, huge, broken or malicious."""

import json
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.release.gateway.asking import RefusedError, read_request
from core.release.gateway.feedback import read_feedback
from core.release.standing import roll_back
from tests.support.filled_workspace import NOW
from tests.support.gateways import Echo, Running, gateway
from tests.support.release_plans import plan_of

BODY = json.dumps({"messages": [{"role": "user", "content": "hi"}]}).encode()


def raw(running: Running, content: bytes, *, leave: bool = False) -> bytes:
    """Send bytes and return all that comes until the server closes; `leave` sends no more."""
    parts = urlsplit(running.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as opened:
        opened.sendall(content)
        if leave:
            opened.shutdown(socket.SHUT_WR)
        found = b""
        while block := opened.recv(65536):
            found += block
        return found


def post(
    running: Running, body: bytes = BODY, path: str = "/v1/chat/completions", **headers: str
) -> tuple[int, dict[str, object]]:
    parts = urlsplit(running.url)
    given = {
        "host": parts.netloc,
        "content-type": "application/json",
        "content-length": str(len(body)),
        "connection": "close",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value != "-")
    found = raw(running, f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    head_bytes, _, rest = found.partition(b"\r\n\r\n")
    return int(head_bytes.split()[1]), json.loads(rest if rest.startswith(b"{") else b"{}")


def test_a_page_in_a_browser_and_a_name_that_leads_here_are_refused(tmp_path: Path) -> None:
    with gateway(tmp_path) as running:
        here = urlsplit(running.url).netloc
        assert post(running)[0] == 200
        assert post(running, host=here.replace("127.0.0.1", "localhost"))[0] == 200
        assert post(running, host="evil.example")[0] == 421
        assert post(running, host="[bad")[0] in {400, 421}
        assert post(running, origin="https://evil.example")[0] == 403
        assert post(running, origin="null")[0] == 403
        assert post(running, origin=f"http://{here}")[0] == 200
        assert post(running, content_type="text/plain")[0] == 415
        assert post(running, content_type="-")[0] == 415


def test_without_the_token_nothing_is_answered(tmp_path: Path) -> None:
    backends = {"new": Echo(), "old": Echo()}
    with gateway(tmp_path, backends, token="the-token-of-this-test") as running:
        for wrong in ("-", "", "Bearer", "Bearer the-token", "the-token-of-this-test", "Bearer é"):
            assert post(running, authorization=wrong)[0] in {400, 401}
        assert not [one for arm in backends.values() for one in arm.asked]
        assert post(running, authorization="Bearer the-token-of-this-test")[0] == 200
        assert post(running, path="/v1/feedback", body=b"{}")[0] == 401
        with running.client() as client, pytest.raises(openai.AuthenticationError):
            client.models.list()


def test_a_body_that_is_too_long_is_refused_whatever_it_announces(tmp_path: Path) -> None:
    plan = plan_of(listen={"most_kb": 4})
    with gateway(tmp_path, plan=plan) as running:
        assert post(running, b" " * 4096 + BODY)[0] == 413
        assert post(running, BODY, content_length="99999999999999999999")[0] in {400, 413}
        here = urlsplit(running.url).netloc
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: {here}\r\nconnection: close\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        found = raw(running, head.encode() + b"1000\r\n" + b" " * 4096 + b"\r\n1000\r\n" + b" " * 9)
        assert b" 413 " in found or b" 400 " in found


def test_a_request_that_never_gets_whole_is_ended(tmp_path: Path) -> None:
    plan = plan_of(listen={"request_seconds": 0.3})
    with gateway(tmp_path, plan=plan) as running:
        parts = urlsplit(running.url)
        for start in (
            b"",
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n",
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            "content-type: application/json\r\ncontent-length: 99\r\n\r\n{".encode(),
        ):
            with socket.create_connection((parts.hostname, parts.port), timeout=20) as opened:
                opened.sendall(start)
                found = b""
                while block := opened.recv(65536):
                    found += block
                assert found == b"" or b" 408 " in found
        assert post(running)[0] == 200


def test_a_head_without_end_is_cut_off(tmp_path: Path) -> None:
    plan = plan_of(listen={"request_seconds": 600})
    with gateway(tmp_path, plan=plan) as running:
        parts = urlsplit(running.url)
        # A server that reads on would say nothing, and the wait for its end would time out.
        place = (parts.hostname, parts.port)
        with socket.create_connection(place, timeout=60) as opened, suppress(ConnectionError):
            opened.sendall(b"GET /health HTTP/1.1\r\n")
            for _ in range(2000):
                opened.sendall(b"x: " + b"y" * 1000 + b"\r\n")
            while opened.recv(65536):
                pass
        assert post(running)[0] == 200


def test_a_client_that_leaves_frees_its_arm(tmp_path: Path) -> None:
    backends = {"new": Echo(), "old": Echo()}
    with gateway(tmp_path, backends) as running:
        with running.client() as client:
            words = "word " * 200_000
            stream = client.chat.completions.create(
                model="trial", messages=[{"role": "user", "content": words}], stream=True
            )
            next(iter(stream))
            stream.close()
        limit = time.monotonic() + 20
        while not sum(one.closed_early for one in backends.values()):
            assert time.monotonic() < limit
            time.sleep(0.01)


def test_a_client_that_does_not_read_is_dropped(tmp_path: Path) -> None:
    backends = {"new": Echo(), "old": Echo()}
    plan = plan_of(listen={"answer_seconds": 1.0, "most_kb": 2048})
    with gateway(tmp_path, backends, plan=plan) as running:
        parts = urlsplit(running.url)
        words = "word " * 200_000
        turns = [{"role": "user", "content": words}]
        body = json.dumps({"stream": True, "messages": turns}).encode()
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as opened:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            opened.sendall(
                f"POST /v1/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: "
                f"application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            limit = time.monotonic() + 20
            while not sum(one.closed_early for one in backends.values()):
                assert time.monotonic() < limit
                time.sleep(0.01)


def test_no_request_after_a_rollback_reaches_the_old_arm(tmp_path: Path) -> None:
    """Four clients ask without a pause while somebody rolls back."""
    plan = plan_of(arm={"new": {"model": "m", "share": 100}, "old": {"model": "m"}})
    backends = {"new": Echo(ending=" new"), "old": Echo(ending=" old")}
    acknowledged, late, before, after = threading.Event(), [], [], []

    def ask(running: Running, number: int) -> None:
        with running.client() as client:
            for count in range(50):
                known = acknowledged.is_set()
                said = client.chat.completions.create(
                    model="trial",
                    messages=[{"role": "user", "content": "x"}],
                    user=f"{number} {count}",
                )
                arm = (said.choices[0].message.content or "").split()[-1]
                (after if known else before).append(arm)
                if known and arm != "OLD":
                    late.append(arm)

    with gateway(tmp_path, backends, plan=plan) as running:
        threads = [threading.Thread(target=ask, args=(running, n)) for n in range(4)]
        for one in threads:
            one.start()
        while len(before) < 40:
            time.sleep(0.001)
        roll_back(running.folder.standing, by="me", why="", now=NOW)
        acknowledged.set()
        for one in threads:
            one.join()
    assert "NEW" in before
    assert len(after) > 50
    assert not late


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["messages", "model", "stream", "user", "max_tokens", "n", "tools", "stream_options"]
)
TURNS = st.lists(
    st.dictionaries(st.sampled_from(["role", "content", "tool_calls", "name"]), JSON, max_size=3)
    | JSON,
    max_size=3,
)


@settings(deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=5), st.none() | TURNS)
def test_every_json_is_read_or_refused_by_its_field(value: dict, turns: list | None) -> None:
    if turns is not None:
        value["messages"] = turns
    body = json.dumps(value).encode()
    for read in (read_request, read_feedback):
        with suppress(RefusedError):
            read(body)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_every_body_is_read_or_refused(body: bytes) -> None:
    for read in (read_request, read_feedback):
        with pytest.raises(RefusedError):
            read(body)


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_nesting_is_refused_and_ends_nothing(depth: int) -> None:
    with pytest.raises(RefusedError):
        read_request(b'{"messages":' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.slow
def test_a_thousand_odd_requests_get_an_answer_or_a_refusal_each(tmp_path: Path) -> None:
    with gateway(tmp_path) as running:

        @settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.dictionaries(FIELDS, JSON, max_size=5), st.none() | TURNS)
        def fuzz(value: dict, turns: list | None) -> None:
            if turns is not None:
                value["messages"] = turns
            value.pop("stream", None)
            status, said = post(running, json.dumps(value).encode())
            assert status == 200 or set(said) == {"error"}
            assert status in {200, 400, 404, 413}

        fuzz()
        assert post(running)[0] == 200


@pytest.mark.slow
def test_no_bytes_end_the_server(tmp_path: Path) -> None:
    with gateway(tmp_path) as running:

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(max_size=400), st.booleans())
        def fuzz(content: bytes, begun: bool) -> None:
            raw(running, b"POST /v1/chat/completions HTTP/1.1\r\n" * begun + content, leave=True)

        fuzz()
        assert post(running)[0] == 200
