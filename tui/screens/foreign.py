"""The run of another program on the screen of our own runs; it can be watched, not asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.text import Text

from core.events.timing import silence
from core.foreign.viewer import ForeignViewer
from core.jobs.watching import JobViewer
from core.workspace import RunFolder
from tui.keymap import Key
from tui.run_look import RunLook, RunWatch
from tui.screens.run import RunScreen
from tui.widgets.page import Line
from tui.widgets.safe_text import safe_text
from tui.wording import age, figure

_NOT_OURS = frozenset({"stop", "pause", "checkpoint", "resume"})


class ForeignWatch(RunWatch):
    """Looks through a viewer that was made for a path."""

    def __init__(self, path: Path, viewer: JobViewer, clock: Callable[[], datetime]) -> None:
        super().__init__(RunFolder(path), clock)
        self._viewer = viewer

    def present(self) -> RunLook:
        """Return what is known; a quiet run says for how long it has been."""
        look = super().present()
        quiet = silence(look.state, self._clock())
        if look.status.state != "no new point" or quiet is None:
            return look
        return replace(look, newest=age(quiet))


class ForeignRunScreen(RunScreen):
    """Shows what another program's files say."""

    def __init__(
        self, path: Path, viewer: JobViewer, mode: str, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(RunFolder(path), mode, clock)
        self._path = path
        self._viewer = viewer
        self._watch = ForeignWatch(path, viewer, clock)

    def works_now(self, key: Key) -> bool:
        """Return whether a key only looks."""
        return key.id not in _NOT_OURS and super().works_now(key)

    def action_stop(self) -> None:
        """Say that nobody listens."""
        self._not_ours()

    def action_pause(self) -> None:
        """Say that nobody listens."""
        self._not_ours()

    def action_checkpoint(self) -> None:
        """Say that nobody listens."""
        self._not_ours()

    def action_resume(self) -> None:
        """Say that nobody listens."""
        self._not_ours()

    def _not_ours(self) -> None:
        self.tuningfork.tell(Text("This run belongs to another program: watch only.", style="warn"))

    def exactly(self) -> list[Line]:
        """Return the command, the files that are read, and the curves without a name of ours."""
        lines: list[Line] = [safe_text(f"tuningfork watch {self._path}", ink="key"), Text("")]
        if isinstance(self._viewer, ForeignViewer):
            lines += [safe_text(file, limit=300) for file in self._viewer.files]
            lines.append(Text(""))
            for tag, series in list(self._viewer.further.items()):
                newest = series.nearest(series.last_step)
                if newest is not None:
                    value = f"  {figure(newest.value)} at step {newest.step:,.0f}"
                    lines.append(Text.assemble(safe_text(tag, limit=60), value))
        return lines

    def value(self) -> str:
        """Return the path."""
        return str(self._path)
