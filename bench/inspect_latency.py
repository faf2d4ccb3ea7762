"""How long a key waits while a large file is profiled, and how soon its first rows are shown.

Budgets: 50 ms at the median for a key while the profile runs; the inspector with what its first
rows show at most 1.3 times the home screen, each from the start of the app, on a file of any size.
"""

import tempfile
from pathlib import Path
from statistics import median, quantiles

from bench.inspect import MEGABYTE, write
from bench.key_latency import listen, wait_for
from bench.rehearsed import TUNINGFORK
from bench.screen_clock import Terminal
from bench.table import print_figures, print_ratios
from core.workspace import create_workspace

PRESSES = 30
ROUNDS = 9
SIZES = (1, 100)


def _home(folder: Path) -> float:
    """Return the seconds from the start until the home screen says what comes next."""
    terminal = Terminal([TUNINGFORK, "open", str(folder)])
    try:
        return terminal.seconds_until(b"Next")
    finally:
        terminal.close()


def _inspector(folder: Path) -> float:
    """Return the seconds from the start until first rows stand there, the key typed ahead."""
    terminal = Terminal([TUNINGFORK, "open", str(folder)])
    try:
        terminal.seconds_until(b"Release")
        terminal.send(b"2")
        return terminal.seconds_until(b"its first rows")
    finally:
        terminal.close()


def _from_home(folder: Path) -> float:
    """Return the seconds from a key on the whole home screen until first rows stand there."""
    terminal = Terminal([TUNINGFORK, "open", str(folder)])
    try:
        terminal.seconds_until(b"Next")
        listen(terminal, 1.0)
        return wait_for(terminal, b"2", b"its first rows")
    finally:
        terminal.close()


def _keys(folder: Path) -> tuple[list[float], list[float], int]:
    """Return how long a page and the way back take, and how often the file was still being read."""
    terminal = Terminal([TUNINGFORK, "open", str(folder)])
    terminal.seconds_until(b"Release")
    terminal.send(b"2")
    terminal.seconds_until(b"usable")
    listen(terminal, 1.0)
    there, back, reading = [], [], 0
    for _ in range(PRESSES // 2):
        there.append(wait_for(terminal, b"?", b"on Inspect"))
        listen(terminal, 0.15)
        back.append(wait_for(terminal, b"\x1b", b"usable"))
        listen(terminal, 0.15)
        reading += b"so far" in terminal.received
    terminal.close()
    return there, back, reading


def main() -> None:
    """Measure both on files of several sizes."""
    runs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as root:
        folders = {}
        for size in SIZES:
            folders[size] = Path(root) / f"{size}" / "bench"
            create_workspace(folders[size])
            write(folders[size] / "rows.jsonl", size * MEGABYTE)
        for _ in range(ROUNDS):
            runs.setdefault("home", []).append(_home(folders[SIZES[0]]))
            for size, folder in folders.items():
                runs.setdefault(f"inspector, {size} MB", []).append(_inspector(folder))
        print_ratios("From the start of the app", runs, baseline="home")
        presses = {
            f"{size} MB": f"{median(_from_home(folder) for _ in range(ROUNDS)) * 1000:.0f} ms"
            for size, folder in folders.items()
        }
        print_figures(f"From `2` on the home screen to first rows (median of {ROUNDS})", presses)
        for size, folder in folders.items():
            there, back, reading = _keys(folder)
            waits = there + back
            print_figures(
                f"A key press on the inspector of {size} MB ({len(waits)} presses)",
                {
                    "median": f"{median(waits) * 1000:.0f} ms",
                    "nine in ten within": f"{quantiles(waits, n=10)[-1] * 1000:.0f} ms",
                    "`?`, the median": f"{median(there) * 1000:.0f} ms",
                    "`esc`, the median": f"{median(back) * 1000:.0f} ms",
                    "still being read": f"at {reading} of {len(waits) // 2} looks",
                },
            )


if __name__ == "__main__":
    main()
