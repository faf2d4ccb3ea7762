"""How fast a whole file is profiled, against a bare one-core orjson parse of it in the same run.

Everything that the product looks for runs, but exact token counts. `--large` prints the memory of
files of 100 MB to 1 GB instead, each profiled once. Wall-clock ratios say what somebody waits, and
depend on what else the machine does; ratios of processor seconds do not.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson
import psutil

from bench.table import print_figures

ROUNDS = 3
MEGABYTE = 1_000_000
_WORDS = Path(__file__).parents[1]


class Run(NamedTuple):
    """What one profile cost."""

    wall: float
    cpu: float
    """Of all processes."""
    peak: int
    """Most bytes resident at once, all processes together."""
    steps: dict[str, float]


def _sentences(rng: random.Random) -> list[str]:
    """Return sentences that are put together from the prose of this repository."""
    text = " ".join((_WORDS / name).read_text() for name in ("README.md", "CONTRIBUTING.md"))
    words = [word for word in text.split() if word.isascii() and word.strip(".,;:()").isalpha()]
    return [
        " ".join(rng.choices(words, k=rng.randint(6, 24))).capitalize() + "." for _ in range(20_000)
    ]


def rows(count: int) -> Iterator[bytes]:
    """Yield chats: one in 25 said before, one in 100 with a mail address, one in 500 broken."""
    rng = random.Random(20)
    sentences = _sentences(rng)
    earlier: list[bytes] = []
    for number in range(count):
        turns = [{"role": "system", "content": "Answer briefly and to the point."}]
        for _ in range(rng.choice((1, 1, 1, 2))):
            for role, longest in (("user", 4), ("assistant", 7)):
                said = " ".join(rng.choices(sentences, k=rng.randint(1, longest)))
                turns.append({"role": role, "content": said})
        if rng.random() < 0.01:
            turns[-1]["content"] += f" Write to jo.smith{number}@lumen-works.com."
        line = orjson.dumps({"messages": turns})
        if earlier and rng.random() < 0.04:
            line = rng.choice(earlier)
        if len(earlier) < 1000:
            earlier.append(line)
        yield line[:-1] + b",}" if rng.random() < 0.002 else line


def write(path: Path, size: int) -> None:
    """Write a file of about this many bytes."""
    written = 0
    with path.open("wb") as file:
        for line in rows(sys.maxsize):
            written += file.write(line + b"\n")
            if written >= size:
                return


def grow(path: Path, times: int) -> None:
    """Make a file this many times as large, by rows that are its own in other words."""
    rows = path.read_bytes()
    with path.open("ab") as file:
        for copy in range(1, times):
            changed = rows
            for word in (b" of ", b" the ", b" is ", b" and ", b" a ", b" in ", b" to "):
                changed = changed.replace(word, b"%b%d " % (word[:-1], copy))
            file.write(changed)


def parse(path: Path) -> float:
    """Return the seconds that orjson alone takes for every line, a value at a time."""
    lines = path.read_bytes().split(b"\n")
    began = time.process_time()
    for line in lines:
        try:
            orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
    return time.process_time() - began


_PROFILE = """
import resource, sys, time
from pathlib import Path
from core.data.profile import inspect_file
import core.data.checking, orjson
core.data.checking.all_checks()
began = time.perf_counter()
profile = inspect_file(Path(sys.argv[1]), processes=int(sys.argv[2]))
wall = time.perf_counter() - began
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
print(orjson.dumps({"wall": wall, "cpu": cpu, "steps": dict(profile.cpu_seconds)}).decode())
"""


def profile(path: Path, processes: int) -> Run:
    """Return what a profile in a fresh interpreter costs, imports left out of the wall time."""
    child = subprocess.Popen(
        [sys.executable, "-c", _PROFILE, str(path), str(processes)],
        stdout=subprocess.PIPE,
        cwd=_WORDS,
    )
    peak = 0
    family = psutil.Process(child.pid)
    while child.poll() is None:
        peak = max(peak, resident(family))
        time.sleep(0.02)
    assert child.stdout is not None
    said = orjson.loads(child.stdout.read())
    return Run(said["wall"], said["cpu"], peak, said["steps"])


def resident(family: psutil.Process) -> int:
    """Return the bytes that a process and its children hold now."""
    total = 0
    try:
        for process in (family, *family.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def _measured(act: Callable[[], Run]) -> Run:
    """Return the run of the median wall time."""
    return sorted((act() for _ in range(ROUNDS)), key=lambda run: run.wall)[ROUNDS // 2]


def memory(folder: Path) -> None:
    """Print how memory grows with the size of a file."""
    figures: dict[str, str] = {}
    for times in (1, 3, 10):
        path = folder / "grown.jsonl"
        write(path, 100 * MEGABYTE)
        grow(path, times)
        size = path.stat().st_size / MEGABYTE
        run = profile(path, 2)
        figures[f"{size:.0f} MB, most memory"] = f"{run.peak / MEGABYTE:.0f} MB"
        figures[f"{size:.0f} MB, processor time"] = f"{run.cpu:.2f} s"
    print_figures("Memory by size of the file, two processes (once)", figures)


def main() -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        if "--large" in sys.argv:
            memory(Path(folder))
            return
        for size in (100, 300):
            path = Path(folder) / f"{size}.jsonl"
            write(path, size * MEGABYTE)
            bare = median(parse(path) for _ in range(ROUNDS))
            figures = {"bare orjson parse": f"{bare:.2f} s"}
            for processes in (1, 2):
                run = _measured(lambda path=path, count=processes: profile(path, count))
                figures |= {
                    f"{processes} processes, wall": f"{run.wall:.2f} s",
                    f"{processes} processes, speed against orjson": f"{bare / run.wall:.3f}",
                    f"{processes} processes, processor time": f"{run.cpu:.2f} s",
                    f"{processes} processes, most memory": f"{run.peak / MEGABYTE:.0f} MB",
                }
            print_figures(f"Whole profile of {size} MB (median of {ROUNDS})", figures)
            steps = sorted(run.steps.items(), key=lambda step: -step[1])
            print_figures(
                "  processor seconds by step",
                {step: f"{spent:.2f}" for step, spent in steps if spent >= 0.01},
            )
            path.unlink()
        path = Path(folder) / "5000.jsonl"
        path.write_bytes(b"\n".join(rows(5000)))
        run = _measured(lambda: profile(path, 0))
        print_figures(
            "5,000 rows, in one process",
            {"after imports": f"{run.wall:.2f} s", "memory": f"{run.peak / MEGABYTE:.0f} MB"},
        )


if __name__ == "__main__":
    main()
