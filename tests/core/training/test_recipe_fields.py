"""Every field of a recipe is explained and read by code that trains."""

import ast
from pathlib import Path

import pytest

from core.training.recipe import field_notes

ROOT = Path(__file__).parents[3]
ALIASES = {"rehearsal": {"script"}, "": {"recipe", "self"}}
"""Names of variables that hold a table, besides the table's own name."""
NO_READERS = {"core/training/defaults.py", "core/training/resolve.py"}
"""These write fields; whoever hands a recipe over does not train with it either."""


def _read_fields() -> set[tuple[str, str]]:
    """Return every "holder.name" that code reads, as the last two names of the chain."""
    found: set[tuple[str, str]] = set()
    for file in (ROOT / "core").rglob("*.py"):
        name = file.relative_to(ROOT).as_posix()
        if name in NO_READERS or "handover" in name:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                holder = node.value
                if isinstance(holder, ast.Name):
                    found.add((holder.id, node.attr))
                elif isinstance(holder, ast.Attribute):
                    found.add((holder.attr, node.attr))
    return found


def _unread(fields: list[str]) -> list[str]:
    read = _read_fields()
    missing = []
    for field in fields:
        table, _, name = field.rpartition(".")
        holders = {table.rpartition(".")[2]} | ALIASES.get(table, set())
        if not any((holder, name) in read for holder in holders):
            missing.append(field)
    return missing


def test_every_field_is_read_by_something() -> None:
    assert _unread([note.name for note in field_notes()]) == []


def test_a_field_that_nobody_reads_is_noticed() -> None:
    assert _unread(["lora.colour", "colour"]) == ["lora.colour", "colour"]


@pytest.mark.parametrize("note", list(field_notes()), ids=lambda note: note.name)
def test_every_field_says_what_it_is_and_may_hold(note: object) -> None:
    name, allowed, _, meaning = note  # type: ignore[misc]
    assert meaning.endswith("."), name
    assert "class" not in allowed, allowed
    assert "typing" not in allowed, allowed
