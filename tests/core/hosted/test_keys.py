"""A key comes from three places in order, shows its ends at most, and stands in no file."""

import os
import traceback
from pathlib import Path

import pytest

from core.errors import RecipeError, TuningforkError
from core.events.schema import MessageLogged
from core.hosted.keys import (
    Key,
    KeyMissing,
    find_key,
    hand_over,
    refuse_keys,
    take_over,
)
from tests.support.jobs import launch_entry, read_events, wait_for_state, workspace_of_jobs

KEY = "sk-proj-A1b2C3d4E5f6G7h8I9j0-wxyz"


def test_the_environment_comes_first_then_the_keyring_then_what_was_typed() -> None:
    def keyring(name: str) -> str:
        return f"of-the-keyring-{name}"

    def found(environment: dict[str, str], typed: str, ring: object) -> Key:
        return find_key(
            "OPENAI_API_KEY",
            service="OpenAI",
            environment=environment,
            typed=typed,
            keyring=ring,  # type: ignore[arg-type]
        )

    assert found({"OPENAI_API_KEY": KEY}, "typed-key", keyring).source == "environment"
    assert found({}, "typed-key", keyring).value == "of-the-keyring-OPENAI_API_KEY"
    assert found({"OPENAI_API_KEY": "  "}, "typed-key", None).source == "typed"


def test_without_a_key_it_is_said_where_was_looked_and_what_to_do() -> None:
    with pytest.raises(KeyMissing) as missing:
        find_key("OPENAI_API_KEY", service="OpenAI", environment={})
    assert missing.value.what == "There is no key for OpenAI."
    assert "OPENAI_API_KEY is not set" in missing.value.why
    assert missing.value.remedy.endswith("read -rs OPENAI_API_KEY && export OPENAI_API_KEY")


@pytest.mark.parametrize("broken", ["sk-two words", "sk-ü", "sk-\x1b[2J", "k" * 5000])
def test_what_cannot_stand_in_a_header_is_refused_and_not_quoted(broken: str) -> None:
    with pytest.raises(TuningforkError) as refused:
        find_key("K", service="OpenAI", environment={"K": broken})
    assert broken not in str(refused.value)


def test_a_key_shows_its_ends_and_nothing_else() -> None:
    key = Key(value=KEY, source="environment", variable="OPENAI_API_KEY")
    assert key.shown == "sk-...wxyz"
    assert key.words == "sk-...wxyz from OPENAI_API_KEY"
    assert Key(value="hunter2", source="typed", variable="K").shown == "..."
    said = traceback.format_exception(ValueError(key))
    assert KEY not in "".join(said) + repr(key) + str(key)


def test_a_pipe_gives_the_key_once() -> None:
    descriptor = hand_over(Key(value=KEY, source="typed", variable="K"))
    spare = os.dup(descriptor)
    assert take_over(descriptor) == KEY
    assert take_over(spare) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("api_key", "anything"), ("note", KEY), ("header", "Bearer abc"), ("x", "fw_3Zabcdefgh")],
)
def test_a_setting_that_holds_a_key_is_refused_without_its_words(name: str, value: str) -> None:
    with pytest.raises(RecipeError) as refused:
        refuse_keys({"hosted": {name: value}}, where="recipe.toml", variable="OPENAI_API_KEY")
    assert f"recipe.toml.hosted: {name}" in refused.value.what
    assert value not in str(refused.value)


def test_names_of_models_and_variables_are_no_keys() -> None:
    names = ("gpt-4.1-mini-2025-04-14", "meta-llama/Meta-Llama-3.1-8B-Instruct-Reference")
    for name in (*names, "OPENAI_API_KEY"):
        refuse_keys({"model": name}, where="recipe.toml", variable="OPENAI_API_KEY")


def test_a_typed_key_reaches_the_worker_and_nothing_that_is_written(tmp_path: Path) -> None:
    with workspace_of_jobs(tmp_path / "w") as workspace:
        pipe = hand_over(Key(value=KEY, source="typed", variable="K"))
        folder = launch_entry(workspace, "tests.support.job_entries:typed_key", handed=pipe)
        os.close(pipe)
        wait_for_state(folder, "finished")
        events = read_events(folder.events)
        texts = [event.text for event in events if isinstance(event, MessageLogged)]
        assert texts == [f"{len(KEY)} signs, in argv: False, in environment: False, [key]"]
        written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert KEY.encode() not in written
