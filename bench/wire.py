"""How many bytes a second the app sends, idle in every mode and on a live run.

Budget: 0 when nothing changes; at most 1,000 on a live run with four charts at 120x36 that is
painted twice a second, also while its axes still settle, and on Release under traffic.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.rehearsed import TUNINGFORK, rehearsal
from bench.screen_clock import Terminal
from bench.table import print_figures
from core.release.gateway.entry import Entry
from core.release.gateway.log_store import LogStore
from core.release.release_plan import ReleasePlan
from core.release.releases import write_release
from core.workspace import create_workspace

WARM_UP_S = 4.0
MEASURED_S = 10.0
OPEN_RUN = (b"3", b"\r")
MODES = {
    "home": b"0",
    "decide": b"1",
    "inspect": b"2",
    "train": b"3",
    "score": b"4",
    "release": b"5",
}


def _rate(terminal: Terminal, keys: tuple[bytes, ...]) -> float:
    for key in keys:
        terminal.send(key)
        _drain(terminal, 1.0)
    _drain(terminal, WARM_UP_S)
    return _drain(terminal, MEASURED_S) / MEASURED_S


def _drain(terminal: Terminal, seconds: float) -> int:
    count, deadline = 0, time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        count += len(terminal.read(left))
    return count


@contextmanager
def _traffic() -> Iterator[Path]:
    """Yield a workspace of three releases with four arms each, all asked ten times a second."""
    with TemporaryDirectory() as folder:
        workspace = create_workspace(Path(folder) / "bench")
        names = ("tuned", "lora", "shots", "base")
        arms = {name: {"model": "m", "share": 25} for name in names}
        plans = [
            ReleasePlan.model_validate({"name": f"r-{number}", "arm": arms, "rollback": "base"})
            for number in range(3)
        ]
        folders = [write_release(workspace, plan) for plan in plans]
        over = threading.Event()

        def ask() -> None:
            stores = [LogStore(one.log, plan.log) for one, plan in zip(folders, plans, strict=True)]
            number = 0
            while not over.wait(0.1):
                number += 1
                for store in stores:
                    store.write([_entry(number, names[number % 4])], [])
            for store in stores:
                store.close()

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield workspace.root
        finally:
            over.set()
            asking.join()


def _entry(number: int, arm: str) -> Entry:
    return Entry(
        id=f"chatcmpl-{number}",
        at=time.time(),
        dealt=arm,
        arm=arm if number % 7 else "base",
        user=f"user {number}",
        prompt="[]",
        answer="yes",
        outcome="answered",
        errors="" if number % 7 else "told to",
        first_ms=1.0,
        total_ms=50.0 + number * 37 % 4000,
        tokens_in=1,
        tokens_out=1,
    )


def main() -> None:
    """Measure each screen for ten seconds."""
    figures = {}
    with rehearsal(steps=40, rate=100, wait=True) as workspace:
        terminal = Terminal([TUNINGFORK, "open", str(workspace)])
        terminal.seconds_until(b"bench")
        for name, key in MODES.items():
            figures[f"idle, {name}"] = f"{_rate(terminal, (key,)):.0f} B/s"
        figures["idle, run that is over"] = f"{_rate(terminal, OPEN_RUN):.0f} B/s"
        terminal.close()
    with rehearsal(steps=2000, rate=2) as workspace:
        terminal = Terminal([TUNINGFORK, "open", str(workspace)])
        terminal.seconds_until(b"bench")
        figures["live, home"] = f"{_rate(terminal, ()):.0f} B/s"
        for key in OPEN_RUN:
            terminal.send(key)
            _drain(terminal, WARM_UP_S / 2)
        young = _drain(terminal, MEASURED_S) / MEASURED_S
        figures["live, run of four charts, just opened"] = f"{young:.0f} B/s"
        figures["live, run of four charts"] = f"{_drain(terminal, MEASURED_S) / MEASURED_S:.0f} B/s"
        terminal.send(b"c")
        _drain(terminal, 1.0)
        terminal.send(b"z")
        _drain(terminal, WARM_UP_S)
        zoomed = _drain(terminal, MEASURED_S) / MEASURED_S
        figures["live, run, one chart over the whole screen"] = f"{zoomed:.0f} B/s"
        terminal.close()
    with _traffic() as root:
        terminal = Terminal([TUNINGFORK, "open", str(root)])
        terminal.seconds_until(b"bench")
        rate = _rate(terminal, (MODES["release"],))
        figures["live, three releases under traffic"] = f"{rate:.0f} B/s"
        terminal.close()
    print_figures("Bytes on the wire at 120x36", figures)


if __name__ == "__main__":
    main()
