"""What clients of a gateway get, asked over real sockets with the public client."""

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import openai
import pytest

from core.contenders.endpoint import EndpointSpec
from core.errors import JobError
from core.release.gateway.endpoint_backend import EndpointBackend
from core.release.route import deal
from core.release.standing import go_forward, read_standing, roll_back
from core.release.start_release import start_gateway
from core.workspace import create_workspace
from tests.support.fake_chat import FakeChat, Fault, completion, error
from tests.support.filled_workspace import NOW
from tests.support.gateways import Echo, Running, gateway
from tests.support.release_plans import plan_of
from tests.support.released import add_release, served

HELLO = [{"role": "user", "content": "hello there world"}]


def ask(running: Running, user: str = "", words: str = "hello there world") -> str:
    with running.client() as client:
        reply = client.chat.completions.create(
            model="trial", messages=[{"role": "user", "content": words}], user=user
        )
    return reply.choices[0].message.content or ""


def entries(running: Running) -> list[dict[str, Any]]:
    running.log.close()
    database = sqlite3.connect(running.folder.log)
    database.row_factory = sqlite3.Row
    found = [dict(row) for row in database.execute("SELECT * FROM entry ORDER BY at")]
    database.close()
    return found


def test_the_public_client_gets_a_whole_answer(tmp_path: Path) -> None:
    with gateway(tmp_path) as running, running.client() as client:
        reply = client.chat.completions.create(model="trial", messages=HELLO)
        assert reply.choices[0].message.content == "HELLO THERE WORLD"
        assert reply.choices[0].finish_reason == "stop"
        assert reply.usage is not None
        assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (5, 3)
        assert reply.system_fingerprint == plan_of().identity[:16]
        assert [one.id for one in client.models.list()] == ["trial"]


def test_the_public_client_gets_an_answer_as_it_comes(tmp_path: Path) -> None:
    with gateway(tmp_path) as running, running.client() as client:
        chunks = list(
            client.chat.completions.create(
                model="trial",
                messages=HELLO,
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        said = [one.choices[0].delta.content for one in chunks if one.choices]
        assert said == ["", "HELLO", " THERE", " WORLD", None]
        assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.total_tokens == 8
        assert len({one.id for one in chunks}) == 1


def test_a_gateway_before_another_one_streams_what_that_says(tmp_path: Path) -> None:
    with gateway(tmp_path / "up") as up:
        spec = EndpointSpec(base_url=up.url, model="trial", max_tokens=9)
        server = EndpointBackend(spec, None)
        with gateway(tmp_path, {"new": server, "old": server}) as running:
            assert ask(running) == "HELLO THERE WORLD"
            with (
                running.client() as client,
                client.chat.completions.stream(
                    model="trial", messages=HELLO, max_tokens=7
                ) as stream,
            ):
                assert stream.get_final_completion().choices[0].message.content == (
                    "HELLO THERE WORLD"
                )
        limits = [one for arm in up.backends.values() for one in arm.limits]
        assert sorted(limits) == [7, 9]


def test_a_server_that_streams_not_is_an_arm_too(tmp_path: Path) -> None:
    with FakeChat().serving() as chat:
        server = EndpointBackend(EndpointSpec(base_url=chat.url, model="m"), "a-key-of-the-arm")
        with gateway(tmp_path, {"new": server, "old": server}) as running:
            assert ask(running, words="question") == "QUESTION"
        assert chat.headers[0]["authorization"] == "Bearer a-key-of-the-arm"
        assert chat.seen[0]["model"] == "m"
        assert "stream" not in chat.seen[0]


def test_a_long_answer_comes_whole(tmp_path: Path) -> None:
    words = "a long answer " * 50_000
    with FakeChat().serving() as chat:
        chat.always = Fault(body=json.dumps(completion(words)).encode())
        server = EndpointBackend(EndpointSpec(base_url=chat.url, model="m"), None)
        with gateway(tmp_path, {"new": server, "old": server}) as running:
            assert ask(running) == words


@pytest.mark.parametrize(
    "fault",
    [
        error(500, "broken with a-key-of-the-arm"),
        error(401, "no"),
        Fault(302, {"location": "http://127.0.0.1:1/"}),
        Fault(body=b"no json"),
        Fault(body=b"[]"),
        Fault(cut=True, body=json.dumps(completion("half")).encode()),
        Fault(body=json.dumps(completion("", finish="content_filter")).encode()),
        Fault(headers={"content-type": "text/event-stream"}, body=b'data: {"choices":[]}\n\n'),
        Fault(echo=True, status=400),
    ],
)
def test_whoever_stands_in_answers_and_no_key_is_noted(tmp_path: Path, fault: Fault) -> None:
    with FakeChat().serving() as chat:
        chat.always = fault
        server = EndpointBackend(EndpointSpec(base_url=chat.url, model="m"), "a-key-of-the-arm")
        plan = plan_of(
            arm={"new": {"model": "m", "share": 100}, "old": {"model": "m"}}, log={"keep": "full"}
        )
        with gateway(tmp_path, {"new": server, "old": Echo()}, plan=plan) as running:
            assert ask(running) == "HELLO THERE WORLD"
            (entry,) = entries(running)
    assert (entry["dealt"], entry["arm"], entry["outcome"]) == ("new", "old", "answered")
    assert entry["errors"].startswith("new: ")
    assert "a-key-of-the-arm" not in entry["errors"]


def test_a_stream_that_breaks_off_says_so_and_nobody_takes_over(tmp_path: Path) -> None:
    backends = {"new": Echo(fails_after=2), "old": Echo(fails_after=2)}
    with gateway(tmp_path, backends) as running, running.client() as client:
        stream = client.chat.completions.create(model="trial", messages=HELLO, stream=True)
        said = []
        with pytest.raises(openai.APIError, match="broke off"):
            for chunk in stream:
                said.append(chunk.choices[0].delta.content)
        assert said == ["", "HELLO", " THERE"] or said == ["HELLO", " THERE"]
        (entry,) = entries(running)
    assert (entry["outcome"], entry["answer"]) == ("failed", "HELLO THERE")
    assert sum(len(one.asked) for one in backends.values()) == 1


def test_without_an_arm_that_answers_the_client_hears_so_but_not_why(tmp_path: Path) -> None:
    backends = {"new": Echo(fails_after=0), "old": Echo(fails_after=0)}
    with gateway(tmp_path, backends) as running, running.client() as client:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError) as refused:
                client.chat.completions.create(model="trial", messages=HELLO, stream=stream)
            assert refused.value.status_code == 503
            assert "told to" not in str(refused.value)
        assert [one["outcome"] for one in entries(running)] == ["failed", "failed"]


def test_a_user_gets_the_arm_that_was_dealt(tmp_path: Path) -> None:
    backends = {"new": Echo(ending=" new"), "old": Echo(ending=" old")}
    plan = plan_of()
    with gateway(tmp_path, backends, plan=plan) as running:
        users = [f"user {n}" for n in range(8)]
        got = {user: ask(running, user).rsplit(" ", 1)[1].lower() for user in users * 2}
    assert got == {user: deal(plan, user) for user in users}
    assert len(Counter(got.values())) == 2


def test_after_a_rollback_only_its_target_answers_until_somebody_goes_forward(
    tmp_path: Path,
) -> None:
    backends = {"new": Echo(ending=" new"), "old": Echo(ending=" old")}
    plan = plan_of(arm={"new": {"model": "m", "share": 100}, "old": {"model": "m"}})
    with gateway(tmp_path, backends, plan=plan) as running:
        assert ask(running, "u").endswith("NEW")
        roll_back(running.folder.standing, by="me", why="", now=NOW)
        assert ask(running, "u").endswith("OLD")
        go_forward(running.folder.standing, by="me", why="", now=NOW)
        assert ask(running, "u").endswith("NEW")
        running.folder.standing.write_text("damaged")
        assert ask(running, "u").endswith("OLD")


def test_another_model_is_not_answered_for(tmp_path: Path) -> None:
    with (
        gateway(tmp_path) as running,
        running.client() as client,
        pytest.raises(openai.NotFoundError, match="The model here is trial"),
    ):
        client.chat.completions.create(model="gpt", messages=HELLO)


def test_feedback_is_kept_with_its_answer(tmp_path: Path) -> None:
    with gateway(tmp_path, plan=plan_of(log={"keep": "full"})) as running:
        with running.client() as client:
            reply = client.chat.completions.create(model="trial", messages=HELLO)
            said = {"id": reply.id, "rating": "down", "comment": "no", "correction": "Hello!"}
            assert client.post("/feedback", body=said, cast_to=object) == {"saved": True}
            with pytest.raises(openai.NotFoundError, match="No answer of this id"):
                client.post("/feedback", body={"id": "x", "rating": 1}, cast_to=object)
            for wrong in ({"rating": 1}, {"id": reply.id}, {"id": reply.id, "rating": True}):
                with pytest.raises(openai.BadRequestError):
                    client.post("/feedback", body=wrong, cast_to=object)
        running.log.close()
        database = sqlite3.connect(running.folder.log)
        rows = database.execute("SELECT entry, rating, comment, correction FROM feedback")
        assert list(rows) == [(reply.id, -1, "no", "Hello!")]
        database.close()


def test_tool_calls_pass_through(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    with FakeChat().serving() as chat:
        whole = completion(None, finish="tool_calls", tool_calls=[call])
        chat.always = Fault(body=json.dumps(whole).encode())
        server = EndpointBackend(EndpointSpec(base_url=chat.url, model="m"), None)
        tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
        both = {"new": server, "old": server}
        with gateway(tmp_path, both) as running, running.client() as client:
            reply = client.chat.completions.create(model="trial", messages=HELLO, tools=tools)
        assert chat.seen[0]["tools"] == tools
    assert reply.choices[0].finish_reason == "tool_calls"
    made = reply.choices[0].message.tool_calls
    assert made is not None
    assert made[0].to_dict()["function"] == call["function"]


def test_thumbs_down_of_enough_users_roll_back_before_the_next_request(tmp_path: Path) -> None:
    plan = plan_of(guardrail={"evidence": 3})
    backends = {"new": Echo(ending=" new"), "old": Echo(ending=" old")}
    users = [f"user {n}" for n in range(40)]
    harmed = [user for user in users if deal(plan, user) == "new"]
    with gateway(tmp_path, backends, plan=plan) as running, running.client() as client:
        for user in harmed[:6]:
            reply = client.chat.completions.create(model="trial", messages=HELLO, user=user)
            said = {"id": reply.id, "rating": "down"}
            client.post("/feedback", body=said, cast_to=object)
        found = read_standing(running.folder.standing)
        assert (found.rolled_back, found.by) == (True, "guardrail")
        assert ask(running, harmed[0]).endswith("OLD")


def test_arms_that_fail_roll_back_though_somebody_stood_in(tmp_path: Path) -> None:
    plan = plan_of(guardrail={"evidence": 3})
    with gateway(tmp_path, {"new": Echo(fails_after=0), "old": Echo()}, plan=plan) as running:
        for number in range(16):
            assert ask(running, f"user {number}") == "HELLO THERE WORLD"
        running.log.close()
        assert read_standing(running.folder.standing).rolled_back


def test_a_release_has_one_gateway(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace)
    with served(workspace, folder), pytest.raises(JobError, match="already answers at"):
        start_gateway(workspace, folder.name, now=NOW, token="t", environment={})
