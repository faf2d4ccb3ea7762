"""How fast our worker trains, beside other trainers on the same rows, masks and weights.

Each arm is a process of its own, one at a time, in an order turned round each time. Trainers
that are not installed here are looked for in environments whose Python a variable names:

    python3 -m venv trl; trl/bin/pip install -c constraints.txt -e '.[local]' 'trl==1.16.0'
    python3 -m venv lf; lf/bin/pip install 'llamafactory==0.9.5' msgspec psutil
    TRL=trl/bin/python LLAMA_FACTORY=lf/bin/python make bench-training

An arm is compared only if its first loss is ours to 1e-4.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

_ROOT = Path(__file__).parents[1]
_ROUNDS = 5
_ARMS: dict[str, list[str]] = {
    "ours": ["ours", "selected"],
    "ours, fused head": ["ours", "fused"],
    "ours, bare loop": ["ours", "bare"],
    "Trainer, stock": ["stock", "stock"],
    "Trainer, at its best": ["stock", "best"],
    "TRL SFTTrainer": ["trl"],
    "LLaMA-Factory": ["llama_factory"],
}
_PEERS = {"TRL SFTTrainer": "TRL", "LLaMA-Factory": "LLAMA_FACTORY"}
"""Variables that name the Python of a trainer which lives elsewhere."""
_SAME = 1e-4


def main() -> None:
    """Print one table for each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--arm", action="append", choices=_ARMS, help="beside ours; all if none")
    parser.add_argument("--shape", action="append", choices=("large", "embedded"))
    asked = parser.parse_args()
    for shape in asked.shape or ("large", "embedded"):
        _table(shape, asked.rounds, ["ours", *(asked.arm or _ARMS)])


def _table(shape: str, rounds: int, wanted: Sequence[str]) -> None:
    asked = [arm for arm in _ARMS if arm in wanted]
    arms = [arm for arm in asked if arm not in _PEERS or os.environ.get(_PEERS[arm])]
    runs: dict[str, list[dict[str, Any]]] = {arm: [] for arm in arms}
    for turn in range(rounds):
        for arm in arms if turn % 2 == 0 else reversed(arms):
            runs[arm].append(_run(arm, shape))
    reference = {
        False: runs["ours"][0]["losses"][0],
        True: _run("ours", shape, "--grouped")["losses"][0],
    }
    wall = {arm: _run(arm, shape, "--threads", "2") for arm in arms}
    print(f"\n{shape}: CPU-seconds on one thread, median of {rounds} interleaved rounds")
    head = ("arm", "tokens/CPU-s", "ours is", "low", "high", "peak", "share", "2 threads")
    print(f"{head[0]:<24}" + "".join(f"{word:>13}" for word in head[1:]))
    ours = [one["cpu"] / one["tokens"] for one in runs["ours"]]
    for arm in arms:
        theirs = [one["cpu"] / one["tokens"] for one in runs[arm]]
        same = abs(runs[arm][0]["losses"][0] / reference["best" in arm] - 1) < _SAME
        ratios = sorted(their / our for their, our in zip(theirs, ours, strict=True))
        cells = (
            f"{1 / median(theirs):.0f}",
            f"{median(ratios):.2f}x" if same else "other loss",
            f"{ratios[0]:.2f}",
            f"{ratios[-1]:.2f}",
            f"{median(one['peak'] for one in runs[arm]) / 2**20:.0f} MB",
            f"{median(one['share'] for one in runs[arm]):.0%}",
            f"{wall[arm]['tokens'] / wall[arm]['wall']:.0f} tok/s",
        )
        print(f"{arm:<24}" + "".join(f"{cell:>13}" for cell in cells))
    for arm in sorted(set(asked) - set(arms)):
        print(f"{arm} was not measured: {_PEERS[arm]} names no Python that has it.")


def _run(arm: str, shape: str, *more: str) -> dict[str, Any]:
    """Return the figures of one process."""
    module, *setting = _ARMS[arm]
    python = os.environ[_PEERS[arm]] if arm in _PEERS else sys.executable
    command = [python, "-W", "ignore", "-m", f"bench.trainers.{module}", shape, *setting, *more]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{arm} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
