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
VERTEX = ("google.auth", "google.genai")
"""What training at Google Vertex AI needs."""
COUNTS = ("tiktoken",)
"""What counting tokens exactly as OpenAI does needs."""
Extra = Literal["local", "gateway", "vertex", "counts"]
_PACKAGES: dict[Extra, tuple[str, ...]] = {
    "local": LOCAL,
    "gateway": GATEWAY,
    "vertex": VERTEX,
    "counts": COUNTS,
}


def missing_packages(needed: tuple[str, ...] = LOCAL) -> tuple[str, ...]:
    """Return which packages of an extra are not here, without importing any."""
    return tuple(name for name in needed if not _is_here(name))


def _is_here(name: str) -> bool:
    """Return whether a package can be found; one inside another that is missing cannot."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def install_command(extra: Extra = "local") -> str:
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


def missing_for(extra: Extra) -> tuple[str, ...]:
    """Return which packages of an extra are not here."""
    return missing_packages(_PACKAGES[extra])


def require_extra(extra: Extra, service: str) -> None:
    """Raise unless this installation has what the client of a service needs."""
    missing = missing_for(extra)
    if missing:
        raise MachineError(
            what=f"This installation cannot reach {service}: {', '.join(missing)} missing.",
            why="Its client is large, so it comes along only where it is wanted.",
            remedy=f"`{install_command(extra)}` adds what is missing.",
        )
