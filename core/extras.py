"""The parts of an installation that only some people need, and how to add them."""

import importlib.util
import sys
from pathlib import Path
from typing import Literal

from core.errors import MachineError

LOCAL = ("torch", "transformers", "peft", "accelerate", "datasets")
"""What training and answering on this machine need; watching and rating need none of it."""
GATEWAY = ("starlette", "uvicorn", "httptools", "uvloop", "aiohttp")
"""What serving a release needs."""


def missing_packages(needed: tuple[str, ...] = LOCAL) -> tuple[str, ...]:
    """Return which packages of an extra are not here, without importing any."""
    return tuple(name for name in needed if importlib.util.find_spec(name) is None)


def install_command(extra: Literal["local", "gateway", "counts"] = "local") -> str:
    """Return the command that adds an extra to this installation."""
    source = Path(__file__).parents[1]
    if (source / "pyproject.toml").exists():
        constraints = source / "constraints.txt"
        return f"{sys.executable} -m pip install -c {constraints} -e '{source}[{extra}]'"
    return f"{sys.executable} -m pip install 'tuningfork[{extra}]'"


def require_local() -> None:
    """Raise unless this installation can train and answer on this machine."""
    missing = missing_packages()
    if missing:
        raise MachineError(
            what=f"This installation cannot train or answer: {', '.join(missing)} missing.",
            why="The base installation only decides, inspects and watches, so that it stays small.",
            remedy=f"`{install_command()}` adds what is missing.",
        )


def require_gateway() -> None:
    """Raise unless this installation can serve a release."""
    missing = missing_packages(GATEWAY)
    if missing:
        raise MachineError(
            what=f"This installation has no gateway: {', '.join(missing)} missing.",
            why="Only machines that serve a release need a web server.",
            remedy=f"`{install_command('gateway')}` adds what is missing.",
        )
