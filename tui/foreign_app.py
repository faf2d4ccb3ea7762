"""The app with one screen: a run at a path, outside any workspace."""

from pathlib import Path

from rich.text import Text

from core.jobs.watching import JobViewer
from core.text_safety import clip, visible
from core.workspace import Workspace
from tui.app import Settings, TuningforkApp
from tui.screens.foreign import ForeignRunScreen

_STAGES_NEED = "Stages belong to a workspace; this is one run at a path. q closes it."


class ForeignApp(TuningforkApp):
    """Shows one run and nothing else."""

    DEFAULT_MODE = "foreign"

    def __init__(self, path: Path, viewer: JobViewer, settings: Settings | None = None) -> None:
        folder = path if path.is_dir() else path.parent
        super().__init__(Workspace(root=folder, name=visible(clip(path.name, 60))), settings)
        self.reports = None  # a folder that is not ours gets no files of ours

        def make() -> ForeignRunScreen:
            return ForeignRunScreen(path, viewer, "train", self.settings.clock)

        self.add_mode("foreign", make)

    async def action_mode(self, mode: str) -> None:
        """Say that there are no stages here."""
        self.tell(Text(_STAGES_NEED, style="warn"))

    async def action_back(self) -> None:
        """Leave what is on top; the run itself is left with `q`."""
        if len(self.screen_stack) > 1:
            self.pop_screen()


def run_foreign(path: Path, viewer: JobViewer, settings: Settings | None = None) -> int:
    """Show a run until the screen is closed and return the exit code."""
    app = ForeignApp(path, viewer, settings)
    app.run()
    return app.return_code or 0
