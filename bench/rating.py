"""How long a rater's key waits for its paint: few items, ten thousand items, and long answers.

Budget: 50 ms at the median.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from bench.rehearsed import TUNINGFORK
from bench.screen_clock import Terminal
from bench.table import print_figures

_ROUNDS = 12
_NAMES = ("base", "few", "rag", "tuned")
_BETWEEN_S = 0.25
"""A rater's two keys; the same key again sooner counts as one that is held down."""


def _lines(items: int, length: int) -> Iterator[str]:
    for number in range(items):
        for name in _NAMES:
            words = f"{name[::-1]} says {number} and goes on. "
            answer = (words * (length // len(words) + 1))[:length]
            line = {"item": f"i{number}", "contender": name, "answer": answer}
            yield json.dumps(line | {"prompt": f"question {number}"})


def _wait(terminal: Terminal, key: bytes, text: bytes) -> float:
    """Return the seconds from a key press until the text it leads to is on the wire."""
    terminal.received = b""
    began = time.perf_counter()
    terminal.send(key)
    while text not in terminal.received:
        terminal.read(0.5)
        if time.perf_counter() - began > 20:
            raise TimeoutError(f"{key!r} was never answered")
    waited = time.perf_counter() - began
    while terminal.read(_BETWEEN_S):
        pass
    return waited


def _rate(folder: Path, items: int, length: int) -> list[float]:
    """Rate some items of a study of a size; return how long each key waited."""
    workspace = folder / f"{items}-{length}"
    answers = folder / "answers.jsonl"
    answers.write_text("\n".join(_lines(items, length)))
    plan = folder / "plan.toml"
    plan.write_text('name = "bench"\ntraps = 0\nrepeats = 0.0\n')
    lock = ["study", "lock", plan, "--answers", answers, "-w", workspace]
    for words in (["init", workspace], lock):
        subprocess.run([TUNINGFORK, *map(str, words)], check=True, capture_output=True)
    terminal = Terminal([TUNINGFORK, "rate", "--rater", "ada", "-w", str(workspace)])
    terminal.seconds_until(b"rater ada")
    while terminal.read(0.5):
        pass
    waits = []
    for _ in range(_ROUNDS):
        for key, letter in ((b"5", b"A"), (b"3", b"B"), (b"1", b"C"), (b"3", b"D")):
            waits.append(_wait(terminal, key, letter + b" " + key))
        waits.append(_wait(terminal, b"\r", b"item"))
    terminal.close()
    return waits


def main() -> None:
    """Rate in three studies."""
    figures = {}
    with TemporaryDirectory() as folder:
        for title, items, length in (
            ("20 items", 20, 300),
            ("10,000 items", 10_000, 300),
            ("answers of 200 KB", 20, 200_000),
        ):
            waits = _rate(Path(folder), items, length)
            tail = quantiles(waits, n=10)[-1]
            words = f"median {median(waits) * 1000:.0f} ms, nine in ten {tail * 1000:.0f} ms"
            figures[title] = words
    print_figures("A rater's key to its paint, saved in between", figures)


if __name__ == "__main__":
    main()
