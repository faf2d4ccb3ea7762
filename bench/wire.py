"""How many bytes a second the app sends, idle in every mode and on a live run.

Budget: 0 when nothing changes; at most 1,000 on a live run with four charts at 120x36 that is
painted twice a second, also while its axes still settle.
"""

import time

from bench.rehearsed import TUNINGFORK, rehearsal
from bench.screen_clock import Terminal
from bench.table import print_figures

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
    print_figures("Bytes on the wire at 120x36", figures)


if __name__ == "__main__":
    main()
