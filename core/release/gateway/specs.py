"""What the jobs of a release are told and what they leave, without a web server to import."""

from pathlib import Path
from typing import Any

import msgspec

from core.spec_file import Spec


class MakeSpec(Spec):
    """What the job is told that makes a release."""

    plan: dict[str, Any]
    """The sealed plan."""


class ServeSpec(Spec):
    """What the job is told that serves a release."""

    release: str
    """Its name."""


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """Where a gateway listens."""

    job: str
    """Id of the job; it alone says whether the gateway still lives."""
    url: str
    """What clients put down as their base URL."""
    identity: str
    """Content hash of what is served."""
    since: str
    """When it began, UTC, ISO 8601."""


def read_live(path: Path) -> Live | None:
    """Return where the gateway of a release listens; None where the file is not there or torn."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Live)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None
