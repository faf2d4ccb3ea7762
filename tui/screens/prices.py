"""What training costs at one service, model by model, and yours beside what the catalogue says."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.widget import Widget

from core.errors import TuningforkError
from tui.keymap import Key, Where, bindings
from tui.screens.field_screen import FieldScreen
from tui.widgets.page import Line, Lines
from tui.widgets.record_table import Column, records_of
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.catalog.price_list import Price
    from core.hosted.kinds import Kind
    from core.hosted.own_prices import KnownPrice


class PricesScreen(FieldScreen):
    """Lists models; `e` enters a price with its day and source, `x` takes yours back."""

    PLACES: ClassVar[tuple[Where, ...]] = ("prices", "list")
    BINDINGS: ClassVar = bindings("prices")
    DEFAULT_CSS = """
    PricesScreen #title { height: 3; }
    PricesScreen #fields { height: 1fr; }
    PricesScreen #about { height: 4; margin-top: 1; }
    """

    def __init__(self, kind: "Kind", models: Sequence[str], mode: str) -> None:
        super().__init__(mode)
        self._kind = kind
        self._models = tuple(models)
        self._known: tuple[KnownPrice, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Yield the models, the price that is typed, and where it was read."""
        yield Lines(id="title")
        yield from self.fields(
            Column(title="model", width=34),
            Column(title="1 M tokens", width=12),
            Column(title="of", width=11),
            Column(title="whose"),
            empty=(Text("No model of this service is known here.", style="muted"),),
        )
        yield Lines(id="about", wrap=True)

    def on_mount(self) -> None:
        """Read the prices."""
        title = Text.assemble(("Prices of training at ", "title"), (self._kind.label, "title"))
        how = "Yours stand in prices.toml and count before the catalogue's."
        self.query_one("#title", Lines).show([title, Text(how, style="muted")])
        self.table.focus()
        self._read()

    @property
    def _today(self) -> date:
        return self.tuningfork.settings.clock().date()

    def _read(self) -> None:
        """Show what counts now."""
        from core.hosted.own_prices import known_price

        own = self.tuningfork.workspace.prices
        try:
            self._known = tuple(
                known_price(self._kind.label, one, own=own, today=self._today)
                for one in self._models
            )
        except TuningforkError as error:
            self.show_error(error)
            return
        self.hide_error()
        self.table.show(records_of([(one.model, _cells(one)) for one in self._known]))
        self.show_about()
        self.show_keys()

    @property
    def _here(self) -> "KnownPrice | None":
        return next((one for one in self._known if one.model == self.table.key), None)

    def show_about(self) -> None:
        """Say where the price under the cursor was read."""
        known = self._here
        lines = [Text("No price is known; none is guessed from another model.", style="warn")]
        if known is not None and known.price is not None:
            price = known.price
            lines = [
                safe_text(price.source_words, limit=300),
                Text(price.age_words(self._today), style="muted"),
            ]
        self.query_one("#about", Lines).show(lines if known else [])

    def typed_value(self) -> str | None:
        """Return the price under the cursor as it is typed; None for no model."""
        return self._here.typed if self._here else None

    def judged(self, text: str) -> Callable[[], None] | None:
        """Say what is wrong with a price, or that it is fine; return what enters it."""
        from core.hosted.own_prices import FORM, price_said

        known, about = self._here, self.query_one("#about", Lines)
        if known is None:
            return None
        service, form = self._kind.label, Text(FORM, style="muted")
        if not text.strip():
            about.show([form])
            return None
        try:
            price = price_said(text, service=service, model=known.model, today=self._today)
        except TuningforkError as error:
            about.show([Text.assemble(("▲ ", "bad"), safe_text(error.why, limit=200)), form])
            return None
        about.show([Text.assemble(("✓ ", "good"), safe_text(price.source_words, limit=200)), form])
        return partial(self._put, price)

    def _put(self, price: "Price") -> None:
        from core.hosted.own_prices import put_price

        self._change(lambda: put_price(self.tuningfork.workspace.prices, price))

    def action_take_back(self) -> None:
        """Take the newest price of yours for this model out; what was before counts again."""
        from core.hosted.own_prices import take_back

        known = self._here
        if self.is_editing or known is None:
            return
        if not known.yours:
            self.tuningfork.hint(Text("None of yours counts for this model.", style="muted"))
            return
        own = self.tuningfork.workspace.prices
        self._change(lambda: take_back(own, self._kind.label, known.model))

    def _change(self, change: Callable[[], object]) -> None:
        """Change the file of prices and show what counts then."""
        try:
            change()
        except TuningforkError as error:
            self.show_error(error)
            return
        self._read()

    def works_now(self, key: Key) -> bool:
        """Return whether a key of this screen can do something at the moment."""
        if self.is_editing:
            return key.id == "back"
        return key.id != "prices-back" or (self._here is not None and self._here.yours)

    def exactly(self) -> list[Line]:
        """Return the command that enters this price."""
        known = self._here
        if known is None:
            return [Text("No model of this service is known here.", style="muted")]
        words = f"tuningfork price {self._kind.name} {known.model} {known.typed}".rstrip()
        return [safe_text(words, ink="key")]

    def value(self) -> str:
        """Return the price under the cursor as it is typed."""
        return self._here.typed if self._here else ""


def _cells(known: "KnownPrice") -> tuple[Text, ...]:
    """Return one model as cells."""
    from core.hosted.prices import money

    price = known.price
    if price is None:
        return (safe_text(known.model, limit=80), Text("not known", style="warn"), Text(), Text())
    return (
        safe_text(known.model, limit=80),
        Text(money(price.amount, price.currency)),
        Text(price.as_of),
        Text("yours", style="good") if known.yours else Text("catalogue", style="muted"),
    )
