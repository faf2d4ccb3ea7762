"""Requests to a model in this process: those that wait go together, and so does a fault."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from core.contenders.contender import Answer, Conversation
from core.release.gateway.backend import ArmFailedError, End
from core.release.gateway.local_backend import LocalBackend, LocalEngine


class Slow:
    """A model that waits to be let go, and remembers who came together."""

    def __init__(self) -> None:
        self.groups: list[tuple[bool, list[str]]] = []
        self.busy = threading.Event()
        self.go = threading.Event()
        self.fails = False

    def answer(
        self,
        asked: Sequence[Conversation],
        *,
        tuned: bool,
        told: Callable[[int, str], None] | None = None,
        limits: Sequence[int] | None = None,
    ) -> Iterator[Answer]:
        words = [one.messages[-1]["content"] for one in asked]
        self.groups.append((tuned, words))
        self.busy.set()
        assert self.go.wait(20)
        if self.fails:
            raise RuntimeError("no memory")
        for place, said in enumerate(words):
            assert told is not None
            assert limits is not None
            told(place, said[: limits[place]])
            yield Answer(place, said, tokens=1, stopped=True, cut=False)


async def _ask(backend: LocalBackend, words: str, limit: int = 99) -> list[object]:
    asked = Conversation(({"role": "user", "content": words},))
    return [piece async for piece in backend.answer(asked, limit, stream=True)]


async def _together(model: Slow, count: int) -> list[list[object] | BaseException]:
    """Ask once, and while that is answered so many times more, tuned and not."""
    engine = LocalEngine(model)
    tuned, base = LocalBackend(engine, tuned=True), LocalBackend(engine, tuned=False)
    tasks = [asyncio.create_task(_ask(tuned, "first"))]
    await asyncio.to_thread(model.busy.wait, 20)
    tasks += [asyncio.create_task(_ask(tuned, f"t{n}")) for n in range(count)]
    tasks += [asyncio.create_task(_ask(base, f"b{n}", limit=1)) for n in range(count)]
    await asyncio.sleep(0)
    model.go.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    await tuned.close()
    return found


def test_requests_that_wait_go_together_by_arm() -> None:
    model = Slow()
    found = asyncio.run(_together(model, 3))
    assert model.groups == [
        (True, ["first"]),
        (True, ["t0", "t1", "t2"]),
        (False, ["b0", "b1", "b2"]),
    ]
    end = End(stopped=True, tokens_in=None, tokens_out=1)
    assert found[0] == ["first", end]
    assert found[4] == ["b", end]


def test_a_fault_of_the_model_reaches_everybody_and_the_thread_lives() -> None:
    model = Slow()
    model.fails = True
    found = asyncio.run(_together(model, 2))
    assert all(isinstance(one, ArmFailedError) for one in found)
    assert len(model.groups) == 3


def test_who_went_away_before_the_turn_is_not_answered() -> None:
    async def leave() -> None:
        engine = LocalEngine(model)
        backend = LocalBackend(engine, tuned=True)
        first = asyncio.create_task(_ask(backend, "first"))
        await asyncio.to_thread(model.busy.wait, 20)
        gone = asyncio.create_task(_ask(backend, "gone"))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        model.go.set()
        await first
        await _ask(backend, "last")
        await backend.close()

    model = Slow()
    asyncio.run(leave())
    assert [words for _, words in model.groups] == [["first"], ["last"]]
