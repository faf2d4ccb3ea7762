"""The adapters of a workspace: where they lie, and what they scored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from core.workspace import Workspace
from tui.verdict_look import Scored, read_verdicts
from tui.widgets.page import Line, field
from tui.widgets.safe_text import safe_text
from tui.wording import inside


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
