"""What a worker inherits: what it needs, and no secret it has no use for."""

import re
import site
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import core

_SECRET = re.compile(
    r"(^|_)(API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|AUTH)(_|$)", re.IGNORECASE
)
NEEDED = frozenset({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "SSH_AUTH_SOCK"})
"""Look like secrets, and loading a model may need them."""
_DEFAULTS = {"OMP_WAIT_POLICY": "PASSIVE"}
"""What holds unless the person says otherwise. Threads that spin while they wait for each other
made small matrix products eight times slower on two cores that had other work too."""
_AMBIENT = ("OPENAI_", "GOOGLE_GENAI_")
"""Clients obey such variables: they could send rows elsewhere, or log what is sent."""
_DROPPED = frozenset({"PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONPATH"})


def worker_environment(
    environment: Mapping[str, str], *, keys: Collection[str] = ()
) -> dict[str, str]:
    """Return the environment of a worker that was launched from the given one.

    `keys` are the names of variables that this worker needs though they are secrets.
    """
    wanted = NEEDED.union(keys)
    kept = {
        name: value
        for name, value in environment.items()
        if name not in _DROPPED
        and (name in wanted or not (_SECRET.search(name) or name.startswith(_AMBIENT)))
    }
    paths = [path for path in environment.get("PYTHONPATH", "").split(":") if path[:1] == "/"]
    source = Path(core.__file__).resolve().parents[1]
    if not _is_installed(source):
        paths.insert(0, str(source))
    if paths:
        kept["PYTHONPATH"] = ":".join(paths)
    return {**_DEFAULTS, **kept, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def _is_installed(source: Path) -> bool:
    """Return whether every interpreter of this environment finds `core` by itself."""
    places = [*site.getsitepackages([sys.prefix]), site.getusersitepackages()]
    return source in {Path(place).resolve() for place in places}
