"""A key from the environment stands in no file, event, log or list of processes."""

from pathlib import Path

import psutil
import pytest

from tests.support.command import tuningfork

KEY = "sk-" + "planted-0123456789abcdef"
SURROUNDINGS = {"OPENAI_API_KEY": KEY, "HF_TOKEN": KEY}


@pytest.mark.parametrize(
    "script", ["steps = 100\nrate = 20", "steps = 400\nrate = 20\nfail_at = 100"]
)
def test_a_planted_key_is_found_nowhere(tmp_path: Path, script: str) -> None:
    workspace = tmp_path / "workspace"
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'name = "keys"\ntrainer = "rehearsal"\n[rehearsal]\n{script}\n')
    said = []
    for words in (
        ("init", workspace),
        ("train", recipe, "-w", workspace, "--detach"),
        ("status", "-w", workspace, "--json"),
        ("watch", "-w", workspace),
        ("runs", "-w", workspace),
        ("doctor", "-w", workspace),
    ):
        said.append(tuningfork(*words, cwd=tmp_path, environment=SURROUNDINGS))
        if words[0] == "train":
            commands = [" ".join(one.info["cmdline"] or ()) for one in _processes()]
            assert any("core.jobs.worker" in line and str(workspace) in line for line in commands)
            assert not [line for line in commands if KEY in line]
    assert not [done for done in said if KEY in done.out + done.err]
    files = [file for file in workspace.rglob("*") if file.is_file()]
    assert any(file.name == "events.jsonl" for file in files)
    assert not [file for file in files if KEY.encode() in file.read_bytes()]


def _processes() -> list[psutil.Process]:
    return list(psutil.process_iter(["cmdline"]))
