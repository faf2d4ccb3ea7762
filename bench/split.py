"""How long a split takes and what memory it needs, against a bare orjson parse in the same run.

Two kinds of rows. Prose is put together from 20,000 sentences, and one row in 25 says what another
said. Crowded rows have words of their own and three of fifty sentences that all rows draw from: no
two belong together, yet each shares words with most. The whole way is measured: checks, keys, near
rows, containment, the border, the writing. Budget: five times the crowded rows take at most six
times the processor time.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import NamedTuple

import orjson
import psutil

from bench.inspect import MEGABYTE, parse, resident, rows
from bench.table import print_figures

_SOURCE = Path(__file__).parents[1]
_SPLIT = """
import resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
import orjson
from core.data.split import split_file
from core.workspace import create_workspace
workspace = create_workspace(Path(sys.argv[2]))
began = time.perf_counter()
made = split_file(workspace, Path(sys.argv[1]), name="d", now=datetime(2026, 1, 1, tzinfo=UTC))
wall = time.perf_counter() - began
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
print(orjson.dumps({"wall": wall, "cpu": cpu, "said": made.border.sentence}).decode())
"""


class Run(NamedTuple):
    """What one split cost."""

    wall: float
    cpu: float
    """Of all processes."""
    peak: int
    """Most bytes resident at once, parent and workers together."""
    said: str
    """Of the border."""


def split(path: Path, workspace: Path) -> Run:
    """Return what a split in a fresh interpreter costs, imports left out of the wall time."""
    words = [sys.executable, "-c", _SPLIT, str(path), str(workspace)]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=_SOURCE)
    peak = 0
    family = psutil.Process(child.pid)
    while child.poll() is None:
        peak = max(peak, resident(family))
        time.sleep(0.05)
    assert child.stdout is not None
    said = orjson.loads(child.stdout.read())
    return Run(said["wall"], said["cpu"], peak, said["said"])


def crowded(count: int) -> Iterator[bytes]:
    """Yield chats of their own words and of a few sentences that all share."""
    random = Random(7)
    words = [f"w{random.randrange(10**6)}" for _ in range(4_000)]
    shared = [" ".join(random.choices(words, k=14)) for _ in range(50)]
    for number in range(count):
        own = random.choices(words, k=70)
        asked = " ".join([*own[:30], str(number), random.choice(shared)])
        answered = " ".join([*own[30:], *random.choices(shared, k=2)])
        turns = zip(("user", "assistant"), (asked, answered), strict=True)
        yield orjson.dumps({"messages": [{"role": who, "content": said} for who, said in turns]})


def main() -> None:
    """Split files of both kinds and two lengths."""
    cpu = []
    for kind, make, count in (
        ("prose", rows, 20_000),
        ("crowded", crowded, 20_000),
        ("crowded", crowded, 100_000),
    ):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.jsonl"
            with path.open("wb") as file:
                size = sum(file.write(line + b"\n") for line in islice(make(count), count))
            bare = parse(path)
            run = split(path, Path(folder) / "ws")
        figures = {
            "file": f"{size / MEGABYTE:.0f} MB",
            "bare orjson parse": f"{bare:.2f} s",
            "split, wall": f"{run.wall:.1f} s",
            "split, wall against orjson": f"{run.wall / bare:.0f}",
            "split, processor time": f"{run.cpu:.1f} s",
            "split, processor time against orjson": f"{run.cpu / bare:.0f}",
            "split, most memory of all processes": f"{run.peak / MEGABYTE:.0f} MB",
        }
        print_figures(f"Split of {count:,} {kind} rows (one run; {run.said})", figures)
        cpu.append(run.cpu)
    print(f"\n100,000 crowded rows take {cpu[2] / cpu[1]:.1f} times what 20,000 take")
    if cpu[2] > 6 * cpu[1]:
        sys.exit("missed: crowded rows")


if __name__ == "__main__":
    main()
