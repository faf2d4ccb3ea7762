"""How files are named and placed, so that anything is found in a minute."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED_NAMES = {
    "core.scoring.statistics",
    "core.data.profile",
    "tui.commands.inspect",
    "tui.screens.inspect",
}
"""Modules named like the standard library's on purpose; files are never run by path."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base2"}
SOURCES = sorted([*(ROOT / "core").rglob("*.py"), *(ROOT / "tui").rglob("*.py")])


def _dotted(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def test_tests_are_no_package_that_could_hide_core() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert "--import-mode=importlib" in options["addopts"]
    assert options["pythonpath"] == ["."]


def test_no_module_hides_one_of_the_standard_library() -> None:
    found = {_dotted(file) for file in SOURCES if file.stem in sys.stdlib_module_names}
    assert found <= SHARED_NAMES


def test_no_module_has_a_vague_name() -> None:
    assert not [_dotted(file) for file in SOURCES if set(file.stem.split("_")) & VAGUE]


@pytest.mark.parametrize("file", SOURCES, ids=_dotted)
def test_a_package_file_holds_a_docstring_and_nothing_else(file: Path) -> None:
    body = ast.parse(file.read_text()).body
    assert isinstance(body[0], ast.Expr), "the module says in one sentence why it exists"
    if file.name == "__init__.py" and file.parent != ROOT / "tui":
        assert len(body) == 1


def test_the_repository_names_no_machine_of_its_makers() -> None:
    words = ("/" + "work/", "/" + "tmp/bash", "/" + "root/")
    texts = [*SOURCES, *(ROOT / "tests").rglob("*.py"), *ROOT.glob("*.md"), ROOT / "Makefile"]
    assert not [file for file in texts if any(word in file.read_text() for word in words)]
