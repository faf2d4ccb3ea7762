"""`tuningfork demo`: the whole way on the sample task, with the app or as lines."""

import os
import sys
from argparse import Namespace

from core.decide.naming import spoken
from core.decide.record import read_decisions
from core.demo import DemoStep, live_demo, save_measured, start_demo
from core.jobs.status import Viewer
from core.scoring.measurement import Measurement, read_measurement
from core.text_safety import visible
from core.workspace import CONFIG_NAME, RunFolder, Workspace, open_workspace
from tui import plain
from tui.commands.measured import measured_lines
from tui.commands.place import moment, token
from tui.commands.screen import show, wants_lines
from tui.commands.verdict import newest_verdict, print_verdict, tuned_beats

_DID_NOT_WIN = 1


def run(arguments: Namespace) -> int:
    """Start the demo, or join one that is under way; show it, or follow it to its verdict."""
    directory = arguments.directory
    jobs = None
    if (directory / CONFIG_NAME).exists():
        jobs = live_demo(open_workspace(directory))
    if jobs is None:
        jobs = _start(arguments)
    else:
        print("A demo is under way here; joining it.")
    workspace = open_workspace(directory)
    if arguments.headless or wants_lines(arguments):
        return _follow(workspace, jobs)
    return show(workspace, arguments)


def _start(arguments: Namespace) -> tuple[RunFolder, ...]:
    """Walk the quick steps, saying each, and return the jobs that do the rest."""
    steps: list[DemoStep] = []
    walk = start_demo(
        arguments.directory,
        seed=arguments.seed,
        clock=moment,
        token=token,
        environment=os.environ,
    )
    for step in walk:
        print(f"{step.name}: {visible(step.line)}", flush=True)
        steps.append(step)
    return tuple(step.job for step in steps if step.job is not None)


def _follow(workspace: Workspace, jobs: tuple[RunFolder, ...]) -> int:
    """Print how the jobs go on and what came out; exit 0 only if the tuned model won."""
    for folder in jobs:
        print(f"\n{folder.id}", flush=True)
        if plain.watch(Viewer(folder), sys.stdout) != "finished":
            return _DID_NOT_WIN
        found = read_measurement(folder.path)
        if found is not None:
            _say_measured(workspace, found)
    print()
    verdict = newest_verdict(workspace)
    print_verdict(verdict)
    return 0 if tuned_beats(verdict, "base") else _DID_NOT_WIN


def _say_measured(workspace: Workspace, found: Measurement) -> None:
    """Print what the cheaper ways can do, and what that makes of the decision."""
    print("\n" + "\n".join(map(visible, measured_lines(found))))
    kept = (one.result.get("measured") for one in read_decisions(workspace.database))
    if any(isinstance(one, dict) and one.get("job") == found.job for one in kept):
        return
    advice = save_measured(workspace, found, now=moment(), token=token())
    print(f"decided again: {spoken(advice.recommendation)}", flush=True)
