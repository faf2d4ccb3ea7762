"""README's tables are made from code, and the code has what they promise."""

import re

import pytest

from tests.support.readme_blocks import BLOCKS, README, with_blocks
from tui.commands.command_list import COMMANDS
from tui.commands.parser import build_parser
from tui.keymap import every_key

ROOT = README.parent


def test_the_made_blocks_are_those_of_today() -> None:
    text = README.read_text()
    assert with_blocks(text) == text, "`make docs` writes them anew"


@pytest.mark.parametrize("name", BLOCKS)
def test_an_edited_block_is_noticed(name: str) -> None:
    text = README.read_text()
    edited = text.replace(f"<!-- end {name} -->", f"by hand\n<!-- end {name} -->")
    assert with_blocks(edited) == text


def test_every_key_has_a_label_a_sentence_and_a_row() -> None:
    text = README.read_text()
    for key in every_key():
        assert key.label
        assert key.help.endswith(".")
        assert key.help in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    name = command.name  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        build_parser().parse_args([name, "--help"])
    said = capsys.readouterr().out
    assert said.startswith(f"usage: tuningfork {name}")
    assert all(line.strip() not in {"--json", "--plain"} for line in said.splitlines())


def test_every_comparison_is_named_for_contributors() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    for module in (ROOT / "bench").glob("*.py"):
        if "\ndef main()" in module.read_text():
            assert re.search(rf"[ ,\n]{module.stem}[.,]", told), module.stem


def test_a_line_of_the_changelog_is_read_at_a_glance() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    assert [line for line in lines if line.startswith("- ") and len(line.split()) > 26] == []
