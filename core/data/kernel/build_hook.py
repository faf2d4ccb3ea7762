"""Builds the loops in C while the package is installed; without a compiler it goes on and says so.

Everything works without them, and inspecting a large file takes about twice as long.
"""

import shlex
import subprocess
import sysconfig
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FOLDER: Final = Path(__file__).parent
_FILE: Final = _FOLDER / "kernel.so"
_OPTIONS: Final = ("-O3", "-std=c11", "-Wall", "-Wextra", "-fPIC", "-shared")


class KernelHook(BuildHookInterface[Any]):
    """Puts the built loops beside their source, and into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before anything is packed."""
        if self.target_name != "wheel":
            return
        if problem := _built():
            self.app.display_warning(f"Inspecting will be slower: {problem}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = (
            f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        )
        build_data["artifacts"].append(f"/{_FILE.relative_to(self.root)}")


def _built() -> str:
    """Build the loops and return why that failed, nothing where it did not."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    made = _FILE.with_suffix(".new")
    sources = sorted(map(str, _FOLDER.glob("*.c")))
    try:
        subprocess.run([compiler, *_OPTIONS, "-o", made, *sources], check=True, capture_output=True)
        made.replace(_FILE)
    except FileNotFoundError:
        return f"there is no compiler {compiler} on this machine."
    except (OSError, subprocess.CalledProcessError) as error:
        _FILE.unlink(missing_ok=True)
        said = getattr(error, "stderr", b"") or b""
        return said.decode(errors="replace").strip() or str(error)
    return ""
