"""What a person writes into `endpoints.toml`, and what they are told when it does not fit."""

from pathlib import Path

import pytest

from core.contenders.endpoint import choose_endpoints, is_loopback, key_of, read_endpoints
from core.errors import RecipeError
from core.workspace import Workspace, create_workspace

GOOD = '[endpoint.qwen]\nbase_url = "http://127.0.0.1:11434/v1"\nmodel = "qwen3"\n'
KEY = "sk-test-0123456789abcdefghijklmnop"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "ws")


def refusal(workspace: Workspace, content: str) -> RecipeError:
    workspace.endpoints.write_text(content)
    with pytest.raises(RecipeError) as refused:
        read_endpoints(workspace)
    return refused.value


def test_a_table_is_an_endpoint(workspace: Workspace) -> None:
    assert read_endpoints(workspace) == {}
    workspace.endpoints.write_text(
        GOOD + '[endpoint.gpt]\nbase_url = "https://api.openai.com/v1"\nmodel = "m"\n'
        'key = "OPENAI_API_KEY"\nextra = {reasoning_effort = "low"}\n'
    )
    found = read_endpoints(workspace)
    assert list(found) == ["qwen", "gpt"]
    assert found["qwen"].stays_here
    assert not found["gpt"].stays_here
    assert found["gpt"].origin == "https://api.openai.com"
    assert choose_endpoints(workspace, ["gpt", "gpt"]) == {"gpt": found["gpt"]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD + "modell = 1\n", "modell is not a field"),
        ('[endpoint.x]\nmodel = "m"\n', "base_url is missing"),
        (GOOD + "at_once = 0\n", "at_once is 0"),
        (GOOD + "temperature = 3\n", "temperature"),
        ("[endpoint.base]\n", "cannot be the name"),
        ('[endpoint."a b"]\n', "cannot be the name"),
        ("endpoint = 3\n", "is not a table"),
        ("[endpoints.x]\n", "is not a table of an endpoint"),
        ("[endpoint]\nx = 3\n", "is not a table"),
        ('[endpoint.x]\nbase_url = "ftp://h/v1"\nmodel = "m"\n', "no web address"),
        ('[endpoint.x]\nbase_url = "http://10.0.0.9/v1"\nmodel = "m"\n', "without encryption"),
    ],
)
def test_what_does_not_fit_is_named(workspace: Workspace, content: str, words: str) -> None:
    error = refusal(workspace, content)
    assert words in error.what
    assert "endpoints.toml" in error.what


@pytest.mark.parametrize(
    "line",
    [
        f'key = "{KEY}"',
        f'api_key = "{KEY}"',
        f'extra = {{x = "{KEY}"}}',
        f"token = '{KEY}'",
        f'key = ["{KEY}"]',
        f'modell = "{KEY}"',
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(workspace: Workspace, line: str) -> None:
    error = refusal(workspace, GOOD + line + "\n")
    assert "secret" in error.what
    assert KEY[:12] not in str(error)


@pytest.mark.parametrize("tail", [f"@h/v1/{KEY}", f"h/v1?key={KEY}"])
def test_a_key_in_the_address_is_refused_and_not_repeated(workspace: Workspace, tail: str) -> None:
    address = f"https://{KEY}:{KEY}{tail}" if tail.startswith("@") else f"https://{tail}"
    error = refusal(workspace, f'[endpoint.x]\nbase_url = "{address}"\nmodel = "m"\n')
    assert "base_url" in error.what
    assert KEY[:12] not in str(error)


def test_http_to_a_network_of_ones_own_must_be_wanted(workspace: Workspace) -> None:
    workspace.endpoints.write_text(
        '[endpoint.x]\nbase_url = "http://10.0.0.9/v1"\nmodel = "m"\nplain_http = true\n'
    )
    assert read_endpoints(workspace)["x"].plain_http


def test_an_unknown_name_says_which_there_are(workspace: Workspace) -> None:
    workspace.endpoints.write_text(GOOD)
    with pytest.raises(RecipeError, match="It names: qwen"):
        choose_endpoints(workspace, ["gpt"])


def test_the_key_comes_from_the_named_variable(workspace: Workspace) -> None:
    workspace.endpoints.write_text(GOOD + 'key = "MINE"\n')
    spec = read_endpoints(workspace)["qwen"]
    assert key_of("qwen", spec, {"MINE": " abc \n"}) == "abc"
    with pytest.raises(RecipeError, match="MINE, which is not set"):
        key_of("qwen", spec, {"MINE": " "})
    assert key_of("qwen", spec.model_copy(update={"key": None}), {}) is None


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here
