import io
from datetime import datetime, timedelta
from pathlib import Path

from core.events.parts import Decision, GpuRead
from core.events.schema import (
    KeysConsumed,
    MaskLedger,
    OutOfMemory,
    PreflightDone,
    ResourceRead,
    RunStopped,
    StepLogged,
)
from core.events.writer import EventWriter
from core.jobs.status import Viewer, read_status
from core.stages import read_overview
from core.text_safety import visible
from core.workspace import create_workspace
from tests.support.filled_workspace import FAILED, FINISHED, START, Clock, add_run, fill, held
from tests.support.hostile import HOSTILE
from tui import plain
from tui.job_rows import JobRows
from tui.runs_table import Choice, chosen
from tui.screenshot import take

WORDS = [word for word in HOSTILE if word.strip()]


def test_a_watched_job_is_told_by_its_changes_in_order(tmp_path: Path) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "first", steps=200, end=FINISHED)
    out = io.StringIO()
    assert plain.watch(Viewer(folder), out) == "finished"
    lines = out.getvalue().splitlines()
    assert lines[0] == "state: finished"
    assert lines[-2:] == ["finished: Done.", "result: adapter"]
    places = [lines.index(next(one for one in lines if f"step {n}" in one)) for n in (40, 80, 120)]
    assert places == sorted(places)


def test_a_job_that_goes_on_is_looked_at_again_and_only_changes_are_said(tmp_path: Path) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "first")
    out = io.StringIO()
    looks = []
    with held(folder):

        def sleep(_: float) -> None:
            looks.append(out.getvalue())
            if len(looks) == 3:
                with EventWriter.open(
                    folder.events, run=folder.id, attempt=1, clock=Clock()
                ) as log:
                    log.write(RunStopped(reason="Stopped on request.", seconds=1.0))

        assert plain.watch(Viewer(folder), out, sleep=sleep) == "stopped"
    assert looks[0] == looks[1] == looks[2]
    assert out.getvalue().endswith("stopped: Stopped on request.\n")


def test_a_failed_and_a_lost_job_say_what_to_do(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    failed = add_run(workspace, "a", number=1, end=FAILED)
    lost = add_run(workspace, "b", number=2)
    said = "\n".join(plain.status_lines(read_status(failed)))
    assert "failed: The GPU has no memory left." in said
    assert "what to do: Halve batch.size" in said
    said = "\n".join(plain.status_lines(read_status(lost)))
    assert f"`tuningfork resume {lost.id}`" in said


def test_what_was_measured_is_said_in_lines_too(tmp_path: Path) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "first")
    gpu = GpuRead(index=0, used=1 << 30, total=4 << 30, busy=0.5)
    decided = Decision(what="loss", was="model", now="fused", why="it needs less")
    with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=Clock()) as log:
        proof = {"stage": "checked", "lock_version": 1, "root": "", "total": ""}
        log.write(KeysConsumed(rows=9, intersection=0, lock="ab" * 16, **proof))
        found = ("2 rows are cut (train rows 4, 9)",)
        log.write(
            MaskLedger(rows=9, zero=1, cut=2, supervised_cut=30, strategies={}, findings=found)
        )
        log.write(
            PreflightDone(
                predicted_bytes=2 << 30,
                peak_bytes=3 << 30,
                capacity_bytes=4 << 30,
                update_s=1.0,
                eval_s=1.0,
                save_s=1.0,
                disk_bytes=1,
                eta_low_s=1.0,
                eta_high_s=2.0,
                loss_path="fused",
                decisions=(decided,),
            )
        )
        log.write(OutOfMemory(step=7, rows=4, new_budget=9))
        log.write(ResourceRead(rss=1 << 20, cpu=1.0, disk_free=1 << 30, gpus=(gpu,)))
    said = "\n".join(plain.status_lines(read_status(folder)))
    assert "holdout: 9 rows compared with abababababab, 0 in common" in said
    assert "masks: 9 rows, 1 that train nothing, 2 cut by 30 target tokens" in said
    assert "found: 2 rows are cut (train rows 4, 9)" in said
    assert "memory: 3.0 GB measured, 2.0 GB predicted, 4.0 GB there" in said
    assert "decided: loss: model -> fused, because it needs less" in said
    assert "out of memory: step 7, 4 rows" in said
    assert "gpu 0: 1.0 GB of 4.0 GB, 50% busy" in said


def test_no_word_of_the_data_is_obeyed(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "w", WORDS)
    lines = [*plain.overview_lines(read_overview(workspace))]
    for folder in workspace.run_folders():
        lines += plain.status_lines(read_status(folder))
        out = io.StringIO()
        plain.watch(Viewer(folder), out)
        lines += out.getvalue().split("\n")
    for line in lines:
        assert visible(line) == line


def test_the_overview_is_one_line_a_stage(tmp_path: Path) -> None:
    lines = [*plain.overview_lines(read_overview(create_workspace(tmp_path / "w")))]
    assert len(lines) == 6
    assert lines[-1].startswith("next: ")


def test_a_picture_is_taken_of_the_real_app(tmp_path: Path) -> None:
    path = tmp_path / "home.svg"
    take(fill(tmp_path / "w"), path, keys=("3",))
    assert path.read_text().startswith("<svg")
    assert "Training" in path.read_text()


def test_a_worker_that_fell_silent_is_said_in_every_list_and_line(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w")
    folder = add_run(workspace, "quiet")
    soon, late = START + timedelta(seconds=80), START + timedelta(seconds=400)
    with held(folder):
        status = read_status(folder)
        assert "state: running" in list(plain.status_lines(status, now=soon))
        said = list(plain.status_lines(status, now=late))
        assert "state: running, stalled" in said
        assert any("has said nothing for over 60 s" in line for line in said)
        assert not status.as_json(now=soon)["stalled"]
        told = status.as_json(now=late)
        assert (told["stalled"], told["alerts"][-1]["rule"]) == (True, "stall")
        (row,) = JobRows(workspace).read(soon)
        assert row.word == "running"
        (row,) = JobRows(workspace).read(late)
        assert (row.word, row.live) == ("stalled", True)
        assert chosen([row], Choice(words="stalled")) == (row,)
    (row,) = JobRows(workspace).read(late)
    assert row.word == "lost"


def test_a_watched_worker_that_falls_silent_and_speaks_again_is_said_once_each(
    tmp_path: Path,
) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "quiet")
    out, moments = io.StringIO(), iter([80.0, 400.0, 401.0, 402.0])
    looks = 0
    with held(folder):

        def sleep(_: float) -> None:
            nonlocal looks
            looks += 1
            if looks == 3:
                clock = Clock(START + timedelta(seconds=401))
                with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=clock) as log:
                    log.write(StepLogged(step=121, loss=1.0, seconds=0.5))
            if looks == 4:
                with EventWriter.open(
                    folder.events, run=folder.id, attempt=1, clock=Clock()
                ) as log:
                    log.write(RunStopped(reason="Stopped on request.", seconds=1.0))

        def clock() -> datetime:
            return START + timedelta(seconds=next(moments, 403.0))

        plain.watch(Viewer(folder), out, sleep=sleep, clock=clock)
    lines = out.getvalue().splitlines()
    assert sum("has said nothing" in line for line in lines) == 1
    assert lines.count("state: running again") == 1
