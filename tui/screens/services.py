"""Who would train these rows: every service with its last days, and this machine beside them."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.widget import Widget

from tui.feed import Arrived, Feed
from tui.hosted_lines import eligibility_lines, price_of, prices_known
from tui.keymap import Where, bindings
from tui.screens.stage import StageScreen
from tui.widgets.page import Line, Lines, Page
from tui.widgets.record_table import Column, RecordTable, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.hosted.offers import Offer

HERE = "this machine"
_ONCE_S = 86_400.0
_WORDS = {"yes": ("✓ yes", "good"), "no": ("▲ no", "bad"), "unknown": ("? not known", "warn")}
_USED = {None: "not said", True: "yes", False: "no"}


class ServicesScreen(StageScreen):
    """Lists who takes a job today; enter sets it up there."""

    PLACES: ClassVar[tuple[Where, ...]] = ("services", "list")
    BINDINGS: ClassVar = bindings("services")
    DEFAULT_CSS = """
    ServicesScreen #title { height: 3; }
    ServicesScreen #services { height: 8; }
    ServicesScreen #about { height: 1fr; margin-top: 1; }
    """

    def __init__(self, split: str, mode: str) -> None:
        super().__init__(mode)
        self._split = split
        self._offers: tuple[Offer, ...] = ()
        self._used: bool | None = None
        """Whether a tuned model was used within 60 days; None while nobody said."""

    def body(self) -> Iterable[Widget]:
        """Yield the services above what is known of the one under the cursor."""
        yield Lines(id="title")
        yield RecordTable(
            Column(title="service", width=17),
            Column(title="takes it", width=11),
            Column(title="last job", width=11),
            Column(title="tuned ends", width=11),
            Column(title="1 M tokens"),
            empty=(Text("Reading the catalogue.", style="muted"),),
            id="services",
        )
        yield Page(id="about")

    def on_mount(self) -> None:
        """Read the catalogue."""
        title = Text.assemble(
            ("Who trains the rows of ", "title"), safe_text(self._split, limit=60, ink="title")
        )
        how = Text("Nothing is sent before you have seen all of it and said yes.", style="muted")
        self.query_one("#title", Lines).show([title, how])
        self.query_one("#services", RecordTable).focus()
        self.feed(Feed(self, self._read, every=_ONCE_S))

    @property
    def _today(self) -> date:
        return self.tuningfork.settings.clock().date()

    def _read(self) -> "tuple[Offer, ...]":
        from core.hosted.offers import offers

        return offers(self._today, recent_use=self._used)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._offers = event.value
        self._show()

    def _show(self) -> None:
        """Show every service."""
        own = self.tuningfork.workspace.prices
        rows = [(HERE, _here())]
        rows += [(one.service.name, _cells(one, own, self._today)) for one in self._offers]
        self.query_one("#services", RecordTable).show(records_of(rows))
        used = f"a tuned model used there within 60 days: {_USED[self._used]}"
        self.say_status(Text(used, style="muted"))
        self._show_about()

    @on(RecordTable.Moved)
    def _show_about(self) -> None:
        """Say all that is known of the service under the cursor."""
        offer = self._offer
        page = self.query_one("#about", Page)
        if offer is None:
            page.show([Text("Trains here: no row leaves, and nothing is paid but the machine.")])
            return
        lines: list[Line] = [*eligibility_lines(offer.eligibility)]
        if offer.kind is None:
            lines.append(Text("This program cannot start a job there.", style="warn"))
        for model in offer.models:
            ends = f", ends {model.ends}" if model.ends else ""
            price = price_of(offer, model, self.tuningfork.workspace.prices, self._today)
            cost = f", {price} a million tokens" if price else ", price not known"
            said = safe_text(f"{model.id}{ends}{cost}", limit=200)
            lines.append(Text.assemble(("model     ", "muted"), said))
        page.show([*lines, Text(""), safe_text(offer.service.note, ink="muted")])

    @property
    def _offer(self) -> "Offer | None":
        key = self.query_one("#services", RecordTable).key
        return next((one for one in self._offers if one.service.name == key), None)

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        offer = self._offer
        if event.key == HERE:
            self.tuningfork.train_here(self._split)
        elif offer is None or offer.kind is None:
            self.tuningfork.tell(Text("This program cannot start a job there.", style="warn"))
        else:
            model = offer.models[0].id if offer.models else ""
            self.tuningfork.train_at(self._split, offer.kind.name, model, used=self._used)

    def action_prices(self) -> None:
        """Show the prices of the service under the cursor, to enter or change one."""
        offer = self._offer
        if offer is None or offer.kind is None:
            self.tuningfork.hint(Text("No price is asked there.", style="muted"))
        else:
            self.tuningfork.show_prices(offer.kind.name)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show everything again: a price may have been entered meanwhile."""
        super().on_screen_resume(event)
        if self._offers:
            self._show()

    def action_used(self) -> None:
        """Go to the next answer to whether a tuned model was used lately."""
        answers = [None, True, False]
        self._used = answers[(answers.index(self._used) + 1) % len(answers)]
        for feed in self._feeds:
            feed.look()

    def exactly(self) -> list[Line]:
        """Return the command that says the same."""
        return [safe_text(f"tuningfork tune {self._split}", ink="key")]

    def value(self) -> str:
        """Return the service under the cursor."""
        return self.query_one("#services", RecordTable).key or ""


def _here() -> tuple[Text, ...]:
    """Return this machine as cells."""
    rest = [Text("-", style="muted") for _ in range(2)]
    return (Text(HERE), Text("✓ yes", style="good"), *rest, Text("no bill", style="muted"))


def _cells(offer: "Offer", own: Path, today: date) -> tuple[Text, ...]:
    """Return one service as cells."""
    word, ink = _WORDS[offer.eligibility.answer]
    service = offer.service
    return (
        safe_text(service.name, limit=40),
        Text(word, style=ink),
        Text(service.last_job.isoformat() if service.last_job else "-"),
        Text(service.tunes_end.isoformat() if service.tunes_end else "-"),
        safe_text(prices_known(offer, own, today), limit=120),
    )
