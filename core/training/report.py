"""Other places that a training's curves can go to, and whether they are there."""

import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Literal

from core.errors import MachineError
from core.text_safety import clip, visible

SinkName = Literal["tensorboard", "wandb", "mlflow", "trackio"]
PACKAGES: dict[SinkName, tuple[str, ...]] = {
    "tensorboard": ("tensorboard", "tensorboardX"),
    "wandb": ("wandb",),
    "mlflow": ("mlflow",),
    "trackio": ("trackio",),
}
"""Packages of which one must be there; the first is the one to install."""
_QUIET = {
    "WANDB_MODE": "offline",
    "WANDB_ERROR_REPORTING": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""What holds unless the person says otherwise: nothing leaves the machine."""
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_KEY = re.compile(r"(?=[\w+=-]*\d)[\w+=-]{16,}")
_LIMIT = 300


def require_sinks(names: Sequence[SinkName]) -> None:
    """Raise unless the packages of all these sinks are installed; none is imported."""
    for name in names:
        if not any(importlib.util.find_spec(package) for package in PACKAGES[name]):
            package = PACKAGES[name][0]
            raise MachineError(
                what=f"The recipe reports to {name}, and that is not installed.",
                why=f"The package {package} is missing from the environment of this program.",
                remedy=f"`{sys.executable} -m pip install {package}` adds it; or leave {name} out"
                " of report.to.",
            )


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what to add to a worker's environment so that sinks stay local by default."""
    return {name: value for name, value in _QUIET.items() if not environment.get(name)}


def said_safely(fault: BaseException) -> str:
    """Return an error of somebody else's code as one line without anything like a key."""
    words = _PASSWORD.sub("***", clip(str(fault), 10 * _LIMIT))
    words = _KEY.sub("***", words)
    return clip(visible(f"{type(fault).__name__}: {words}"), _LIMIT)
