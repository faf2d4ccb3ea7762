from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace as changed
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from core.events.curves import Curves
from core.events.parts import Decision, GpuRead, MixedIn
from core.events.run_state import RunState
from core.events.schema import (
    AlertRaised,
    CheckpointSaved,
    KeysConsumed,
    MaskLedger,
    OutOfMemory,
    PhaseEntered,
    PreflightDone,
    ResourceRead,
    Resumed,
    SampleTaken,
    StepLogged,
)
from core.events.writer import EventWriter
from core.jobs.control import read_requests
from core.workspace import RunFolder, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.filled_workspace import FINISHED, START, Clock, add_run, held
from tests.support.screen_text import screen_text
from tui.run_charts import CHARTS, View, panned, plot_of, values_at, window, zoomed
from tui.run_look import RunLook, RunWatch, settled
from tui.screens.run_lines import alert_line, head_lines
from tui.screens.run_panels import (
    PanelView,
    log_lines,
    message_lines,
    preflight_lines,
    sample_lines,
    system_lines,
)
from tui.widgets.line_chart import LineChart, Tile
from tui.widgets.page import Hanging, Line, Lines, Page
from tui.widgets.plotting import Range, range_for

LOSS = CHARTS[0]
OPEN = [("3", "Training runs"), ("enter", "step 120")]
PREFLIGHT = PreflightDone(
    predicted_bytes=6 << 30,
    peak_bytes=7 << 30,
    capacity_bytes=14 << 30,
    update_s=0.5,
    eval_s=2.0,
    save_s=1.0,
    disk_bytes=1 << 20,
    eta_low_s=240,
    eta_high_s=310,
    loss_path="selected",
    decisions=(Decision(what="loss", was="model", now="selected", why="it needs half as much"),),
)


def words(lines: list[Line]) -> str:
    return "\n".join((line.text if isinstance(line, Hanging) else line).plain for line in lines)


def curves_of(steps: int, *, seconds: float = 0.5) -> Curves:
    curves = Curves()
    curves.add_all(
        [StepLogged(step=n, loss=1.0 + n, lr=n / 1e4, seconds=seconds) for n in range(1, steps + 1)]
    )
    return curves


def test_a_closer_look_shows_half_around_the_cursor_and_wider_gives_it_back() -> None:
    state, curves = RunState(step=400, total_steps=800), curves_of(400)
    view = View(columns=(40, 0, 0, 0, 0), cursor=200.0)
    near = zoomed(state, curves, view, 1)
    assert window(state, curves, near) == (0.0, 400.0)
    nearer = zoomed(state, curves, near, 1)
    assert window(state, curves, nearer) == (100.0, 300.0)
    for _ in range(20):
        nearer = zoomed(state, curves, nearer, 1)
    low, high = window(state, curves, nearer)
    assert low < 200 < high
    assert high - low >= 8
    for _ in range(20):
        nearer = zoomed(state, curves, nearer, -1)
    assert window(state, curves, nearer) == (0.0, 800.0)


def test_a_closer_look_without_a_cursor_follows_the_newest_step_in_hops() -> None:
    state = RunState(step=400, total_steps=800)
    view = View(zoom=3)
    low, high = window(state, curves_of(400), view)
    assert low < 400 <= high
    assert window(state, curves_of(402), view) == (low, high) or high == 400
    back = panned(state, curves_of(400), view, -1)
    assert window(state, curves_of(400), back)[0] == low - 25
    on = panned(state, curves_of(400), panned(state, curves_of(400), back, 1), 1)
    assert on.start is None


def test_values_are_measured_ones_and_each_chart_has_its_own() -> None:
    curves = curves_of(100)
    values = values_at(curves, View(cursor=41.4))
    assert values is not None
    assert (values.step, values.raw, values.each[1], values.each[4]) == (41, 42.0, 0.0041, None)
    at_time = values_at(curves, View(axis="time", cursor=20.4))
    assert at_time is not None
    assert (at_time.step, at_time.elapsed) == (41, 20.5)
    newest = values_at(curves, View())
    assert newest is not None
    assert newest.step == 100
    assert values_at(Curves(), View()) is None


def test_the_axis_row_tells_what_happened_on_both_axes() -> None:
    state = RunState(
        step=100,
        total_steps=100,
        best_step=60,
        checkpoints=(CheckpointSaved(step=20, path="c", bytes=1, why="periodic"),),
        out_of_memory=(OutOfMemory(step=40, rows=4, new_budget=2),),
        alerts=(AlertRaised(rule="spike", level="warning", step=80, message="m"),),
    )
    curves = curves_of(100)
    curves.add_all([Resumed(from_step=90, checkpoint="c")])
    for axis in ("step", "time"):
        view = View(columns=(100, 0, 0, 0, 0), axis=axis)  # type: ignore[arg-type]
        plot = plot_of(LOSS, state, curves, 100, view)
        assert [letter for _, letter in sorted(plot.letters)] == ["C", "M", "B", "!", "R"], axis
    assert plot_of(LOSS, state, curves, 100, replace(view, zoom=2, start=50.0)).x_min == 48.0


def test_a_young_chart_keeps_its_range_while_values_settle() -> None:
    early = range_for([2.8], None, log=False, young=True)
    assert early.low == 0.0
    assert range_for([2.8, 3.1, 2.2, 1.4], early, log=False, young=True) is early
    assert range_for([2.8, 3.1, 2.2], early, log=False) == Range(2.0, 3.5)


def test_samples_are_compared_with_the_base_model_or_the_look_before() -> None:
    def taken(step: int, text: str, **more: str) -> SampleTaken:
        return SampleTaken(step=step, key="row 3", text=text, **more)

    state = RunState(
        samples=(
            taken(0, "unsure.", prompt="Refund?", reference="refund"),
            taken(20, "refund it"),
            changed(taken(40, "refund now"), stopped=False),
        )
    )
    base = words(sample_lines(state, PanelView()))
    assert "Refund?" in base
    assert "should say" in base
    assert "against the base model" in base
    assert "[-unsure.-]{+refund now+}" in base
    assert "cut off by the limit" in base
    before = words(sample_lines(state, PanelView(against="before")))
    assert "refund [-it-]{+now+}" in before
    assert "against step 20" in before
    plain = words(sample_lines(state, PanelView(against="nothing")))
    assert "  refund now" in plain
    assert "[-" not in plain


def test_an_alert_shows_its_evidence_and_the_key_that_acts() -> None:
    alert = AlertRaised(
        rule="memorising",
        level="warning",
        step=9,
        message="A sample repeats a row.",
        evidence={"words": 34.0, "row": "train 12"},
        key="stop",
        t="2026-01-01T10:00:00.000Z",
    )
    assert "S stop" in alert_line(alert).plain
    said = words(message_lines(RunState(alerts=(alert,)), PanelView()))
    assert "S stop  memorising  words 34  row train 12" in said


def test_a_run_that_is_over_says_how_it_ended_before_what_was_found_on_the_way(
    tmp_path: Path,
) -> None:
    workspace = create_workspace(tmp_path / "w")
    over = add_run(workspace, "r", end=FINISHED, words=("one", "two"))
    said = words(head_lines(RunWatch(over, lambda: START).look()))
    assert "Done.   ▲ 1 alert on the way  n next alert" in said
    live = add_run(workspace, "r", number=2, words=("one", "two"))
    assert "▲ step 120: one one" in words(head_lines(seen(live, at=60)))


def test_memory_that_ran_out_is_told() -> None:
    state = RunState(out_of_memory=(OutOfMemory(step=7, rows=4, new_budget=2048),))
    assert "4 rows did not fit into memory" in words(message_lines(state, PanelView()))


def test_the_preflight_panel_shows_predicted_measured_and_every_decision() -> None:
    ledger = MaskLedger(
        rows=900,
        zero=0,
        cut=37,
        supervised_cut=4112,
        strategies={"template": 900},
        findings=("37 rows are too long (train rows 4, 9 and 35 more)",),
    )
    said = words(preflight_lines(RunState(preflight=PREFLIGHT, ledger=ledger), PanelView()))
    assert "37 rows lose 4,112 target tokens" in said
    assert "train rows 4, 9 and 35 more" in said
    assert "7.0 GB measured, 6.0 GB predicted, 50% of 14.0 GB" in said
    assert "loss: model → selected, because it needs half as much" in said
    assert "4–5 min" in said
    assert "no preflight" in words(preflight_lines(RunState(), PanelView()))


def test_what_was_compared_with_the_holdout_stands_before_the_masks() -> None:
    proof = {"stage": "read", "lock": "ab12" * 8, "lock_version": 1, "root": "", "total": ""}
    clean = KeysConsumed(rows=960, intersection=0, **proof)  # type: ignore[arg-type]
    dirty = KeysConsumed(rows=960, intersection=2, **proof)  # type: ignore[arg-type]
    said = words(preflight_lines(RunState(keys=clean), PanelView()))
    assert "960 rows compared with ab12ab12ab12: none in common" in said
    said = words(preflight_lines(RunState(keys=dirty), PanelView()))
    assert "960 rows compared with ab12ab12ab12: 2 in common" in said


def test_sets_that_were_mixed_in_stand_below_the_holdout() -> None:
    proof = {"stage": "read", "lock": "ab12" * 8, "lock_version": 1, "root": "", "total": ""}
    sets = (
        MixedIn(path="/old/re\x1bplay.jsonl", sha256="cd34" * 16, rows=1200, taken=400, after=90),
        MixedIn(path="few.csv", sha256="ef56" * 16, rows=7, taken=7, share=0.5, after=1290),
    )
    keys = KeysConsumed(rows=960, intersection=0, mixed=sets, **proof)  # type: ignore[arg-type]
    said = words(preflight_lines(RunState(keys=keys), PanelView()))
    assert "play.jsonl: 400 of 1,200 rows, counted as train rows from 91 on" in said
    assert "sha256 cd34cd34cd34" in said
    assert "few.csv: all 7 rows (50% was asked for, it has no more)" in said
    assert "\x1b" not in said


def test_the_machine_panel_shows_gpus_and_memory() -> None:
    gpu = GpuRead(index=0, used=40 << 30, total=80 << 30, busy=0.93, celsius=61)
    read = ResourceRead(
        rss=2 << 30, cpu=1.5, disk_free=9 << 30, ram_used=5 << 30, ram_total=64 << 30, gpus=(gpu,)
    )
    said = words(system_lines(RunState(resources=read), PanelView()))
    assert "40.0 GB of 80.0 GB, 93% busy, 61 °C" in said
    assert "2.0 GB of 64.0 GB, 5.0 GB in use by all" in said


def seen(folder: RunFolder, *, at: float) -> RunLook:
    """Return a look at a run whose lock is held, so many seconds after it began."""
    watch = RunWatch(folder, lambda: START + timedelta(seconds=at))
    with held(folder):
        return watch.look()


def test_the_time_is_by_the_preflight_until_it_is_measured_and_phases_are_named(
    tmp_path: Path,
) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "r", steps=0)
    with EventWriter.open(folder.events, run=folder.id, attempt=1, clock=Clock()) as log:
        log.write(PREFLIGHT)
        log.write(PhaseEntered(name="tokenizing", done=3, total=9, unit="rows"))
    said = words(head_lines(seen(folder, at=7.0)))
    assert "4–5 min by the preflight" in said
    assert "tokenizing 3/9 rows   since 5 s" in said
    assert "✓ reading data" in said
    assert "▸ tokenizing" in said
    assert "○ loading model" in said


def test_a_worker_that_lives_and_says_nothing_is_told_by_the_viewer(tmp_path: Path) -> None:
    folder = add_run(create_workspace(tmp_path / "w"), "r")
    assert "has said nothing" not in words(head_lines(seen(folder, at=90.0)))
    said = words(head_lines(seen(folder, at=400.0)))
    assert "S stop  step 120: The worker lives, but has said nothing for over 60 s" in said
    lost = RunWatch(folder, lambda: START + timedelta(seconds=400)).look()
    assert "has said nothing for" not in words(head_lines(lost))


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("load 10%\rload 50%\rload 100%\ndone\n", "load 100%\ndone\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("half\rmore\r", "more"),
        ("plain\n", "plain\n"),
    ],
)
def test_a_line_written_over_shows_its_last_state(printed: str, shown: str) -> None:
    assert settled(printed) == shown
    assert "10%" not in words(log_lines(RunState(), PanelView(tail=settled(printed))))


async def test_a_wide_screen_has_four_charts_and_a_small_one_has_one(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", end=FINISHED)
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, OPEN)
        four = await shows(pilot, lambda text: text.count("└") == 4)
        for title in ("loss", "learning rate", "gradient norm", "tokens/s"):
            assert title in four
    async with opened(workspace) as (app, pilot):
        await walk(pilot, [*OPEN, ("c", "1.00e-04"), ("c", "0.4"), ("z", "")])
        await shows(pilot, lambda text: "Messages  Samples" not in text)
        await walk(pilot, [("z", "Messages  Samples")])
        assert "gradient norm" in screen_text(app)


async def test_the_x_axis_zooms_pans_and_can_be_time(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", end=FINISHED)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [*OPEN, ("+", "125"), ("<", "100"), (">", "125"), ("-", "200")])
        await walk(pilot, [("<", "looks closer"), ("t", "after"), ("left", "after 1 min 00 s")])


async def test_the_next_alert_takes_the_cursor_along(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", words=("first word", "second word"))
    async with opened(workspace, size=(120, 36)) as (_app, pilot):
        await walk(pilot, [*OPEN, ("left", "step 11"), ("left", "step 11"), ("n", "step 120/200")])
        await shows(pilot, lambda text: "step 120: first word first word" in text.splitlines()[-2])


async def test_a_pause_is_asked_of_the_worker(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    folder = add_run(workspace, "live")
    with held(folder):
        async with opened(workspace) as (_app, pilot):
            await walk(pilot, [*OPEN, ("P", "Asked the worker to pause")])
            assert [one.verb for one in read_requests(folder, known=set())] == ["pause"]


async def test_a_long_log_is_painted_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.run_look._FIRST_EVENTS", 20)
    monkeypatch.setattr("tui.run_look._MOST_EVENTS", 40)
    seen: list[int] = []
    real = RunWatch.present

    def noted(watch: RunWatch) -> object:
        look = real(watch)
        seen.append(look.state.step)
        return look

    monkeypatch.setattr(RunWatch, "present", noted)
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", steps=200, end=FINISHED)
    async with opened(workspace) as (_app, pilot):
        await walk(pilot, [("3", "Training runs"), ("enter", "step 200/200")])
    assert len({step for step in seen if 0 < step < 200}) >= 3


async def test_a_move_of_the_focus_repaints_only_what_loses_and_what_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", end=FINISHED)
    async with opened(workspace, size=(120, 36)) as (app, pilot):
        await walk(pilot, OPEN)
        await shows(pilot, lambda text: text.count("└") == 4)
        repainted: set[Widget] = set()
        real = Widget.refresh

        def noted(widget: Widget, *regions: Region, **more: bool) -> Widget:
            repainted.add(widget)
            return real(widget, *regions, **more)

        lost = app.focused
        monkeypatch.setattr(Widget, "refresh", noted)
        await pilot.press("tab")
        await pilot.pause()
        wide = {widget for widget in repainted if isinstance(widget, LineChart | Page | Screen)}
        assert wide == {lost, app.focused}
        assert not {widget for widget in repainted if isinstance(widget, Tile)}


async def test_another_theme_is_drawn_with_its_own_inks(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "w", name="tickets")
    add_run(workspace, "one", end=FINISHED)
    async with opened(workspace) as (app, pilot):
        await walk(pilot, OPEN)

        def colours() -> set[object]:
            lines = app.screen.query_one("#strip", Lines)
            return {segment.style.color for segment in lines.render_line(0) if segment.style}

        dark = colours()
        app.show_look("textual-light")
        await pilot.pause()
        assert not colours() & dark
