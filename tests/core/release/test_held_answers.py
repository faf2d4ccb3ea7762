"""Answers that a reviewer releases, asked for over real sockets with the public client."""

import threading
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletion

from core.release.release_plan import ReleasePlan
from core.release.review.overview import read_queue
from core.release.review.sampling import queued
from tests.support.gateways import Running, gateway
from tests.support.release_plans import plan_of
from tests.support.reviewing import hold_plan, reviewer

HELLO = [{"role": "user", "content": "hello there world"}]
PLAN = hold_plan()


def ask(client: openai.OpenAI) -> ChatCompletion:
    return client.chat.completions.create(model="trial", messages=HELLO)


def look(client: openai.OpenAI, id: str, wait: int = 0) -> ChatCompletion:
    return client.get(f"/reviews/{id}?wait={wait}", cast_to=ChatCompletion)


def status_of(reply: ChatCompletion) -> str:
    return str((reply.model_extra or {})["review"]["status"])


def decide(running: Running, plan: ReleasePlan = PLAN, *, score: int = 5, text: str = "") -> str:
    with reviewer(running.folder, plan) as session:
        item = session.next()
        assert item is not None
        session.rate(score)
        if text:
            session.say("edit", text)
        return session.decide()


def test_nothing_goes_out_before_a_person_decided(tmp_path: Path) -> None:
    with gateway(tmp_path, plan=PLAN) as running, running.client() as client:
        held = client.chat.completions.with_raw_response.create(model="trial", messages=HELLO)
        reply = held.parse()
        assert held.status_code == 202
        assert held.headers["location"] == f"/v1/reviews/{reply.id}"
        assert reply.choices[0].finish_reason == "content_filter"
        assert reply.choices[0].message.content is None
        assert reply.id in (reply.choices[0].message.refusal or "")
        assert status_of(reply) == status_of(look(client, reply.id)) == "waiting"
        assert b"WORLD" not in held.http_response.content
        with pytest.raises(openai.ContentFilterFinishReasonError):
            client.chat.completions.parse(model="trial", messages=HELLO)


@pytest.mark.parametrize(
    ("score", "text", "status", "content"),
    [
        (5, "", "approved", "HELLO THERE WORLD"),
        (3, "", "approved", "HELLO THERE WORLD"),
        (1, "It is in the van.", "corrected", "It is in the van."),
        (1, "", "refused", None),
    ],
)
def test_a_decision_is_what_the_client_gets_from_then_on(
    tmp_path: Path, score: int, text: str, status: str, content: str | None
) -> None:
    with gateway(tmp_path, plan=PLAN) as running, running.client() as client:
        held = ask(client)
        assert decide(running, score=score, text=text) == status
        for _ in range(2):
            reply = look(client, held.id)
            assert status_of(reply) == status
            assert reply.choices[0].message.content == content
            assert (reply.choices[0].finish_reason == "stop") == (content is not None)
        assert (reply.id, reply.created) == (held.id, held.created)
        assert reply.usage is not None
        assert reply.usage.completion_tokens == 3


def test_a_request_waits_as_long_as_the_plan_says(tmp_path: Path) -> None:
    plan = hold_plan(review={"wait_seconds": 60})
    replies: list[ChatCompletion] = []
    with gateway(tmp_path, plan=plan) as running, running.client() as client:
        asking = threading.Thread(target=lambda: replies.append(ask(client)))
        asking.start()
        with reviewer(running.folder, plan) as session:
            while session.next() is None:
                assert asking.is_alive()
                asking.join(0.02)
            session.rate(5)
            session.decide()
        asking.join(30)
    assert [one.choices[0].message.content for one in replies] == ["HELLO THERE WORLD"]


def test_a_stream_waits_too_and_says_its_id_first(tmp_path: Path) -> None:
    plan = hold_plan(review={"wait_seconds": 60})
    with gateway(tmp_path, plan=plan) as running, running.client() as client:
        stream = client.chat.completions.create(
            model="trial", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        first = next(stream)
        assert first.choices[0].delta.content == ""
        decide(running, plan, score=3, text="Better so.")
        chunks = list(stream)
        said = [one.choices[0].delta.content for one in chunks if one.choices]
        assert said == ["Better so.", None]
        assert chunks[-1].usage is not None
        assert {one.id for one in chunks} == {first.id}


def test_a_stream_that_nobody_reviewed_ends_without_a_word(tmp_path: Path) -> None:
    with gateway(tmp_path, plan=PLAN) as running, running.client() as client:
        chunks = list(client.chat.completions.create(model="trial", messages=HELLO, stream=True))
        assert "".join(one.choices[0].delta.content or "" for one in chunks) == ""
        assert chunks[-1].choices[0].finish_reason == "content_filter"
        assert (chunks[-1].model_extra or {})["review"] == {
            "id": chunks[-1].id,
            "status": "waiting",
        }
        decide(running)
        reply = look(client, chunks[-1].id)
        assert reply.choices[0].message.content == "HELLO THERE WORLD"


def test_what_is_no_held_answer_is_refused_in_words(tmp_path: Path) -> None:
    with gateway(tmp_path, plan=PLAN) as running, running.client() as client:
        with pytest.raises(openai.NotFoundError, match="its day has come"):
            look(client, "chatcmpl-0")
        with pytest.raises(openai.BadRequestError, match="0 to 60"):
            look(client, "chatcmpl-0", wait=61)
        tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
        with pytest.raises(openai.BadRequestError, match="cannot be"):
            client.chat.completions.create(model="trial", messages=HELLO, tools=[tool])
        running.log.note = lambda entry: None  # type: ignore[method-assign]
        with pytest.raises(openai.InternalServerError, match="could not be kept"):
            ask(client)
    with (
        gateway(tmp_path / "other", token="a-token-of-the-test") as running,
        running.client() as client,
        pytest.raises(openai.AuthenticationError),
    ):
        look(client, "chatcmpl-0")


def test_a_decision_that_may_be_taken_back_has_not_gone_out(tmp_path: Path) -> None:
    plan = hold_plan(review={"undo_seconds": 600})
    with gateway(tmp_path, plan=plan) as running, running.client() as client:
        held = ask(client)
        with reviewer(running.folder, plan) as session:
            session.next()
            session.rate(5)
            assert session.decide() == "approved"
            assert status_of(look(client, held.id)) == "waiting"
            assert session.undo() == "commit"
            session.rate(1)
            assert session.decide() == "refused"
            assert status_of(look(client, held.id)) == "waiting"


def test_what_a_policy_covers_is_neither_seen_nor_given_out(tmp_path: Path) -> None:
    plan = hold_plan(log={"keep": "redacted"})
    turns = [{"role": "user", "content": "write to jane.doe@parcel-post.com"}]
    with gateway(tmp_path, plan=plan) as running, running.client() as client:
        held = client.chat.completions.create(model="trial", messages=turns)
        with reviewer(running.folder, plan) as session:
            item = session.next()
            assert item is not None
            assert "jane" not in item.prompt[0].text + item.answer.lower()
            session.rate(5)
            session.decide()
        assert look(client, held.id).choices[0].message.content == item.answer


def test_a_sample_goes_out_at_once_and_waits_for_its_reviewer_by_its_id(tmp_path: Path) -> None:
    plan = plan_of(review={"mode": "sample", "share": 40}, log={"keep": "full"})
    with gateway(tmp_path, plan=plan) as running, running.client() as client:
        ids = []
        for number in range(12):
            reply = ask(client)
            ids.append(reply.id)
            assert reply.choices[0].message.content == "HELLO THERE WORLD", number
        with pytest.raises(openai.NotFoundError):
            look(client, ids[0])
        folder = running.folder
    waiting = [one.id for one in read_queue(folder.log, 0.0)]
    assert sorted(waiting) == sorted(id for id in ids if queued(plan, id))
    assert all(one.given_out and not one.held for one in read_queue(folder.log, 0.0))
