"""How long a run of a million steps takes to open, next to one of a thousand.

Budget: charts painted within 1.5 times the short run plus reading the bytes of the file once;
a second opening never reads the file again.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.table import print_figures
from core.events.fold import Fold
from core.events.schema import Evaluated, Event, PhaseEntered, Planned, RunCreated, StepLogged

SHORT, LONG = 1_000, 1_000_000
CHUNK = 3_600_000
"""Bytes the run screen reads before it paints."""
COLUMNS = 200


def _events(steps: int) -> Iterator[Event]:
    yield RunCreated(kind="train", name="long")
    yield Planned(total_steps=steps, epochs=1.0)
    yield PhaseEntered(name="training")
    for step in range(1, steps + 1):
        loss = 0.6 + 2.2 / (1 + step / 50) + (step * 7919 % 1000) / 5000
        yield StepLogged(
            step=step,
            loss=loss,
            lr=2e-4,
            epoch=step / steps,
            grad_norm=0.4,
            tokens=4096,
            supervised=900,
            seconds=0.25,
        )
        if step % (steps // 20) == 0:
            yield Evaluated(step=step, loss=loss, best=False, best_step=step, best_loss=loss)


def write_log(path: Path, steps: int) -> None:
    """Write the log of a run as its worker would have."""
    encode = msgspec.json.encode
    with path.open("wb") as file:
        for seq, event in enumerate(_events(steps), 1):
            stamped = msgspec.structs.replace(
                event, seq=seq, t="2026-01-01T00:00:00.000Z", run="20260101-120000-long-0001"
            )
            file.write(encode(stamped) + b"\n")


def _drawn(fold: Fold, steps: int) -> None:
    """Do the sums of a painted chart."""
    fold.curves["loss"].columns(COLUMNS, steps)
    fold.curves["loss"].smoothed(0.8, COLUMNS, steps)


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    """Open both runs, first without and then with a snapshot."""
    figures = {}
    with TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.jsonl", Path(folder) / "long.jsonl"
        write_log(short, SHORT)
        write_log(long, LONG)
        snapshot = Path(folder) / "snapshot"

        def first_chunk(path: Path, steps: int) -> None:
            fold = Fold(path, snapshot)
            fold.read(CHUNK)
            _drawn(fold, steps)

        def whole(path: Path, steps: int, *, keep: bool) -> None:
            fold = Fold(path, snapshot)
            while not fold.caught_up:
                fold.read(CHUNK)
            _drawn(fold, steps)
            if keep:
                fold.keep()

        base = min(_timed(lambda: whole(short, SHORT, keep=False)) for _ in range(5))
        read = min(_timed(long.read_bytes) for _ in range(3))
        painted = min(_timed(lambda: first_chunk(long, LONG)) for _ in range(3))
        figures["size of the long log"] = f"{long.stat().st_size / 1e6:.0f} MB"
        figures["short run, opened"] = f"{base * 1e3:.1f} ms"
        figures["long log, its bytes read"] = f"{read * 1e3:.0f} ms"
        figures["long run, first chunk painted"] = f"{painted * 1e3:.0f} ms"
        seconds = _timed(lambda: whole(long, LONG, keep=True))
        figures["long run, first opening, all of it"] = f"{seconds:.1f} s"
        figures["of that, an event"] = f"{seconds / LONG * 1e6:.1f} us"
        figures["its snapshot"] = f"{snapshot.stat().st_size / 1e6:.1f} MB"
        again = min(_timed(lambda: whole(long, LONG, keep=False)) for _ in range(5))
        figures["long run, opened again"] = f"{again * 1e3:.0f} ms"
        figures["ratio to 1.5 short + bytes read"] = f"{again / (1.5 * base + read):.2f}"
    print_figures("A run of a million steps", figures)


if __name__ == "__main__":
    main()
