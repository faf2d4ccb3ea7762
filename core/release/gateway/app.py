"""The web application of a gateway: chat completions, models, feedback, health."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Protocol

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from core.errors import TuningforkError
from core.release.gateway.asking import Asked, RefusedError, read_request
from core.release.gateway.backend import ArmFailedError, End
from core.release.gateway.doors import Doors
from core.release.gateway.feedback import Feedback, read_feedback
from core.release.gateway.holding import FINGERPRINT, Holding, Settles
from core.release.gateway.openapi import openapi
from core.release.gateway.serving import Desk, Keeper, Served
from core.release.gateway.wire import DONE, Envelope, broken_off, error_bytes
from core.release.review.giving_out import GivingOut

_JSON = "application/json"
_USER_HEADER = "x-user-key"


class Log(Keeper, Settles, Protocol):
    """Keeps requests, and what people say of the answers."""

    async def add_feedback(self, feedback: Feedback) -> bool:
        """Return whether the answer is known; the feedback is on disk then."""
        ...


def make_app(
    desk: Desk,
    doors: Doors,
    log: Log,
    report: Callable[[Exception], object],
    *,
    answers: GivingOut,
) -> Starlette:
    """Return the application; `report` gets a fault of our own, `answers` gives held ones out."""
    gate = _Gate(desk, doors, log, Holding(desk.plan, log, answers))
    routes = [
        Route("/v1/chat/completions", gate.complete, methods=["POST"]),
        Route("/v1/models", gate.models, methods=["GET"]),
        Route("/v1/reviews/{id}", gate.review, methods=["GET"]),
        Route("/v1/feedback", gate.feedback, methods=["POST"]),
        Route("/health", gate.health, methods=["GET"]),
        Route("/openapi.json", gate.description, methods=["GET"]),
    ]

    def fault(request: Request, error: Exception) -> Response:
        # Not in words: what went wrong may quote a prompt.
        report(error)
        said = error_bytes(500, "The gateway has a fault.", code="fault")
        return Response(said, 500, media_type=_JSON)

    return Starlette(
        routes=routes, exception_handlers={HTTPException: _no_such_place, Exception: fault}
    )


class _Gate:
    """Answers the requests of clients."""

    def __init__(self, desk: Desk, doors: Doors, log: Log, holding: Holding) -> None:
        self._holding = holding
        self._desk = desk
        self._doors = doors
        self._log = log
        self._name = desk.plan.name
        self._fingerprint = desk.plan.identity[:FINGERPRINT]

    async def complete(self, request: Request) -> Response:
        """Answer a conversation, whole or as it comes."""
        return await self._checked(request, self._complete)

    async def _complete(self, request: Request) -> Response:
        asked = read_request(await self._doors.body(request))
        if asked.model not in {"", self._name}:
            raise RefusedError(
                404, f"The model here is {self._name}.", code="model_not_found", param="model"
            )
        id = f"chatcmpl-{os.urandom(12).hex()}"
        user = asked.user or request.headers.get(_USER_HEADER, "")
        served = Served(self._desk, asked, id, user)
        if self._desk.plan.review.mode == "hold":
            return await self._held(served, asked)
        envelope = Envelope(id, model=self._name, fingerprint=self._fingerprint)
        if not asked.stream:
            return await self._whole(served, envelope)
        pieces = served.pieces()
        try:
            first = await anext(pieces)
        except ArmFailedError as failed:
            raise _nobody(failed) from failed
        stream = _streamed(first, pieces, envelope, with_usage=asked.with_usage)
        return _Stream(stream, self._desk.plan.listen.answer_seconds)

    async def _held(self, served: Served, asked: Asked) -> Response:
        """Keep an answer for its reviewer, and say so."""
        if asked.example.tools:
            raise RefusedError(
                400,
                "Every answer of this release is reviewed, and a call of a tool cannot be.",
                code="invalid_value",
                param="tools",
            )
        await self._gathered(served)
        await self._holding.keep(served.id)
        if not asked.stream:
            return await self._holding.whole(served.id)
        stream = self._holding.stream(served.id, with_usage=asked.with_usage)
        plan = self._desk.plan
        return _Stream(stream, plan.review.wait_seconds + plan.listen.answer_seconds)

    async def _whole(self, served: Served, envelope: Envelope) -> Response:
        text = await self._gathered(served)
        end = served.end or End(stopped=True, tokens_in=None, tokens_out=None)
        tokens = (end.tokens_in, end.tokens_out)
        content = envelope.whole(text, _reason(end), tokens, end.tool_calls)
        return Response(content, media_type=_JSON)

    async def _gathered(self, served: Served) -> str:
        """Return the whole text of an answer, in time."""
        text: list[str] = []
        try:
            async with (
                asyncio.timeout(self._desk.plan.listen.answer_seconds),
                aclosing(served.pieces()) as pieces,
            ):
                async for piece in pieces:
                    if isinstance(piece, str):
                        text.append(piece)
        except ArmFailedError as failed:
            raise _nobody(failed) from failed
        except TimeoutError as late:
            raise RefusedError(504, "No whole answer came in time.", code="too_slow") from late
        return "".join(text)

    async def review(self, request: Request) -> Response:
        """Say what became of a held answer."""
        return await self._checked(request, self._holding.look)

    async def feedback(self, request: Request) -> Response:
        """Keep what somebody says of an answer."""
        return await self._checked(request, self._feedback)

    async def _feedback(self, request: Request) -> Response:
        feedback = read_feedback(await self._doors.body(request))
        try:
            known = await self._log.add_feedback(feedback)
        except TuningforkError as error:
            raise RefusedError(
                507, "The feedback could not be saved; send it again.", code="not_saved"
            ) from error
        if not known:
            raise RefusedError(
                404, "No answer of this id is known.", code="unknown_answer", param="id"
            )
        return Response(b'{"saved":true}', media_type=_JSON)

    async def models(self, request: Request) -> Response:
        """Name the release, the only model there is."""
        self._doors_or_raise(request)
        model = {"id": self._name, "object": "model", "created": 0, "owned_by": "tuningfork"}
        return Response(msgspec.json.encode({"object": "list", "data": [model]}), media_type=_JSON)

    async def health(self, request: Request) -> Response:
        """Say that requests are answered, to whoever asks."""
        rolled_back = self._desk.standing.rolled_back
        said = {"status": "ok", "release": self._name, "rolled_back": rolled_back}
        return Response(msgspec.json.encode(said), media_type=_JSON)

    async def description(self, request: Request) -> Response:
        """Return the document that describes all this."""
        document = openapi(needs_token=self._doors.needs_token)
        return Response(msgspec.json.encode(document), media_type=_JSON)

    def _doors_or_raise(self, request: Request) -> None:
        try:
            self._doors.check(request)
        except RefusedError as refused:
            raise HTTPException(refused.status, refused.message) from refused

    async def _checked(
        self, request: Request, handle: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            self._doors.check(request)
            return await handle(request)
        except RefusedError as refused:
            content = error_bytes(
                refused.status, refused.message, code=refused.code, param=refused.param
            )
            closing = {"connection": "close"} if refused.status in {401, 408, 413} else {}
            return Response(content, refused.status, media_type=_JSON, headers=closing)


class _Stream(StreamingResponse):
    """A stream that a client must read in time: nobody keeps an arm busy by not reading."""

    def __init__(self, content: AsyncGenerator[bytes], seconds: float) -> None:
        super().__init__(
            content, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )
        self._content = content
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or break it off."""
        try:
            async with asyncio.timeout(self._seconds):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            return
        finally:
            await self._content.aclose()


async def _streamed(
    first: str | End, pieces: AsyncGenerator[str | End], envelope: Envelope, *, with_usage: bool
) -> AsyncGenerator[bytes]:
    """Yield the events of an answer."""
    async with aclosing(pieces):
        piece = first
        before = envelope.first()
        try:
            while isinstance(piece, str):
                yield before + envelope.piece(piece)
                before = b""
                piece = await anext(pieces)
        except ArmFailedError:
            yield broken_off("The answer broke off; ask again.")
            return
        tail = before + (envelope.calls(piece.tool_calls) if piece.tool_calls else b"")
        tail += envelope.last(_reason(piece))
        if with_usage:
            tail += envelope.usage(piece.tokens_in, piece.tokens_out)
        # The last piece ends the request for whoever keeps the log, before the client hears of it.
        await anext(pieces, None)
        yield tail + DONE


def _reason(end: End) -> str:
    """Return why an answer ended, in the interface's words."""
    if not end.stopped:
        return "length"
    return "tool_calls" if end.tool_calls else "stop"


def _nobody(failed: ArmFailedError) -> RefusedError:
    """Return the refusal; what servers said stays in the log, for the owner's eyes."""
    return RefusedError(503, "No arm of the release gave an answer.", code="arm_failed")


def _no_such_place(request: Request, error: Exception) -> Response:
    """Return what the framework refuses in the same shape as all else."""
    assert isinstance(error, HTTPException)
    content = error_bytes(error.status_code, str(error.detail), code="not_possible")
    return Response(content, error.status_code, media_type=_JSON, headers=error.headers)
