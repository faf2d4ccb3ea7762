"""The parts of an installation that only some people need, and how to add them."""

import importlib.util
import sys
from pathlib import Path

from core.errors import MachineError

LOCAL = ("torch", "transformers", "peft", "accelerate", "datasets")
"""What training and answering on this machine need; watching and rating need none of it."""


def missing_packages() -> tuple[str, ...]:
    """Return which packages of the extra `[local]` are not here, without importing any."""
    return tuple(name for name in LOCAL if importlib.util.find_spec(name) is None)


def install_command() -> str:
    """Return the command that adds the extra `[local]` to this installation."""
    source = Path(__file__).parents[1]
    if (source / "pyproject.toml").exists():
        constraints = source / "constraints.txt"
        return f"{sys.executable} -m pip install -c {constraints} -e '{source}[local]'"
    return f"{sys.executable} -m pip install 'tuningfork[local]'"


def require_local() -> None:
    """Raise unless this installation can train and answer on this machine."""
    missing = missing_packages()
    if missing:
        raise MachineError(
            what=f"This installation cannot train or answer: {', '.join(missing)} missing.",
            why="The base installation only decides, inspects and watches, so that it stays small.",
            remedy=f"`{install_command()}` adds what is missing.",
        )
