"""The Release screen: what is in use, and the key that takes it back."""

import sqlite3
from pathlib import Path

import pytest

from core.jobs.control import read_requests
from core.release.gateway.log_file import read_entries
from core.release.proof_file import proven_files, write_proof
from core.release.standing import read_standing
from core.workspace import create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import NOW
from tests.support.release_log import entry, said
from tests.support.released import URL, add_export, add_release, served
from tui.export_look import read_exports


async def test_each_arm_is_shown_with_its_share_of_all_that_happened(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace)
    with served(workspace, folder):
        async with opened(workspace, size=(80, 40)) as (_, pilot):
            await pilot.press("5")
            text = await shows(pilot, "60 requests")
    assert f"answers at {URL}" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if " % " in line}
    assert rows["tuned"][:6] == ["tuned", "10", "%", "4", "10", "10.0%"]
    assert rows["base"][:6] == ["base", "90", "%", "20", "50", "0.0%"]
    assert rows["tuned"][-3:] == ["0", "2", "6.3"]
    assert "B rolls back to base, at once; by itself when the evidence" in text


async def test_a_row_stays_a_row_where_the_hints_stand_beside_it(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_release(workspace)
    async with opened(workspace, size=(120, 36)) as (_, pilot):
        await pilot.press("5")
        text = await shows(pilot, "60 requests")
    assert "19 in 20  up down harm" in text
    assert "640 ms   0    2  6.3" in text


async def test_one_key_and_a_yes_roll_back_and_the_same_key_goes_forward(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace)
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("5", "B rolls back"), ("B", "It holds from the")])
        assert not read_standing(folder.standing).rolled_back
        await walk(pilot, [("n", "B rolls back"), ("B", "It holds from the")])
        await walk(pilot, [("y", "rolled back")])
        await shows(pilot, "B deals the traffic as planned again")
        found = read_standing(folder.standing)
        assert found.rolled_back
        assert found.at == NOW.isoformat()
        await walk(pilot, [("B", "as planned again?"), ("y", "B rolls back")])
        assert not read_standing(folder.standing).rolled_back


async def test_keys_mean_the_release_that_is_marked(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    first, second = add_release(workspace, name="one"), add_release(workspace, name="two")
    async with opened(workspace, size=(80, 40)) as (_, pilot):
        await walk(pilot, [("5", "› one"), ("n", "› two")])
        await walk(pilot, [("B", "Send every request of two"), ("y", "two was rolled back")])
    assert read_standing(second.standing).rolled_back
    assert not read_standing(first.standing).rolled_back


async def test_the_gateway_is_asked_to_end(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace)
    with served(workspace, folder):
        async with opened(workspace) as (_, pilot):
            await walk(pilot, [("5", URL), ("W", "Close the gateway")])
            await walk(pilot, [("y", "was asked to end")])
        (job,) = [one for one in workspace.run_folders() if (one.path / "control").is_dir()]
        assert [one.verb for one in read_requests(job, known=set())] == ["stop"]


async def test_new_traffic_comes_by_itself(tmp_path: Path) -> None:
    from core.release.gateway.log_store import LogStore
    from core.release.release_plan import LogPolicy

    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace)
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("5", "60 requests")])
        store = LogStore(folder.log, LogPolicy(keep="hashes"))
        store.write([entry(100, at=NOW.timestamp(), dealt="tuned")], [said(100)])
        store.close()
        await shows(pilot, "61 requests")


async def test_a_damaged_release_hides_no_other(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_release(workspace, name="good")
    add_release(workspace, name="torn").plan.write_text("name = [[[")
    async with opened(workspace, size=(80, 40)) as (_, pilot):
        await pilot.press("5")
        text = await shows(pilot, "cannot be shown")
        assert "60 requests" in text


async def test_each_export_says_whether_it_is_proven_and_what_proves_it(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    sentences = {True: "Proven: 50 of 50 answers.", False: "NOT the scored model: 3 of 50."}
    for number, name in enumerate(("good", "bad", "changed", "new"), start=11):
        folder = add_export(workspace, workspace.root / name, number=number)
        if name != "new":
            passed = name != "bad"
            result = {"passed": passed, "sentence": sentences[passed]}
            write_proof(folder, result, proven_files(folder))
        if name == "changed":
            (folder / "model.safetensors").write_bytes(b"other weights")
    add_export(workspace, workspace.root / "moved", number=15).rename(tmp_path / "elsewhere")
    found = {one.place: one for one in read_exports(workspace)}
    assert {name: one.proof.state for name, one in found.items()} == {
        "good": "proven",
        "bad": "differs",
        "changed": "other files",
        "new": "none",
    }
    assert found["new"].prove == f"tuningfork parity {workspace.root / 'new'} -w {workspace.root}"
    async with opened(workspace, size=(80, 40)) as (_, pilot):
        await pilot.press("5")
        text = await shows(pilot, "4 exports, 1 proven")
    lines = [line.strip() for line in text.splitlines()]
    assert [line.split(maxsplit=1)[1][:22] for line in lines if line.startswith("parity")] == [
        "○ Not proven: `tuningf",
        "▲ Not proven: the proo",
        "✗ NOT the scored model",
        "✓ Proven: 50 of 50 ans",
    ]
    assert sum(line.startswith("prove ") for line in lines) == 3


def test_a_file_for_a_server_is_proven_at_its_server(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_export(workspace, tmp_path / "small file", target="gguf")
    (found,) = read_exports(workspace)
    assert found.place == str(tmp_path / "small file")
    assert f"parity '{tmp_path}/small file' --base-url http://" in found.prove


async def test_figures_of_a_day_without_a_request_say_so(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "ws")
    add_release(workspace, requests=0)
    async with opened(workspace) as (_, pilot):
        await walk(pilot, [("5", "no request in the last day")])


async def test_home_lets_releases_forget_and_says_where_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.release.gateway.log_database._BUSY_MS", 1)
    workspace = create_workspace(tmp_path / "ws")
    folder = add_release(workspace, requests=3)
    plan = folder.plan.read_text()
    folder.plan.write_text(plan.replace("days = 30.0", "days = 0.00001"))
    reader = sqlite3.connect(folder.log, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT COUNT(*) FROM entry").fetchone() == (3,)
    async with opened(workspace) as (_, pilot):
        await shows(pilot, "answers: texts past their deadline are not gone")
    reader.close()
    assert len(list(read_entries(folder.log))) == 1, "the newest has time left"
