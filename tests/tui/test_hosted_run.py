"""A hosted run on the run screen: where it stands, what a stop costs, watching it again."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.errors import JobError
from core.events.schema import CostKnown, PhaseEntered, RunFailed
from core.jobs.compare import compare
from core.jobs.control import read_requests
from core.jobs.status import Viewer, read_status
from core.scoring.start import start_score
from core.workspace import create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import START, held
from tests.support.hosted_runs import PLACE, QUEUED, RUNNING, hosted_run
from tests.support.hosted_split import split_of
from tui.plain import status_lines

OPEN = [("3", "Training runs"), ("enter", "ftjob-7")]


async def test_a_run_that_waits_says_at_whom_and_why(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    with held(hosted_run(workspace, QUEUED)):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [("3", "shop"), ("enter", "OpenAI, job ftjob-7, queued, capacity")])
            await walk(pilot, [("S", "Asks OpenAI to cancel the job ftjob-7")])


async def test_a_stop_says_what_it_costs_and_asks(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    folder = hosted_run(workspace, RUNNING)
    with held(folder):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [*OPEN, ("S", "until step 12 may have to be paid")])
            await shows(pilot, "checkpoint of step 10 stays usable")
            await walk(pilot, [("y", "Asked the worker to stop")])
    assert [one.verb for one in read_requests(folder, known=set())] == ["stop"]


async def test_a_paused_run_goes_on_by_a_request(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    folder = hosted_run(workspace, [*RUNNING, PhaseEntered(name="paused", hosted=PLACE)])
    with held(folder):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [*OPEN, ("R", "Asked the worker to resume")])
    assert [one.verb for one in read_requests(folder, known=set())] == ["resume"]


async def test_a_run_that_nobody_watches_is_not_called_lost_work(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    hosted_run(workspace, RUNNING)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("3", "shop"), ("enter", "the job at OpenAI goes on")])
        text = await shows(pilot, "R watches it again, for nothing")
        assert "checkpoint" not in text.split("R watches")[0]


async def test_watching_again_asks_for_a_key_that_is_not_there(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    hosted_run(workspace, RUNNING)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("3", "shop"), ("enter", "goes on"), ("R", "Type it for this run")])


async def test_the_row_that_a_service_refused_is_one_key_away(tmp_path: Path) -> None:
    workspace = split_of(tmp_path)
    failed = RunFailed(
        what="OpenAI gave the job up.",
        why="It says: line 2 is wrong. It means train row 2.",
        remedy="Mend the rows it means.",
        seconds=1.0,
        part="train",
        rows=(2,),
    )
    hosted_run(workspace, [*RUNNING, failed])
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, [("3", "shop"), ("enter", "OpenAI gave the job up"), ("i", "row 2")])
        await shows(pilot, "Answer as the shop would.")


def test_status_says_place_and_cost_in_lines_and_as_json(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    billed = CostKnown(basis="billed", tokens=20_000)
    folder = hosted_run(workspace, [*RUNNING, billed])
    with held(folder):
        status = read_status(folder)
    lines = list(status_lines(status))
    assert "service: OpenAI, job ftjob-7, running" in lines
    assert "cost: 2.50 to 10.00 USD expected, 20,000 tokens billed" in lines
    said = json.loads(json.dumps(status.as_json()))
    assert said["hosted"] == {
        "provider": "OpenAI",
        "job": "ftjob-7",
        "status": "running",
        "note": "",
    }
    assert (said["estimate"]["low"], said["billed"]["tokens"]) == ("2.50", 20_000)


def test_hosted_runs_are_compared_by_what_they_were_told(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    folders = [
        hosted_run(workspace, RUNNING, number=1),
        hosted_run(workspace, RUNNING, number=2, model="gpt-4.1"),
    ]
    with ExitStack() as locks:
        for folder in folders:
            locks.enter_context(held(folder))
        found = compare([Viewer(folder) for folder in folders])
    assert [(one.field, one.values) for one in found.differences] == [
        ("model", ("gpt-4o", "gpt-4.1"))
    ]


def test_scoring_a_hosted_run_says_how_its_model_joins(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    folder = hosted_run(workspace, RUNNING)

    def refused() -> str:
        with pytest.raises(JobError) as error:
            start_score(workspace, folder, now=START, token="t", environment={})
        return f"{error.value.what} {error.value.remedy}"

    assert "has no model to score yet" in refused()
    folder.endpoint.write_text("")
    assert "as the contender shop-0001" in refused()
    assert "--endpoint shop-0001" in refused()
