"""A server on loopback that speaks chat completions and embeddings, and misbehaves when told to."""

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from openai.types.chat import ChatCompletion


class Fault(NamedTuple):
    """What a request meets in place of an answer."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b"{}"
    cut: bool = False
    """Whether the connection ends before the length that was announced."""
    stall: bool = False
    """Whether no byte comes until the server is closed."""
    drip: bool = False
    """Whether a byte comes now and then, without end."""
    echo: bool = False
    """Whether the headers of the request are quoted in the error."""


def completion(text: str | None, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """Return a reply in the shape of the package's own types."""
    reply: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "logprobs": None,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    ChatCompletion.model_validate(reply)
    return reply


def error(status: int, message: str, code: str | None = None, **headers: str) -> Fault:
    """Return a refusal in the shape that OpenAI gives it."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, named, json.dumps(body).encode())


_MEANINGS = (("refund", "money"), ("parcel", "shipping", "post"), ("cat", "kitten"))
"""Words of one meaning each."""


def meaning(text: str) -> list[float]:
    """Return how often a text speaks of each thing, and a little of everything."""
    words = text.casefold().replace("?", " ").replace(".", " ").split()
    return [0.01 + sum(word in group for word in words) for group in _MEANINGS]


def embeddings(vectors: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Return a reply with vectors, the last first: only their index says whose they are."""
    data = [
        {"object": "embedding", "index": place, "embedding": list(one)}
        for place, one in enumerate(vectors)
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "fake", "data": data[::-1], "usage": usage}


class FakeChat:
    """Answers the last turn in capitals; each question may first meet some faults.

    Of texts to embed, the first is the question that faults go by.
    """

    def __init__(self) -> None:
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.always: Fault | None = None
        """Met by every request, after the faults of its question."""
        self.answered: Counter[str] = Counter()
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.closing = threading.Event()
        self._turn = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Return what an endpoint names as its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def meet(self, question: str, *faults: Fault) -> None:
        """Let a question meet these, one a request."""
        self.faults[question].extend(faults)

    def next_of(self, question: str, request: dict[str, Any], headers: dict[str, str]) -> Fault:
        """Return what a request gets."""
        with self._turn:
            self.seen.append(request)
            self.headers.append(headers)
            if self.faults[question]:
                return self.faults[question].popleft()
            if self.always:
                return self.always
            self.answered[question] += 1
        if "input" in request:
            made = embeddings([meaning(text) for text in request["input"]])
            return Fault(body=json.dumps(made).encode())
        return Fault(body=json.dumps(completion(question.upper())).encode())

    def asked(self, question: str) -> int:
        """Return how many requests a question made."""
        return sum(
            one["messages"][-1]["content"] == question for one in self.seen if "messages" in one
        )

    @contextmanager
    def serving(self) -> Iterator["FakeChat"]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def questions(count: int) -> Sequence[str]:
    """Return so many different questions."""
    return [f"question {number}" for number in range(count)]


def _handler(chat: FakeChat) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Answer one request."""
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = request["messages"][-1]["content"] if "messages" in request else None
            fault = chat.next_of(asked or request["input"][0], request, headers)
            if fault.stall:
                chat.closing.wait()
                self.close_connection = True
                return
            body = fault.body
            if fault.echo:
                words = f"bad request with {headers}"
                body = json.dumps({"error": {"message": words}}).encode()
            self.send_response(fault.status)
            for name, value in {"content-type": "application/json", **fault.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body) + fault.drip * 10**6))
            self.end_headers()
            while fault.drip and not chat.closing.wait(0.02):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    self.close_connection = True
                    return
            self.wfile.write(body[: len(body) // 2] if fault.cut else body)
            self.close_connection = fault.cut

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
