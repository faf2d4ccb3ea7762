"""An endpoint through the real client: every item answered once, or reported with its reason."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contenders.contender import Answer, Conversation, Unanswered
from core.contenders.desk import Surroundings
from core.contenders.endpoint import EndpointSpec
from core.contenders.openai_compatible import OpenAICompatible
from tests.support.fake_chat import FakeChat, Fault, completion, error, questions

KEY = "sk-test-0123456789abcdefghijklmnop"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Asked:
    """What one contender made of some questions."""

    def __init__(self, chat: FakeChat, names: list[str], **changes: object) -> None:
        self.slept: list[float] = []
        self.answers: list[Answer] = []
        self.reasons: dict[int, str] = {}
        stop = changes.pop("stop", lambda: False)
        spec = EndpointSpec.model_validate(
            {"base_url": chat.url, "model": "fake", "key": "FAKE_KEY"} | changes
        )
        self.contender = OpenAICompatible(
            "fake",
            spec,
            KEY,
            Surroundings(stop=stop, sleep=self._sleep, draw=lambda: 1.0, now=lambda: NOW),  # type: ignore[arg-type]
        )
        asked = [Conversation(({"role": "user", "content": name},)) for name in names]
        try:
            self.answers.extend(self.contender.answer(asked))
        except Unanswered as failed:
            self.reasons = failed.reasons

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def texts(self) -> dict[int, str]:
        return {one.place: one.text for one in self.answers}


@pytest.fixture
def chat() -> Iterator[FakeChat]:
    with FakeChat().serving() as serving:
        yield serving


def html() -> Fault:
    return Fault(headers={"content-type": "text/html"}, body=b"<html>sign in</html>")


AGAIN: dict[str, Callable[[], Fault]] = {
    "429": lambda: error(429, "slow down", retry_after="3"),
    "500": lambda: error(500, "oops"),
    "cut": lambda: Fault(body=json.dumps(completion("half an answer")).encode(), cut=True),
    "wrong json": lambda: Fault(body=b'{"choices": [{"mess'),
    "html": html,
    "another shape": lambda: Fault(body=b'{"choices": null}'),
    "no message": lambda: Fault(body=b'{"choices": [{"index": 0}]}'),
    "no text": lambda: Fault(body=json.dumps(completion(None)).encode()),
    "a list": lambda: Fault(body=b"[1, 2]"),
}


@pytest.mark.parametrize("name", AGAIN)
def test_what_passes_is_asked_again_and_answered_once(chat: FakeChat, name: str) -> None:
    chat.meet("question 1", AGAIN[name](), AGAIN[name]())
    found = Asked(chat, list(questions(3)))
    assert found.texts == {place: f"QUESTION {place}" for place in range(3)}
    assert len(found.answers) == 3
    assert chat.asked("question 1") == 3
    assert len(found.slept) == 2


@pytest.mark.parametrize("name", AGAIN)
def test_what_does_not_pass_is_reported_and_the_others_are_answered(
    chat: FakeChat, name: str
) -> None:
    chat.meet("question 1", *[AGAIN[name]() for _ in range(3)])
    found = Asked(chat, list(questions(3)), tries=3)
    assert found.texts == {0: "QUESTION 0", 2: "QUESTION 2"}
    assert list(found.reasons) == [1]
    assert found.reasons[1]
    assert chat.asked("question 1") == 3


@pytest.mark.parametrize("fault", [Fault(stall=True), Fault(drip=True)])
def test_a_reply_that_does_not_end_ends_with_the_time_allowed(chat: FakeChat, fault: Fault) -> None:
    chat.meet("question 0", fault)
    found = Asked(chat, ["question 0"], timeout_seconds=0.3)
    assert found.texts == {0: "QUESTION 0"}
    chat.meet("question 0", fault)
    found = Asked(chat, ["question 0"], timeout_seconds=0.3, tries=1)
    assert "in time" in found.reasons[0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "7"}, 7.0),
        ({"retry_after_ms": "1500"}, 1.5),
        ({"retry_after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry_after": "soon"}, 0.5),
        ({}, 0.5),
    ],
)
def test_the_server_says_how_long_to_wait(
    chat: FakeChat, headers: dict[str, str], seconds: float
) -> None:
    chat.meet("question 0", error(429, "slow down", **headers))
    assert Asked(chat, ["question 0"]).slept == [seconds]


def test_without_a_word_of_the_server_waits_double(chat: FakeChat) -> None:
    chat.meet("question 0", *[error(503, "busy") for _ in range(4)])
    assert Asked(chat, ["question 0"]).slept == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (error(401, "Incorrect API key provided"), "the key in FAKE_KEY"),
        (error(403, "no access to this model"), "the key in FAKE_KEY"),
        (error(404, "The model does not exist"), "does not exist"),
        (error(429, "You exceeded your quota", "insufficient_quota"), "nothing left"),
        (error(429, "come back tomorrow", retry_after="86400"), "86,400 seconds"),
        (Fault(status=302, headers={"location": "http://127.0.0.1:1/v1"}), "302"),
    ],
)
def test_what_holds_for_all_ends_the_asking(chat: FakeChat, refusal: Fault, words: str) -> None:
    chat.always = refusal
    found = Asked(chat, list(questions(20)), at_once=1)
    assert not found.answers
    assert list(found.reasons) == list(range(20))
    assert words in found.reasons[19]
    assert len(chat.seen) == 1
    assert not found.slept


def test_a_refused_item_is_not_asked_again(chat: FakeChat) -> None:
    chat.meet("question 1", error(400, "too long \x1b[31m"))
    found = Asked(chat, list(questions(2)))
    assert found.texts == {0: "QUESTION 0"}
    assert found.reasons[1] == "the server answered 400: too long ␛[31m"
    assert chat.asked("question 1") == 1


def test_a_server_that_is_gone_is_not_asked_for_every_item(chat: FakeChat) -> None:
    chat.always = error(503, "down")
    found = Asked(chat, list(questions(50)), tries=2, at_once=1)
    assert len(found.reasons) == 50
    assert len(chat.seen) == 10


def test_an_end_leaves_the_rest_unasked_and_reports_nothing(chat: FakeChat) -> None:
    seen: list[int] = []
    found = Asked(
        chat, list(questions(50)), at_once=1, stop=lambda: seen.append(1) or len(chat.seen) >= 3
    )
    assert len(chat.seen) <= 4
    assert not found.reasons


def test_an_end_does_not_wait_for_a_stalled_reply(chat: FakeChat) -> None:
    chat.always = Fault(stall=True)
    found = Asked(chat, list(questions(3)), timeout_seconds=3000, stop=lambda: bool(chat.seen))
    assert not found.answers


def test_a_request_holds_the_prompt_and_the_settings_and_nothing_else(chat: FakeChat) -> None:
    spec = EndpointSpec(
        base_url=chat.url,
        model="m",
        limit_field="max_completion_tokens",
        temperature="server",
        extra={"reasoning_effort": "low"},
    )
    turn = {"role": "user", "content": "hello", "weight": 1, "row_id": 7}
    list(OpenAICompatible("m", spec, None).answer([Conversation((turn,))]))
    assert chat.seen == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "hello"}],
            "max_completion_tokens": 512,
            "reasoning_effort": "low",
        }
    ]


def test_a_call_of_a_tool_is_an_answer(chat: FakeChat) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    reply = completion(None, finish="tool_calls", tool_calls=[call])
    chat.meet("question 0", Fault(body=json.dumps(reply).encode()))
    assert json.loads(Asked(chat, ["question 0"]).texts[0]) == [call]


def test_an_answer_that_ran_into_the_limit_says_so(chat: FakeChat) -> None:
    reply = completion("as long as it", finish="length")
    chat.meet("question 0", Fault(body=json.dumps(reply).encode()))
    (answer,) = Asked(chat, ["question 0"]).answers
    assert (answer.stopped, answer.tokens, answer.costly) == (False, 3, True)


def test_variables_of_the_client_change_nothing(
    chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert Asked(chat, ["question 0"]).texts == {0: "QUESTION 0"}
    assert not {"openai-organization", "openai-project"} & set(chat.headers[0])


def test_a_server_that_quotes_the_key_is_not_quoted(chat: FakeChat) -> None:
    chat.meet("question 0", Fault(status=400, echo=True))
    chat.meet("question 1", Fault(body=json.dumps(completion(f"it is {KEY[3:20]}!")).encode()))
    found = Asked(chat, list(questions(2)))
    assert "[key]" in found.reasons[0]
    assert found.texts[1] == "it is [key]!"
    assert KEY[5:17] not in f"{found.reasons}{found.texts}{vars(found.contender)['_redact']!r}"


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(sorted(AGAIN)), max_size=4), min_size=1, max_size=8),
    st.integers(1, 4),
    st.integers(1, 5),
)
def test_any_faults_leave_every_item_answered_once_or_reported(
    schedule: list[list[str]], at_once: int, tries: int
) -> None:
    with FakeChat().serving() as chat:
        names = list(questions(len(schedule)))
        for name, faults in zip(names, schedule, strict=True):
            chat.meet(name, *[AGAIN[fault]() for fault in faults])
        found = Asked(chat, names, at_once=at_once, tries=tries)
        places = [one.place for one in found.answers]
        assert sorted([*places, *found.reasons]) == list(range(len(names)))
        assert all(chat.answered[names[place]] == 1 for place in places)
        assert all(found.reasons.values())
