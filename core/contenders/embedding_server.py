"""Vectors from any server that speaks the embeddings interface; only inside a worker."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import openai
from openai.types import CreateEmbeddingResponse

from core.contenders.embedding import EmbeddingSpec
from core.contenders.pace import LONGEST, backoff
from core.contenders.replies import Failed, read_failure
from core.errors import JobError
from core.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What the world gives; tests give another."""

    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds."""
    draw: Callable[[], float] = random.random
    """Gives numbers from 0 to 1."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The time, for servers that name a moment to come back at."""


class EmbeddingServer:
    """An embedder behind an address."""

    def __init__(self, spec: EmbeddingSpec, key: str | None, pace: Pace | None = None) -> None:
        self._spec = spec
        self._pace = pace or Pace()
        self._key = key
        self._redact = Redactor([key] if key else [])
        self.identity: dict[str, Any] = {
            "endpoint": spec.base_url.rstrip("/"),
            "model": spec.model,
            "dimensions": spec.dimensions,
        }

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text."""
        size = self._spec.at_once
        found: list[list[float]] = []
        with self._open() as client:
            for start in range(0, len(texts), size):
                found += self._asked(client, texts[start : start + size])
        return found

    def _open(self) -> openai.OpenAI:
        """Return a client that takes nothing from the environment and follows no redirect."""
        spec = self._spec
        client = openai.OpenAI(
            api_key=self._key or "none",
            base_url=spec.base_url,
            max_retries=0,
            timeout=spec.timeout_seconds,
            http_client=openai.DefaultHttpxClient(
                follow_redirects=False, trust_env=not spec.stays_here
            ),
        )
        client.organization = client.project = None
        return client

    def _asked(self, client: openai.OpenAI, texts: Sequence[str]) -> list[list[float]]:
        """Return the vectors of one request, tried as often as it may be."""
        failed = Failed(why="it was not asked", again=True)
        for number in range(1, self._spec.tries + 1):
            found = self._try(client, texts)
            if not isinstance(found, Failed):
                return found
            failed = found
            if not failed.again or (failed.wait or 0) > LONGEST or number == self._spec.tries:
                break
            wait = backoff(number, draw=self._pace.draw) if failed.wait is None else failed.wait
            self._pace.sleep(wait)
        raise JobError(
            what=f"The embedding server left {len(texts):,} texts without a vector.",
            why=f"The reason: {failed.why}.",
            remedy="Mend that, then `tuningfork resume`; without [embedding] words alone are used.",
        )

    def _try(self, client: openai.OpenAI, texts: Sequence[str]) -> list[list[float]] | Failed:
        """Send one request and return what came of it."""
        spec = self._spec
        try:
            reply = client.embeddings.create(
                model=spec.model,
                input=list(texts),
                encoding_format="float",
                dimensions=openai.omit if spec.dimensions is None else spec.dimensions,
            )
        except (ValueError, TypeError, AttributeError, openai.OpenAIError) as error:
            return read_failure(error, self._redact, key_name=spec.key, now=self._pace.now)
        return _vectors(reply, len(texts))


def _vectors(reply: object, count: int) -> list[list[float]] | Failed:
    """Return the vectors in the order of the texts; the client checks no shapes, so this does."""
    data = reply.data if isinstance(reply, CreateEmbeddingResponse) else None
    if not isinstance(data, list):
        return Failed(why="the reply holds no embeddings", again=True)
    found: dict[Any, Any] = {
        getattr(one, "index", None): getattr(one, "embedding", None) for one in data
    }
    if set(found) != set(range(count)):
        return Failed(why=f"the reply has {len(data):,} vectors for {count:,} texts", again=True)
    ordered: list[list[float]] = [found[place] for place in range(count)]
    if not all(isinstance(one, list) and one and all(map(_number, one)) for one in ordered):
        return Failed(why="a vector of the reply holds something that is no number", again=True)
    if len({len(one) for one in ordered}) != 1:
        return Failed(why="the vectors of the reply differ in length", again=True)
    return ordered


def _number(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)
