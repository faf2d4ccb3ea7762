"""The terminal: command line, app, screens, widgets; imports core, never the torch family."""

import importlib.util
from pathlib import Path

_core = importlib.util.find_spec("core")
if (
    _core is None
    or _core.origin is None
    or Path(_core.origin).parents[1] != Path(__file__).parents[1]
):
    raise SystemExit(
        "tuningfork cannot start: another package named `core` comes first in this environment. "
        "Install tuningfork in an environment of its own."
    )
