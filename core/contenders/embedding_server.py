"""Vectors from any server that speaks the embeddings interface; only inside a worker."""

import asyncio
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import openai
from openai.types import CreateEmbeddingResponse

from core.contenders.desk import Desk, Surroundings
from core.contenders.embedding import AskedToStop, EmbeddingSpec
from core.contenders.replies import Failed, read_failure
from core.errors import JobError
from core.redaction import Redactor


class EmbeddingServer:
    """An embedder behind an address."""

    def __init__(
        self, spec: EmbeddingSpec, key: str | None, surroundings: Surroundings | None = None
    ) -> None:
        self._spec = spec
        self._world = surroundings or Surroundings()
        self._key = key
        self._redact = Redactor([key] if key else [])
        self.identity: dict[str, Any] = {
            "endpoint": spec.base_url.rstrip("/"),
            "model": spec.model,
            "dimensions": spec.dimensions,
        }

    def embed(self, texts: Sequence[str]) -> Iterator[tuple[int, list[float]]]:
        """Yield the vector of each text with its place as replies come, several under way.

        What came before a failure is yielded before it is raised.
        """
        size = self._spec.at_once
        groups = [texts[start : start + size] for start in range(0, len(texts), size)]
        desk = Desk(self._try, self._spec, self._key, self._world)
        for number, made in desk.replies(groups, at_once=self._spec.requests_at_once):
            yield from enumerate(made, start=number * size)
        if self._world.stop():
            raise AskedToStop
        if desk.reasons:
            first = min(desk.reasons)
            raise JobError(
                what=(
                    "The embedding server left "
                    f"{sum(len(groups[one]) for one in desk.reasons):,} texts without a vector."
                ),
                why=f"The reason: {desk.reasons[first]}.",
                remedy=(
                    "Mend that, then `tuningfork resume`, which asks for those alone; without "
                    "[embedding] words alone are used."
                ),
            )

    async def _try(
        self, client: openai.AsyncOpenAI, texts: Sequence[str]
    ) -> list[list[float]] | Failed:
        """Send one request and return what came of it."""
        spec = self._spec
        try:
            async with asyncio.timeout(spec.timeout_seconds):
                reply = await client.embeddings.create(
                    model=spec.model,
                    input=list(texts),
                    encoding_format="float",
                    dimensions=openai.omit if spec.dimensions is None else spec.dimensions,
                )
        except (TimeoutError, ValueError, TypeError, AttributeError, openai.OpenAIError) as error:
            return read_failure(error, self._redact, key_name=spec.key, now=self._world.now)
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
