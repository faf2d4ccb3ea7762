"""Tries on this machine, in a few seconds and in child processes, whether training works."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

from core.jobs.environment import worker_environment
from core.machine import Gpu
from core.text_safety import clip, visible

COMMAND = (sys.executable, "-P", "-m", "core.training.trial_training")
"""The child; it alone imports torch."""
PRECISIONS = ("float32", "bfloat16")
_PATIENCE_S = 600.0
"""After which a child is taken for stuck."""
_NEAR = 0.05
"""How far the first loss in bfloat16 may be from that in float32."""
_SAID = 300


class Tried(NamedTuple):
    """One thing that was tried."""

    subject: str
    works: bool
    usable: bool
    """Whether training is right without it."""
    finding: str
    remedy: str = ""


def trial_devices(gpus: Sequence[Gpu]) -> tuple[str, ...]:
    """Return what is to be tried: every GPU of the driver's, else what torch finds by itself."""
    return tuple(f"cuda:{gpu.index}" for gpu in gpus) or ("auto",)


def try_training(device: str, environment: Mapping[str, str]) -> Iterator[Tried]:
    """Yield what works on a device, each thing as soon as it is known."""
    losses: dict[str, float] = {}
    for precision in PRECISIONS:
        for said in _child(device, precision, environment):
            device = str(said.get("device", device))
            if "first_loss" in said:
                losses[precision] = float(said["first_loss"])
            else:
                yield _tried(said, f"{device}, {precision}")
    if len(losses) == len(PRECISIONS):
        yield _compared(device, *(losses[one] for one in PRECISIONS))


def _child(device: str, precision: str, environment: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what a child says, and how it ended where that was not well."""
    with (
        tempfile.TemporaryDirectory(prefix="tuningfork-trial-") as folder,
        tempfile.TemporaryFile() as complaints,
    ):
        child = subprocess.Popen(
            [*COMMAND, str(Path(folder) / "w"), device, precision],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=folder,
            env=worker_environment(environment),
        )
        assert child.stdout is not None
        ended_well = False
        limit = Timer(_PATIENCE_S, child.kill)
        limit.start()
        try:
            with child.stdout as lines:
                for line in lines:
                    said = json.loads(line)
                    ended_well = "first_loss" in said or "error" in said
                    yield said
            child.wait()
        finally:
            limit.cancel()
            with suppress(ProcessLookupError):
                child.kill()
            child.wait()
        if not ended_well:
            complaints.seek(0)
            last = complaints.read().decode(errors="replace").strip().splitlines()[-1:] or [""]
            yield {"ended": child.returncode, "words": last[0]}


def _tried(said: Mapping[str, Any], where: str) -> Tried:
    if "error" in said:
        error = said["error"]
        words = f"{error['what']} {error['why']}"
        return Tried(where, False, False, clip(words, _SAID), str(error["remedy"]))
    if "ended" in said:
        words = (
            f"The process ended with status {said['ended']}. {clip(visible(said['words']), _SAID)}"
        )
        return Tried(
            where, False, False, words, "Mend what it names; a run would end the same way."
        )
    state = said["state"]
    return Tried(f"{where}: {said['subject']}", state == "ok", state != "broken", said["finding"])


def _compared(device: str, exact: float, half: float) -> Tried:
    """Return how far the precisions are apart."""
    off = abs(half - exact) / max(abs(exact), 1e-9)
    near = off <= _NEAR
    remedy = "" if near else 'Train with model.dtype = "float32" on this device.'
    words = f"the first loss in bfloat16 is {off:.1%} from that in float32"
    return Tried(f"{device}: precisions", near, True, words, remedy)
