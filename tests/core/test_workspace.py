from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import JobError, WorkspaceError
from core.workspace import create_workspace, find_workspace, new_run_id, open_workspace


def test_a_new_workspace_is_found_from_a_folder_below(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "project", name="Support")
    assert find_workspace(made.data) == made
    assert made.name == "Support"


def test_making_a_workspace_twice_keeps_the_first(tmp_path: Path) -> None:
    create_workspace(tmp_path, name="First")
    assert create_workspace(tmp_path, name="Second").name == "First"


def test_a_folder_without_the_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="tuningfork init"):
        open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("version = 2\n", "newer tuningfork"),
        ("version = ", "not valid TOML"),
        ('name = "x"\n', "no layout version"),
    ],
)
def test_a_config_that_cannot_be_trusted_is_refused(
    tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "tuningfork.toml").write_text(content)
    with pytest.raises(WorkspaceError, match=words):
        open_workspace(tmp_path)


def test_a_config_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tuningfork.toml").write_bytes(b"version = 1\nname = '\xff'")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        open_workspace(tmp_path)


@given(name=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_name_survives_and_is_safe_to_show(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    made = create_workspace(folder, name=name)
    assert open_workspace(folder).name == (made.name or folder.name)
    assert "\x1b" not in made.name


@pytest.mark.parametrize("bad", ["../../etc", "a/b", "", "A", "x" * 99, "a\x1b"])
def test_an_id_cannot_leave_the_folder_of_runs(tmp_path: Path, bad: str) -> None:
    with pytest.raises(JobError):
        create_workspace(tmp_path).run(bad)


@given(st.text(max_size=50))
def test_every_name_gives_a_usable_id_that_sorts_by_time(name: str) -> None:
    early, late = (
        new_run_id(name, now=datetime(2026, 1, day, tzinfo=UTC), token="ab12") for day in (1, 2)
    )
    assert early < late
    workspace = find_workspace(Path("/nowhere"))
    assert workspace is None
    assert len(early) <= 80


def test_the_files_of_the_workspace_are_for_its_owner(tmp_path: Path) -> None:
    made = create_workspace(tmp_path)
    for folder in (made.runs, made.data, made.devices):
        assert folder.stat().st_mode & 0o077 == 0
