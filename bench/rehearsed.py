"""A workspace with a rehearsal under way, for the comparisons that need a live run."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

TUNINGFORK = str(Path(sys.executable).with_name("tuningfork"))


@contextmanager
def rehearsal(*, steps: int, rate: float, wait: bool = False, more: str = "") -> Iterator[Path]:
    """Yield a workspace in which a scripted run is under way, or over when `wait` is true.

    `more` are further lines of what is rehearsed.
    """
    with TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        subprocess.run([TUNINGFORK, "init", str(workspace)], check=True, capture_output=True)
        recipe = Path(folder) / "rehearsal.toml"
        recipe.write_text(
            f'name = "bench"\ntrainer = "rehearsal"\n[rehearsal]\n'
            f"steps = {steps}\nrate = {rate}\n{more}\n"
        )
        launch = [TUNINGFORK, "train", str(recipe), "-w", str(workspace)]
        subprocess.run(launch if wait else [*launch, "--detach"], check=True, capture_output=True)
        try:
            yield workspace
        finally:
            stop = [TUNINGFORK, "stop", "-w", str(workspace)]
            subprocess.run(stop, check=False, capture_output=True)
            watch = [TUNINGFORK, "watch", "-w", str(workspace)]
            subprocess.run(watch, check=False, capture_output=True)
