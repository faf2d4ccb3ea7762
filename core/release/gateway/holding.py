"""Answers that go out only after a person said so: what their clients get before and afterwards.

A client that asks gets a completion without text whose `finish_reason` is `content_filter`, with
status 202 and a `review` that says `waiting`; `GET /v1/reviews/ID` returns the same shape until
somebody decided, and the answer, the correction or the refusal from then on.
"""

from collections.abc import AsyncGenerator
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from core.errors import TuningforkError
from core.release.gateway.asking import RefusedError
from core.release.gateway.wire import DONE, Envelope
from core.release.release_plan import ReleasePlan
from core.release.review.giving_out import GivingOut, Held

_JSON = "application/json"
_ACCEPTED = 202
_MOST_WAIT = 60.0
"""Seconds that one look may wait; connections are few, and the next look goes on waiting."""
_BEAT_S = 10.0
"""A waiting stream says so often that it lives, in a line that clients read over."""
_AGAIN_S = "5"
_HELD = "This answer is held until a person has reviewed it: GET /v1/reviews/{id}"
_REFUSED = "A person reviewed this answer and did not release it."
FINGERPRINT = 16
"""Letters of a release's identity that go with every answer."""


class Settles(Protocol):
    """Writes what is noted of requests."""

    async def settled(self) -> None:
        """Return when everything noted before is on disk, or was given up."""
        ...


class Holding:
    """Stands between the arms of a release and its clients."""

    def __init__(self, plan: ReleasePlan, log: Settles, answers: GivingOut) -> None:
        self._plan = plan
        self._log = log
        self._answers = answers

    async def keep(self, id: str) -> Held:
        """Return an answer that is held from now on, whatever happens to this process."""
        try:
            await self._log.settled()
            found = await self._answers.look(id)
        except TuningforkError as error:
            raise _not_saved() from error
        if found is None:
            raise _not_saved()
        return found

    async def whole(self, id: str) -> Response:
        """Return what becomes of a held answer within the time that the plan gives."""
        found = await self._answers.wait(id, self._plan.review.wait_seconds)
        if found is None:
            raise _unknown()
        return self._response(found)

    async def look(self, request: Request) -> Response:
        """Answer somebody who asks what became of a held answer."""
        wait = request.query_params.get("wait", "0")
        if not wait.isascii() or not wait.isdigit() or int(wait) > _MOST_WAIT:
            raise RefusedError(
                400,
                f"wait is no number of seconds from 0 to {_MOST_WAIT:g}.",
                code="invalid_value",
                param="wait",
            )
        try:
            found = await self._answers.wait(request.path_params["id"], float(wait))
        except TuningforkError as error:
            raise RefusedError(503, "The reviews cannot be read now.", code="no_reviews") from error
        if found is None:
            raise _unknown()
        return self._response(found)

    async def stream(self, id: str, *, with_usage: bool) -> AsyncGenerator[bytes]:
        """Yield the events of a held answer: who speaks, signs of life, and what was decided."""
        found = await self._answers.look(id)
        if found is None:
            return
        envelope = self._envelope(found)
        yield envelope.first()
        left = self._plan.review.wait_seconds
        while found is not None and found.status == "waiting" and left > 0:
            step = min(_BEAT_S, left)
            found = await self._answers.wait(id, step)
            left -= step
            if found is not None and found.status == "waiting":
                yield b": a reviewer has it\n\n"
        yield _tail(envelope, found, with_usage=with_usage)

    def _envelope(self, found: Held) -> Envelope:
        fingerprint = self._plan.identity[:FINGERPRINT]
        return Envelope(found.id, model=self._plan.name, fingerprint=fingerprint, at=found.at)

    def _response(self, found: Held) -> Response:
        envelope, tokens = self._envelope(found), (found.tokens_in, found.tokens_out)
        if found.status == "waiting":
            place = {"location": f"/v1/reviews/{found.id}", "retry-after": _AGAIN_S}
            content = envelope.withheld("waiting", _HELD.format(id=found.id), tokens)
            return Response(content, _ACCEPTED, media_type=_JSON, headers=place)
        if found.status == "refused":
            return Response(envelope.withheld("refused", _REFUSED, tokens), media_type=_JSON)
        content = envelope.whole(found.text, _reason(found), tokens, (), reviewed=found.status)
        return Response(content, media_type=_JSON)


def _tail(envelope: Envelope, found: Held | None, *, with_usage: bool) -> bytes:
    """Return the end of a stream."""
    if found is None or found.status == "refused":
        return envelope.piece_withheld("refused", _REFUSED) + DONE
    if found.status == "waiting":
        return envelope.piece_withheld("waiting", _HELD.format(id=found.id)) + DONE
    tail = envelope.piece(found.text) + envelope.last(_reason(found))
    if with_usage:
        tail += envelope.usage(found.tokens_in, found.tokens_out)
    return tail + DONE


def _reason(found: Held) -> str:
    return "stop" if found.stopped else "length"


def _not_saved() -> RefusedError:
    return RefusedError(
        507, "The answer could not be kept for its review; ask again.", code="not_saved"
    )


def _unknown() -> RefusedError:
    return RefusedError(
        404, "No held answer of this id is known, or its day has come.", code="unknown_review"
    )
