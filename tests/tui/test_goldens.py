"""Every screen in its main states, as text that a reviewer reads; `make golden` rewrites."""

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core.data.sources import file_sha256
from core.data.triage.desk import Desk
from core.data.triage.operations import Drop
from core.hosted import counting
from core.scoring.study.judging import judge_study
from core.training import mask_reading
from core.workspace import Workspace, create_workspace
from tests.support.app_pilot import opened, shows, walk
from tests.support.decisions import add_decisions, add_draft, add_prices
from tests.support.filled_workspace import FAILED, FINISHED, NOW, add_run, fill, held, with_table
from tests.support.hosted_runs import RUNNING, hosted_run
from tests.support.hosted_split import split_of
from tests.support.measured_job import add_measured_job, measurement
from tests.support.rated_studies import rate, study
from tests.support.released import add_release, served
from tests.support.screen_text import rows_of_wrong_width, screen_text

FOLDER = Path(__file__).parents[1] / "golden"
SMALL = (80, 24)
WIDE = ((120, 36), (200, 60))
Steps = list[tuple[str, str]]
"""Keys, and what each must bring."""


@contextmanager
def _empty(root: Path) -> Iterator[Workspace]:
    yield create_workspace(root, name="tickets")


@contextmanager
def _full(root: Path) -> Iterator[Workspace]:
    yield fill(root)


@contextmanager
def _table(root: Path) -> Iterator[Workspace]:
    yield with_table(root)


@contextmanager
def _running(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    add_run(workspace, "first try", number=1, steps=200, end=FINISHED)
    with held(add_run(workspace, "second try", number=2)):
        yield workspace


@contextmanager
def _one(root: Path, state: str) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    end = {"failed": FAILED, "finished": FINISHED, "lost": None}[state]
    add_run(workspace, "first try", end=end)
    yield workspace


@contextmanager
def _reading(root: Path) -> Iterator[Workspace]:
    """A workspace whose tokens are being read, and never come."""
    workspace = fill(root)
    for left in workspace.token_cache.iterdir():
        left.rename(left.with_name("elsewhere-" + left.name))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mask_reading, "COMMAND", (sys.executable, "-c", ENDLESS))
        yield workspace


ENDLESS = """
import time
print('{"phase": "reading tokens", "done": 3, "total": 10}', flush=True)
time.sleep(600)
"""
SOURCES = [("3", "finished"), ("t", "notes.toml")]
TO_SERVICES = [("3", "No run yet"), ("T", "the rows of"), ("p", "Cohere")]
TOKENS = [*SOURCES, ("enter", "row 1")]


@contextmanager
def _three(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    for number, (name, rank) in enumerate((("first", 8), ("second", 16), ("third", 32)), 1):
        folder = add_run(workspace, name, number=number, steps=60 * number, end=FINISHED)
        folder.recipe.write_text(f"seed = 17\n[lora]\nrank = {rank}\n")
    yield workspace


@contextmanager
def _sendable(root: Path) -> Iterator[Workspace]:
    """A split that services would take, and no key of any of them; its tokens are being counted."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(counting, "COMMAND", (sys.executable, "-c", ENDLESS))
        patched.delenv("OPENAI_API_KEY", raising=False)
        yield split_of(root)


@contextmanager
def _at_service(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    with held(hosted_run(workspace, RUNNING)):
        yield workspace


@contextmanager
def _flawed(root: Path) -> Iterator[Workspace]:
    """Rows that contradict each other and hold personal data; the first one was dropped."""
    workspace = create_workspace(root, name="tickets")
    said = [(f"question {n} of {n * 7}", f"answer {n} is {n * 3}") for n in range(58)]
    said[1], said[2] = ("which colour", "red"), ("which colour", "blue")
    said[5] = ("write to jo.meier@web.de", "done " * 900)
    said[6] = ("call jo.meier@web.de", "no")
    turns = [
        [{"role": "user", "content": ask}, {"role": "assistant", "content": answer}]
        for ask, answer in said
    ]
    source = workspace.root / "tickets.jsonl"
    source.write_text("".join(json.dumps({"messages": one}) + "\n" for one in turns))
    sha256 = file_sha256(source)
    desk = Desk.open(workspace, source, sha256=sha256, salt=b"s" * 16, by="ann", now=NOW)
    desk.do(Drop(rows=(6,)), now=NOW)
    yield workspace


@contextmanager
def _decided(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    add_decisions(workspace)
    yield workspace


@contextmanager
def _tried(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    workspace.improved_prompt.write_text("Read the ticket.\nAnswer with one word.\n")
    add_draft(workspace, at="strong_prompt_solves")
    add_measured_job(workspace, measurement(base=2, improved_prompt=9, few_shot=14, retrieval=13))
    yield workspace


@contextmanager
def _asked(root: Path, at: str) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    add_draft(workspace, at=at)
    yield workspace


@contextmanager
def _priced(root: Path) -> Iterator[Workspace]:
    """Answers that wait, of somebody who entered prices."""
    workspace = create_workspace(root, name="tickets")
    add_draft(workspace, at="regulated", data_may_leave="yes", requests_per_day=9_000)
    add_prices(workspace)
    yield workspace


@contextmanager
def _studied(root: Path, *, open_it: bool = False) -> Iterator[Workspace]:
    """A study that two people rate, its id and the deal of its answers fixed."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secrets, "token_hex", lambda n: "7e" * n)
        patched.setattr(secrets, "token_bytes", lambda n: b"k" * n)
        folder = study(root, items=24, stopping="fixed" if open_it else "sequential")
    rate(folder, "ada")
    rate(folder, "ben", limit=None if open_it else 17)
    workspace = Workspace(root, name="tickets")
    if open_it:
        judge_study(workspace, folder, early=False, by="me", now=NOW)
    yield workspace


@contextmanager
def _served(root: Path) -> Iterator[Workspace]:
    workspace = create_workspace(root, name="tickets")
    add_release(workspace, name="older", requests=9, by="ada@desk", why="too many thumbs")
    with served(workspace, add_release(workspace)):
        yield workspace


ASKED = [("1", "answers wait"), ("w", "Question")]
COSTS = [*ASKED, ("r", "Not saved"), ("c", "offer 1"), ("p", "a hosted model")]
DECISIONS = [("1", "Recommended"), ("o", "3 decisions")]
INSPECT_FLAWED = [("2", "contradiction")]
MARK = [("3", "Training runs"), ("space", "mark another"), ("space", "2 marked")]
RUN = [("3", "Training runs"), ("enter", "step 120")]
LAUNCH = [("3", "Training runs"), ("T", "the rows of"), ("enter", "updates")]
LAUNCH_TICKETS = [*LAUNCH[:2], ("j", "the rows of"), ("enter", "every row trains")]
STATES: dict[str, tuple[Callable[[Path], AbstractContextManager[Workspace]], Steps]] = {
    "home-empty": (_empty, [("0", "next")]),
    "decide-empty": (_empty, [("1", "No decision")]),
    "inspect-empty": (_empty, [("2", "No dataset")]),
    "train-empty": (_empty, [("3", "No run yet")]),
    "score-empty": (_empty, [("4", "No verdict")]),
    "release-empty": (_empty, [("5", "Nothing to release")]),
    "home-full": (_full, [("0", "finished")]),
    "decide-full": (_full, [("1", "Recommended")]),
    "decide-waiting": (lambda root: _asked(root, "regulated"), [("1", "answers wait")]),
    "decide-question": (lambda root: _asked(root, "task_kind"), ASKED),
    "decide-unknown": (lambda root: _asked(root, "regulated"), [*ASKED, ("i", "To find out")]),
    "decide-number": (lambda root: _asked(root, "labelled_examples"), [*ASKED, ("6", "6_")]),
    "decide-result": (lambda root: _asked(root, "regulated"), [*ASKED, ("r", "Not saved")]),
    "decide-costs": (_priced, COSTS),
    "decide-no-costs": (
        lambda root: _asked(root, "regulated"),
        [*ASKED, ("r", "Not saved"), ("c", "Hosted against")],
    ),
    "decide-list": (_decided, DECISIONS),
    "decide-try": (lambda root: _asked(root, "task_kind"), [*ASKED, ("m", "Try prompting")]),
    "decide-tried": (_tried, [*ASKED, ("m", "Not settled")]),
    "decide-pair": (
        _decided,
        [*DECISIONS, ("space", "1 marked"), ("space", "2 marked"), ("enter", "that differ")],
    ),
    "inspect-full": (_full, [("2", "counted in train")]),
    "inspect-sizes": (_full, [("2", "counted in train"), ("less_than_sign", "limit 768")]),
    "inspect-uncounted": (_reading, [("2", "c counts them"), ("c", "reading tokens 3/10")]),
    "inspect-flawed": (_flawed, INSPECT_FLAWED),
    "inspect-beside": (_flawed, [*INSPECT_FLAWED, ("enter", "blue"), ("s", "row 2")]),
    "inspect-rows": (_full, [("2", "Not scanned"), ("b", "rows; enter opens one")]),
    "inspect-row": (_full, [("2", "Not scanned"), ("enter", "row 25")]),
    "train-full": (_full, [("3", "finished")]),
    "score-full": (_full, [("4", "CANNOT SAY")]),
    "release-full": (_full, [("5", "adapter on disk")]),
    "release-served": (_served, [("5", "● answers at")]),
    "launch-from": (_full, [("3", "Training runs"), ("T", "the rows of")]),
    "launch": (_full, LAUNCH),
    "services": (_sendable, [*TO_SERVICES, ("j", "stops on 2027-01-14")]),
    "hosted": (_sendable, [*TO_SERVICES, ("j", "stops on"), ("enter", "reading tokens 3/10")]),
    "hosted-run": (_at_service, [("3", "shop"), ("enter", "ftjob-7")]),
    "launch-edit": (_full, [*LAUNCH, ("e", "enter takes it")]),
    "launch-ask": (_full, [*LAUNCH_TICKETS, ("T", "goes on when you leave")]),
    "launch-rows": (_full, [*LAUNCH, ("a", "data.drop_rows")]),
    "launch-counting": (_reading, [*LAUNCH, ("G", "reading tokens 3/10")]),
    "inspect-unknown": (_table, [("2", "No known shape")]),
    "roles": (_table, [("2", "No known shape"), ("m", "what is asked again")]),
    "home-running": (_running, [("0", "second try")]),
    "run-running": (_running, RUN),
    "run-failed": (lambda root: _one(root, "failed"), RUN),
    "run-lost": (lambda root: _one(root, "lost"), RUN),
    "run-finished": (lambda root: _one(root, "finished"), RUN),
    "run-stop-asked": (_running, [*RUN, ("S", "Stops after")]),
    "runs-marked": (_three, MARK),
    "compare": (_three, [*MARK, ("enter", "lora.rank")]),
    "score-studied": (_studied, [("4", "▸ may stop")]),
    "score-opened": (lambda root: _studied(root, open_it=True), [("4", "rated by people")]),
    "study": (_studied, [("4", "▸ may stop"), ("enter", "Sealed")]),
    "study-ask": (_studied, [("4", "▸ may stop"), ("enter", "Sealed"), ("O", "Opens the seal")]),
    "study-opened": (
        lambda root: _studied(root, open_it=True),
        [("4", "✓ opened"), ("enter", "The seal is open")],
    ),
    "study-details": (
        lambda root: _studied(root, open_it=True),
        [("4", "✓ opened"), ("enter", "The seal is open"), ("d", "Every figure")],
    ),
    "judge": (
        lambda root: _studied(root, open_it=True),
        [("4", "✓ opened"), ("enter", "The seal is open"), ("J", "No judge was asked")],
    ),
    "study-lock": (_full, [("4", "CANNOT SAY"), ("L", "hours for each")]),
    "item": (_full, [("4", "CANNOT SAY"), ("enter", "reference")]),
    "token-sources": (_full, [("3", "finished"), ("t", "Whose tokens")]),
    "tokens": (_full, TOKENS),
    "tokens-ids": (_full, [*TOKENS, ("m", "0 · masked")]),
    "tokens-cut": (_full, [*TOKENS, ("f", "row 3")]),
    "tokens-refused": (_full, [*TOKENS, ("f", "row 3"), ("f", "row 4")]),
    "tokens-reading": (_reading, [*SOURCES, ("enter", "reading tokens 3/10")]),
    "help": (_running, [*RUN, ("?", "Keys")]),
    "palette": (_running, [(":", "what do you want")]),
}


ALSO_WIDE = (
    "inspect-sizes",
    "inspect-flawed",
    "inspect-beside",
    "runs-marked",
    "compare",
    "home-running",
    "decide-empty",
    "decide-full",
    "decide-question",
    "decide-number",
    "decide-result",
    "decide-costs",
    "decide-list",
    "decide-pair",
    "inspect-full",
    "run-running",
    "run-failed",
    "score-studied",
    "study",
    "study-opened",
    "study-lock",
    "judge",
    "item",
    "inspect-row",
    "tokens",
    "launch",
    "services",
    "hosted",
)
CASES = [
    *((name, SMALL) for name in STATES),
    *((name, size) for name in ALSO_WIDE for size in WIDE),
]


@pytest.mark.parametrize(
    ("name", "size"), CASES, ids=[f"{name}-{size[0]}x{size[1]}" for name, size in CASES]
)
async def test_the_screen_is_as_it_was_when_it_was_last_looked_at(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    make, steps = STATES[name]
    golden = FOLDER / f"{name}-{size[0]}x{size[1]}.txt"
    with make(tmp_path / "w") as workspace:
        async with opened(workspace, size=size) as (app, pilot):
            await walk(pilot, steps)
            if os.environ.get("GOLDEN") == "write":
                golden.write_text(await _at_rest(pilot))
            assert golden.exists(), "`make golden` writes it"
            with suppress(AssertionError):
                await shows(pilot, golden.read_text().__eq__, deadline=60)
            assert screen_text(app) == golden.read_text()
            assert rows_of_wrong_width(app) == []


async def _at_rest(pilot: Pilot[None]) -> str:
    """Return the screen once nothing has moved for longer than any timer of ours."""
    before, quiet = "", 0
    while quiet < 25:
        await pilot.pause(0.1)
        text = screen_text(pilot.app)
        quiet = quiet + 1 if text == before else 0
        before = text
    return before
