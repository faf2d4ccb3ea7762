"""What is in use and how it does, what there is to use, and the way back."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on

from core.errors import TuningforkError
from core.workspace import Workspace
from tui.adapter_look import Adapter, adapter_lines, read_adapters
from tui.export_look import Export, export_lines, read_exports
from tui.feed import Arrived, Feed
from tui.keymap import Key, Where, bindings
from tui.release_lines import release_lines
from tui.screens.two_columns import TwoColumnScreen
from tui.widgets.page import Line
from tui.widgets.safe_text import safe_text

if TYPE_CHECKING:
    from core.release.traffic import Traffic

_LOOK_EVERY_S = 2.0
EMPTY: tuple[Line, ...] = (
    Text("Nothing to release yet.", style="strong"),
    Text(""),
    Text("A finished training run leaves an adapter, which is listed here with its verdict."),
    Text(""),
    Text.assemble(
        ("3", "key"), " shows the runs; ", ("tuningfork train RECIPE", "key"), " trains."
    ),
)
NEXT: tuple[Line, ...] = (
    Text.assemble(("tuningfork release draft NAME --run RUN", "key")),
    Text("plans a release: a tenth of the users get the tuned model, the rest the base.", "muted"),
    Text.assemble(("tuningfork gateway NAME", "key")),
    Text("serves it at one address; what may roll it back is shown here, live.", "muted"),
    Text(""),
    Text.assemble(("tuningfork export RUN --to merged DEST", "key")),
    Text("writes a model that needs no PEFT, compared with the one that was trained.", "muted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLook:
    """What there is to use, and what is in use."""

    adapters: tuple[Adapter, ...] = ()
    """Newest first."""
    exports: tuple[Export, ...] = ()
    """Newest first."""
    traffic: "tuple[Traffic, ...]" = ()
    """Releases, those that are served first."""


class ReleaseScreen(TwoColumnScreen):
    """Shows the releases with their arms, then the exports and the adapters."""

    BINDINGS: ClassVar = bindings("release")
    PLACES: ClassVar[tuple[Where, ...]] = ("release", "page")

    def __init__(self) -> None:
        super().__init__("release")
        self._look = ReleaseLook()
        self._meant = ""
        """Name of the release that keys act on; "" for the first."""

    def on_mount(self) -> None:
        """Look now and whenever something changed."""
        self.show_columns([Text("Reading the releases.", style="muted")], [])
        workspace, clock = self.tuningfork.workspace, self.tuningfork.settings.clock
        looks = Feed(self, lambda: read_releases(workspace, clock()), every=_LOOK_EVERY_S)
        self.feed(looks)

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._look = event.value
        self._show()

    def _show(self) -> None:
        adapters, traffic = self._look.adapters, self._look.traffic
        exports = self._look.exports
        main = [
            *release_lines(traffic, self._place(), self._now()),
            *export_lines(exports),
            *adapter_lines(adapters),
        ]
        self.show_columns(main or EMPTY, [Text(""), *NEXT])
        count = len(adapters)
        words = (
            f"{count} adapter{'s' if count > 1 else ''} on disk."
            if count
            else "No adapter on disk."
        )
        if exports:
            proven = sum(one.proof.passed for one in exports)
            words += f" {len(exports)} export{'s' if len(exports) > 1 else ''}, {proven} proven."
        served = sum(bool(one.url) for one in traffic)
        if traffic:
            words = f"{len(traffic)} released, {served} served. {words}"
        self.say_status(Text(words, style="muted"))
        self.show_keys()

    def _now(self) -> float:
        return self.tuningfork.settings.clock().timestamp()

    def _place(self) -> int:
        names = [one.name for one in self._look.traffic]
        return names.index(self._meant) if self._meant in names else 0

    @property
    def _release(self) -> "Traffic | None":
        """The release that keys act on."""
        found = self._look.traffic
        return found[self._place()] if found else None

    def works_now(self, key: Key) -> bool:
        """Return whether a key of this screen can do something at the moment."""
        if key.id == "next-release":
            return len(self._look.traffic) > 1
        if key.id in {"roll-back", "serve"}:
            return self._release is not None and not self._release.trouble
        if key.id == "review":
            return self._release is not None and self._release.review.mode != "none"
        return True

    def action_review(self) -> None:
        """Review the answers of the release, blind to the arm."""
        release = self._release
        if release is None or release.trouble:
            return
        from core.jobs import process
        from core.release.releases import open_release
        from core.release.review.session import ReviewSession, reviewer_name
        from tui.screens.review import ReviewScreen

        try:
            folder, plan = open_release(self.tuningfork.workspace, release.name)
            session = ReviewSession(folder, plan, reviewer_name(process.user()), clock=self._now)
        except TuningforkError as error:
            self.show_error(error)
            return
        self.app.push_screen(ReviewScreen(session), lambda _: self.look_again())

    def action_next_release(self) -> None:
        """Mean the next one."""
        found = self._look.traffic
        if found:
            self._meant = found[(self._place() + 1) % len(found)].name
            self._show()

    def action_roll_back(self) -> None:
        """Send everything to the rollback target, or take that back."""
        release = self._release
        if release is None or release.trouble:
            return
        back = release.standing.rolled_back
        question = Text.assemble(
            "Deal the traffic of " if back else "Send every request of ",
            safe_text(release.name, ink="strong"),
            " as planned again?" if back else " to ",
            "" if back else safe_text(release.rollback, ink="strong"),
            "" if back else "? It holds from the next request on.",
        )
        self.tuningfork.ask(question, lambda: self._turn(release.name, back=back))

    def _turn(self, name: str, *, back: bool) -> None:
        workspace, clock = self.tuningfork.workspace, self.tuningfork.settings.clock

        def act() -> None:
            from core.jobs import process
            from core.release.releases import folder_of
            from core.release.standing import go_forward, roll_back

            by = f"{process.user()}@{process.here().host}"
            turn = go_forward if back else roll_back
            turn(folder_of(workspace, name).standing, by=by, why="", now=clock())

        done = "is dealt as planned again." if back else "was rolled back."
        self.touch_disk(act, Text.assemble(safe_text(name), f" {done}"))

    def action_serve(self) -> None:
        """Start the gateway, or close it."""
        release = self._release
        if release is None or release.trouble:
            return
        verb = "Close" if release.url else "Start"
        question = Text.assemble(
            f"{verb} the gateway of ", safe_text(release.name, ink="strong"), "?"
        )
        self.tuningfork.ask(question, lambda: self._serve(release))

    def _serve(self, release: "Traffic") -> None:
        workspace, clock = self.tuningfork.workspace, self.tuningfork.settings.clock

        def act() -> None:
            from core.jobs import process
            from core.jobs.control import request
            from core.release.start_release import start_gateway

            now, token = clock(), secrets.token_hex(2)
            if release.url:
                folder, host = workspace.run(release.job), process.here().host
                request(folder, "stop", by=process.user(), host=host, now=now, token=token)
            else:
                environment = self.tuningfork.settings.environment
                start_gateway(
                    workspace, release.name, now=now, token=token, environment=environment
                )

        done = "was asked to end." if release.url else "starts; its address comes here."
        self.touch_disk(act, Text.assemble("The gateway of ", safe_text(release.name), f" {done}"))

    def exactly(self) -> list[Line]:
        """Return the commands behind the keys, and the Python that loads the newest adapter."""
        lines: list[Line] = []
        if self._release is not None:
            name = self._release.name
            words = [f"gateway {name}", f"rollback {name}", f"release log {name}"]
            if self._release.review.mode != "none":
                words.append(f"release review {name}")
            lines = [safe_text(f"tuningfork {one}", ink="key") for one in words]
        if not self._look.adapters:
            if lines:
                return lines
            return [Text("No adapter on disk, so there is nothing to load.", style="muted")]
        newest = self._look.adapters[0]
        base = newest.base or "BASE_MODEL"
        return [
            *lines,
            Text("from peft import PeftModel", style="key"),
            Text("from transformers import AutoModelForCausalLM", style="key"),
            safe_text(f"base = AutoModelForCausalLM.from_pretrained({base!r})", ink="key"),
            safe_text(f"model = PeftModel.from_pretrained(base, {str(newest.path)!r})", ink="key"),
        ]

    def value(self) -> str:
        """Return the address of the release, or the path of the newest adapter."""
        if self._release is not None and self._release.url:
            return self._release.url
        return str(self._look.adapters[0].path) if self._look.adapters else ""


def read_releases(workspace: Workspace, now: datetime) -> ReleaseLook:
    """Return what there is to use, and what is in use."""
    from core.release.traffic import read_traffic

    return ReleaseLook(
        adapters=read_adapters(workspace),
        exports=read_exports(workspace),
        traffic=read_traffic(workspace, now),
    )


def make() -> ReleaseScreen:
    """Return the screen of its mode."""
    return ReleaseScreen()
