"""How long a key waits while a run writes 200 events a second and two viewers follow it.

Budget: 100 ms at the median.
"""

import time
from statistics import median, quantiles

from bench.rehearsed import TUNINGFORK, rehearsal
from bench.screen_clock import Terminal
from bench.table import print_figures

PRESSES = 40
RATE = 200


def _follow(workspace: str) -> Terminal:
    terminal = Terminal([TUNINGFORK, "open", workspace])
    terminal.seconds_until(b"bench")
    for key in (b"3", b"\r"):
        terminal.send(key)
        listen(terminal, 1.0)
    return terminal


def listen(terminal: Terminal, seconds: float) -> None:
    """Take in what comes for some time."""
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        terminal.read(left)


def wait_for(terminal: Terminal, key: bytes, text: bytes) -> float:
    """Return the seconds from a key press until the text it leads to is on the wire."""
    terminal.received = b""
    began = time.perf_counter()
    terminal.send(key)
    while text not in terminal.received:
        terminal.read(0.5)
        if time.perf_counter() - began > 20:
            raise TimeoutError(f"{key!r} was never answered")
    return time.perf_counter() - began


def main() -> None:
    """Open and leave the help page, one viewer measured and one beside it."""
    waits = []
    with rehearsal(steps=RATE * 120, rate=RATE) as workspace:
        viewers = [_follow(str(workspace)) for _ in range(2)]
        for _ in range(PRESSES // 2):
            waits.append(wait_for(viewers[0], b"?", b"on a run"))
            listen(viewers[0], 0.3)
            waits.append(wait_for(viewers[0], b"0", b"Next"))
            listen(viewers[0], 0.3)
            for key in (b"3", b"\r"):
                viewers[0].send(key)
                listen(viewers[0], 0.4)
            listen(viewers[1], 0.05)
        for viewer in viewers:
            viewer.close()
    print_figures(
        f"A key press beside {RATE} events a second, two viewers ({len(waits)} presses)",
        {
            "median": f"{median(waits) * 1000:.0f} ms",
            "nine in ten within": f"{quantiles(waits, n=10)[-1] * 1000:.0f} ms",
        },
    )


if __name__ == "__main__":
    main()
