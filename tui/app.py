"""The app: modes for the stages, and the only place that moves between screens."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.screen import ModalScreen, Screen

from core.workspace import Workspace
from tui.crash import say
from tui.glyphs import Level
from tui.keymap import bindings
from tui.safe_app import SafeApp
from tui.top_row import MODES
from tui.widgets.bars import TopBar

if TYPE_CHECKING:
    from tui.widgets.page import Line


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the app looks and how often; read from the environment by the command line alone."""

    level: Level = "braille"
    """Which symbols the terminal can show."""
    theme: str | None = None
    """Textual's name of a theme; None is the default."""
    no_color: bool = False
    """Whether the person asked for no colours at all."""
    look_every: float = 0.5
    """Seconds between two looks at live jobs; 1 over a slow line."""
    clock: Callable[[], datetime] = _now
    """What time it is, for the age of the newest event."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What a resumed job's worker is started with."""
    slow_line: bool = False
    """Whether this looks like a connection over SSH, said once on the status line."""


class TuningforkApp(SafeApp):
    """Shows a workspace; owns no work, so that closing it ends nothing."""

    CSS_PATH = Path(__file__).with_name("styles") / "tuningfork.tcss"
    DEFAULT_MODE = "home"
    BINDINGS: ClassVar = bindings("everywhere")

    def __init__(self, workspace: Workspace, settings: Settings | None = None) -> None:
        super().__init__(settings or Settings())
        self.workspace = workspace
        self.reports: Path | None = workspace.reports
        self.messages: list[Text] = []
        """Every message of this session, oldest first."""
        self.live_jobs: int | None = None
        """Jobs under way when last looked at; None before that."""
        for mode in MODES:
            self.add_mode(mode, _opener(mode))

    def on_key(self, event: events.Key) -> None:
        """Take `esc` and a letter that a slow line brought as one key for the two that they are."""
        from textual.widgets import Input

        if not event.key.startswith("alt+") or isinstance(self.focused, Input):
            return
        event.stop()
        _, shift, letter = event.key.removeprefix("alt+").rpartition("shift+")
        self.simulate_key("escape")
        self.simulate_key(letter.upper() if shift else letter)

    def delay_update(self, delay: float = 0.05) -> None:
        """Show a change of modes once the new screen has taken it in, not after a fixed time."""
        held = ExitStack()
        held.enter_context(self.batch_update())

        def show() -> None:
            held.close()
            self.screen.refresh()

        self.call_later(lambda: self.screen.call_later(show))

    def tell(self, message: Text) -> None:
        """Show a message on the status line and keep it."""
        from tui.screens.stage import StageScreen

        self.messages.append(message)
        if isinstance(self.screen, StageScreen):
            self.screen.status.tell(message)

    def hint(self, message: Text) -> None:
        """Say beside the status why a key does nothing now; nothing is hidden, nothing kept."""
        from tui.screens.stage import StageScreen

        if isinstance(self.screen, StageScreen):
            self.screen.status.hint(message)

    def show_run(self, run_id: str) -> None:
        """Open a job's screen on top of where one is."""
        from tui.screens.run import RunScreen

        folder, clock = self.workspace.run(run_id), self.settings.clock
        self._open(RunScreen(folder, self.current_mode, clock))

    def show_comparison(self, run_ids: Sequence[str]) -> None:
        """Open some jobs side by side on top of where one is."""
        from tui.screens.compare import CompareScreen

        folders = tuple(self.workspace.run(id) for id in run_ids)
        self._open(CompareScreen(folders, self.current_mode))

    def show_services(self, split: str) -> None:
        """Show who would train the rows of a split."""
        from tui.screens.services import ServicesScreen

        self.push_screen(ServicesScreen(split, self.current_mode))

    def show_prices(self, service: str, model: str = "") -> None:
        """Show what training costs at a service; `model` is one the catalogue may not name."""
        from core.catalog.hosted_models import models_of
        from core.hosted.kinds import kind_of
        from tui.screens.prices import PricesScreen

        kind, today = kind_of(service), self.settings.clock().date()
        listed = [one.id for one in models_of(kind.label) if not one.ended(today)]
        models = dict.fromkeys([*([model] if model else []), *listed])
        self.push_screen(PricesScreen(kind, list(models), self.current_mode))

    def train_here(self, split: str) -> None:
        """Set up a run on the rows of a split on this machine."""
        from core.training.draft import Beginning
        from tui.screens.launch import LaunchScreen

        folder = self.workspace.data / split
        self.push_screen(LaunchScreen(Beginning("split", split, folder), self.current_mode))

    def train_at(self, split: str, service: str, model: str, *, used: bool | None = None) -> None:
        """Set up a run on the rows of a split at a service."""
        from core.hosted.draft import HostedDraft
        from core.hosted.plan import Wish
        from tui.screens.hosted import HostedScreen

        wish = Wish(provider=service, model=model, split=split, recent_use=used)
        self.push_screen(HostedScreen(HostedDraft(wish=wish), self.current_mode))

    def show_part_row(self, split: str, part: str, row: int, said: str) -> None:
        """Open a row of a split's part, with what somebody said of it."""
        from tui.part_rows import part_row_set
        from tui.screens.row import RowScreen

        rows = part_row_set(self.workspace, split, part, row, said)
        if rows is None:
            self.tell(Text("The row cannot be opened: the part has changed.", style="warn"))
        else:
            self.push_screen(RowScreen(rows))

    def _open(self, screen: Screen[None]) -> None:
        """Put a screen of many widgets on top, shown once it is laid out."""
        self.delay_update()
        self.push_screen(screen)

    def show_page(self, title: str, lines: Sequence["Line"]) -> None:
        """Open a page of text on top of where one is."""
        from tui.screens.reading import ReadingScreen

        self.push_screen(ReadingScreen(title, lines, mode=self.current_mode))

    def show_look(self, theme: str) -> None:
        """Change the colours."""
        self.theme = theme

    def ask(self, consequence: Text, then: Callable[[], None]) -> None:
        """Ask before something is lost; `then` runs only after a yes."""
        from tui.screens.question import QuestionScreen

        self.push_screen(QuestionScreen(consequence), lambda yes: then() if yes else None)

    async def action_mode(self, mode: str) -> None:
        """Go to a stage; from on top of one, back to its own screen."""
        with self.batch_update():  # what is on the way is not shown
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            if mode != self.current_mode:
                await self.switch_mode(mode)
        self.screen.refresh()

    async def action_back(self) -> None:
        """Leave what is on top, or go home."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        elif self.current_mode != "home":
            self.switch_mode("home")

    def action_train(self) -> None:
        """Set up a run; on one that is set up, launch it."""
        from tui.screens.hosted import HostedScreen
        from tui.screens.launch import LaunchScreen
        from tui.screens.launch_from import LaunchFromScreen

        if isinstance(self.screen, LaunchScreen | HostedScreen):
            self.screen.ask_launch()
        elif not isinstance(self.screen, LaunchFromScreen | ModalScreen):
            self.push_screen(LaunchFromScreen(self.current_mode))

    def action_leave(self) -> None:
        """Close the viewer."""
        self.exit()

    async def action_quit(self) -> None:
        """Do the same for Textual's own key."""
        self.exit()

    def action_help(self) -> None:
        """Show the keys of the screen."""
        from tui.screens.help import help_lines
        from tui.screens.stage import StageScreen

        places = self.screen.PLACES if isinstance(self.screen, StageScreen) else ()
        self.show_page("Keys", help_lines(places))

    def action_commands(self) -> None:
        """Open the palette."""
        from tui.palette import PaletteScreen, commands_for

        self.push_screen(PaletteScreen(commands_for(self)), lambda run: run() if run else None)

    def action_history(self) -> None:
        """Show the messages of this session."""
        none = [Text("No message yet.", style="muted")]
        self.show_page("Messages", self.messages[::-1] or none)

    @on(TopBar.Chosen)
    async def _stage_clicked(self, event: TopBar.Chosen) -> None:
        await self.action_mode(event.mode)


def _opener(mode: str) -> Callable[[], Screen[None]]:
    """Return what makes the screen of a mode, importing it when it is first wanted."""

    def open_screen() -> Screen[None]:
        from importlib import import_module

        module = import_module(f"tui.screens.{mode}")
        screen: Screen[None] = module.make()
        return screen

    return open_screen


def run_app(workspace: Workspace, settings: Settings | None = None) -> int:
    """Show the app until it is closed and return the exit code."""
    app = TuningforkApp(workspace, settings)
    app.run()
    if app.return_code == 0 and (live := _live_jobs(app)):
        jobs = "1 job goes" if live == 1 else f"{live} jobs go"
        say(f"{jobs} on; `tuningfork` shows {'it' if live == 1 else 'them'} again.")
    return app.return_code or 0


def _live_jobs(app: TuningforkApp) -> int:
    """Return how many jobs are under way, counted now where the home screen was never filled."""
    if app.live_jobs is None:
        from tui.job_rows import JobRows

        jobs = JobRows(app.workspace).read(app.settings.clock())
        return sum(job.live for job in jobs)
    return app.live_jobs
