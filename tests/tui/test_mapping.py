"""Giving the columns of a table roles from the keyboard, and what comes of it."""

from pathlib import Path

from core.data.staging.mapping import remembered_mapping
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import with_table
from tests.support.hostile import HOSTILE

COLUMNS = ("id", "question", "reply", "notes")
OPEN = [("2", "No known shape"), ("m", "what is asked again 1")]


async def test_a_table_becomes_usable_by_keeping_its_roles(tmp_path: Path) -> None:
    workspace = with_table(tmp_path / "w")
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*OPEN, ("w", "60 usable")])
        text = await shows(pilot, "READY")
        assert "No known shape" not in text
        await walk(pilot, [("m", "the answer 1")])
    kept = remembered_mapping(workspace.mappings, COLUMNS)
    assert kept is not None
    assert kept.words == ["question=user", "reply=assistant"]


async def test_roles_change_under_the_cursor_and_the_row_follows(tmp_path: Path) -> None:
    workspace = with_table(tmp_path / "w")
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, OPEN)
        await walk(pilot, [("j", "What is asked"), ("j", "exactly one column")])
        await walk(pilot, [("left", "nothing would be trained"), ("w", "must be the assistant")])
        await walk(pilot, [("right", "the answer 1"), ("n", "the answer 2"), ("p", "the answer 1")])
        await walk(pilot, [("v", "reply=assistant"), ("escape", "each column")])
        await walk(pilot, [("j", "Left out"), ("enter", "told to be")])
        await shows(pilot, "system")
        await walk(pilot, [("escape", "No known shape")])
    assert not workspace.mappings.exists()


async def test_hostile_cells_and_names_are_shown_as_text(tmp_path: Path) -> None:
    workspace = with_table(tmp_path / "w")
    nasty = [one.replace('"', "'") for one in HOSTILE if "\ud800" not in one and len(one) < 200]
    cells = "\n".join(f'{n},"{one}","{one}",x' for n, one in enumerate(nasty))
    header = '"[/foo]","question","reply","\x1b[2J"\n'
    (workspace.root / "table.csv").write_text(header + cells, errors="surrogateescape")
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, [("2", "No known shape"), ("m", "each column")])
        for _ in range(20):
            await pilot.press("n")
        text = await shows(pilot, "[/foo]")
        assert "\x1b" not in text
        assert app.is_running
