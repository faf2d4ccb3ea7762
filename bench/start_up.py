"""How long until something is on the screen, against an empty Textual app in the same terminal.

Budget: first paint at most 1.15, home ready at most 1.5, `--help` and `status --json` at most 0.6.
"""

import subprocess
import sys
import time
from collections.abc import Callable

from bench.rehearsed import TUNINGFORK, rehearsal
from bench.screen_clock import Terminal, environment
from bench.table import print_ratios

ROUNDS = 9
EMPTY_APP = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""


def _until(command: list[str], text: bytes) -> float:
    terminal = Terminal(command)
    try:
        return terminal.seconds_until(text)
    finally:
        terminal.close()


def _until_exit(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment())
    return time.perf_counter() - began


def main() -> None:
    """Run every arm once a round, so that a slow moment of the machine hits them all."""
    with rehearsal(steps=20, rate=100, wait=True) as folder:
        workspace = str(folder)
        app = [TUNINGFORK, "open", workspace]
        arms: dict[str, Callable[[], float]] = {
            "empty Textual app, painted": lambda: _until(
                [sys.executable, "-c", EMPTY_APP], b"painted"
            ),
            "first paint (top row)": lambda: _until(app, b"Release"),
            "every bar": lambda: _until(app, b"quit"),
            "home ready": lambda: _until(app, b"bench"),
            "--help": lambda: _until_exit([TUNINGFORK, "--help"]),
            "status --json": lambda: _until_exit([TUNINGFORK, "status", "--json", "-w", workspace]),
        }
        runs: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(ROUNDS):
            for name, run in arms.items():
                runs[name].append(run())
    print_ratios("Start-up", runs, baseline="empty Textual app, painted")


if __name__ == "__main__":
    main()
