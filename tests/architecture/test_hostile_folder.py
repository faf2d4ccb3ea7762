"""A folder with its own `core`, `tui` and libraries changes nothing about what runs."""

from pathlib import Path

import pytest

from tests.support.command import tuningfork

TRAP = (
    "import pathlib\npathlib.Path(__file__).with_suffix('.sprung').touch()\nraise SystemExit(99)\n"
)
NAMES = ("core", "tui", "torch", "random", "datasets", "json", "sqlite3", "msgspec", "textual")


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text(TRAP)
    for name in ("core", "tui"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(TRAP)
    return tmp_path


def test_commands_and_workers_ignore_the_folder_they_start_in(trapped: Path) -> None:
    recipe = trapped / "recipe.toml"
    recipe.write_text('name = "r"\ntrainer = "rehearsal"\n[rehearsal]\nsteps = 20\nrate = 200\n')
    for words in (
        ("init", "."),
        ("train", recipe.name),
        ("status", "--json"),
        ("doctor",),
        ("runs",),
        (".", "--plain"),
    ):
        done = tuningfork(*words, cwd=trapped)
        assert done.code == 0, (words, done)
    assert not list(trapped.rglob("*.sprung"))
