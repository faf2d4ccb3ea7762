"""What there is to use: the adapters of this workspace, where they lie, what they scored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text
from textual import on

from core.workspace import Workspace
from tui.feed import Arrived, Feed
from tui.screens.two_columns import TwoColumnScreen
from tui.verdict_look import Scored, read_verdicts
from tui.widgets.page import Line, field
from tui.widgets.safe_text import safe_text
from tui.wording import inside

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
ABSENT: tuple[Line, ...] = (
    Text("Not in this version", style="strong"),
    Text("The gateway with its A/B test and rollback, and rechecks."),
    Text(""),
    Text.assemble(("tuningfork export RUN --to merged DEST", "key")),
    Text("writes a model that needs no PEFT, compared with the one that was trained.", "muted"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """One result of training that lies on disk."""

    run: str
    name: str
    """Not yet safe to show."""
    path: Path
    place: str
    """The path inside the workspace."""
    base: str
    """Path or name of the base model, empty when the folder does not say."""
    scored: Scored | None
    """The newest verdict on it."""


class ReleaseScreen(TwoColumnScreen):
    """Lists the adapters, newest first."""

    def __init__(self) -> None:
        super().__init__("release")
        self._adapters: tuple[Adapter, ...] = ()

    def on_mount(self) -> None:
        """Look now and whenever something changed."""
        workspace = self.tuningfork.workspace
        self.feed(Feed(self, lambda: read_adapters(workspace), every=_LOOK_EVERY_S))

    @on(Arrived)
    def _arrived(self, event: Arrived) -> None:
        self.hide_error()
        self._adapters = event.value
        main = adapter_lines(self._adapters) if self._adapters else EMPTY
        self.show_columns(main, [Text(""), *ABSENT])
        count = len(self._adapters)
        words = (
            f"{count} adapter{'s' if count > 1 else ''} on disk."
            if count
            else "No adapter on disk."
        )
        self.say_status(Text(words, style="muted"))

    def exactly(self) -> list[Line]:
        """Return the lines of Python that load the newest adapter."""
        if not self._adapters:
            return [Text("No adapter on disk, so there is nothing to load.", style="muted")]
        newest = self._adapters[0]
        base = newest.base or "BASE_MODEL"
        return [
            Text("from peft import PeftModel", style="key"),
            Text("from transformers import AutoModelForCausalLM", style="key"),
            safe_text(f"base = AutoModelForCausalLM.from_pretrained({base!r})", ink="key"),
            safe_text(f"model = PeftModel.from_pretrained(base, {str(newest.path)!r})", ink="key"),
        ]

    def value(self) -> str:
        """Return the path of the newest adapter."""
        return str(self._adapters[0].path) if self._adapters else ""


def read_adapters(workspace: Workspace) -> tuple[Adapter, ...]:
    """Return the adapters that lie on disk, newest run first."""
    import json

    from core.jobs.store import list_jobs

    verdicts = {one.run: one for one in reversed(read_verdicts(workspace))}
    found = []
    for job in list_jobs(workspace):
        path = workspace.run(job.id).adapter
        try:
            config = json.loads((path / "adapter_config.json").read_bytes())
        except (OSError, ValueError):
            continue
        base = config.get("base_model_name_or_path") if isinstance(config, dict) else None
        found.append(
            Adapter(
                run=job.id,
                name=job.name,
                path=path,
                place=inside(path, workspace.root),
                base=base if isinstance(base, str) else "",
                scored=verdicts.get(job.id),
            )
        )
    return tuple(found)


def adapter_lines(adapters: Sequence[Adapter]) -> list[Line]:
    """Return each adapter with its verdict and where it lies."""
    return [line for adapter in adapters for line in _one(adapter)]


def _one(adapter: Adapter) -> Iterable[Line]:
    name = safe_text(adapter.name, limit=60, ink="strong")
    yield Text.assemble(name, "  ", safe_text(adapter.run, ink="muted"))
    if adapter.scored is None:
        yield field("  verdict", Text("not scored: nothing says it is better than its base"))
    else:
        yield field("  verdict", safe_text(adapter.scored.sentence, limit=600))
    yield field("  adapter", safe_text(adapter.place))
    yield field("  base", safe_text(adapter.base or "not named in the folder"))
    yield Text("")


def make() -> ReleaseScreen:
    """Return the screen of its mode."""
    return ReleaseScreen()
