"""How fast our worker trains, beside other trainers on the same rows, masks and weights.

Each arm is a process of its own, one at a time, in an order turned round each time. Trainers
that are not installed here are looked for in the environment whose Python `PEERS` names:

    python3 -m venv peers
    peers/bin/pip install -c constraints.txt -e '.[local]' 'trl==1.16.0'
    PEERS=peers/bin/python make bench-training

An arm is compared only if its first loss is ours to 1e-4.
"""

import argparse
import json
import os
import subprocess
import sys
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
}
_PEERS = {"TRL SFTTrainer"}
_SAME = 1e-4


def main() -> None:
    """Print one table for each shape."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--shape", action="append", choices=("large", "embedded"))
    asked = parser.parse_args()
    for shape in asked.shape or ("large", "embedded"):
        _table(shape, asked.rounds)


def _table(shape: str, rounds: int) -> None:
    arms = [arm for arm in _ARMS if arm not in _PEERS or os.environ.get("PEERS")]
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
    if len(arms) < len(_ARMS):
        print("TRL was not measured: PEERS names no Python that has it.")


def _run(arm: str, shape: str, *more: str) -> dict[str, Any]:
    """Return the figures of one process."""
    module, *setting = _ARMS[arm]
    python = os.environ["PEERS"] if arm in _PEERS else sys.executable
    command = [python, "-W", "ignore", "-m", f"bench.trainers.{module}", shape, *setting, *more]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{arm} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
