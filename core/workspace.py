"""A workspace is a folder with `tuningfork.toml`; this module alone knows what lies where."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import JobError, WorkspaceError
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible

CONFIG_NAME = "tuningfork.toml"
CONFIG_VERSION = 1
_RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")
_NAME_LIMIT = 60


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one job, whatever its kind."""

    path: Path

    @property
    def id(self) -> str:
        """The job's id is the folder's name."""
        return self.path.name

    @property
    def record(self) -> Path:
        """What was asked for: kind, name, device, recipe; written once, at launch."""
        return self.path / "run.json"

    @property
    def recipe(self) -> Path:
        """The resolved recipe of a training run."""
        return self.path / "recipe.toml"

    @property
    def lock(self) -> Path:
        """Held by the worker for as long as it lives."""
        return self.path / "run.lock"

    @property
    def events(self) -> Path:
        """The event log."""
        return self.path / "events.jsonl"

    @property
    def snapshot(self) -> Path:
        """What the event log adds up to so far; may be removed at any time."""
        return self.path / "events.snapshot"

    @property
    def control(self) -> Path:
        """Requests to the worker, one file each."""
        return self.path / "control"

    @property
    def log(self) -> Path:
        """What the worker's process printed."""
        return self.path / "worker.log"

    @property
    def last_words(self) -> Path:
        """How the worker ended, where the log took no more."""
        return self.path / "last_words.json"

    @property
    def reserve(self) -> Path:
        """Space set aside so that a full disk can still be reported."""
        return self.path / ".reserve"

    @property
    def checkpoints(self) -> Path:
        """One folder a checkpoint."""
        return self.path / "checkpoints"

    @property
    def tensorboard(self) -> Path:
        """Curves for TensorBoard, where a recipe asks for them."""
        return self.path / "tensorboard"

    @property
    def chat_template(self) -> Path:
        """The template of a run whose recipe chose another than the tokenizer's."""
        return self.path / "chat_template.jinja"

    @property
    def endpoint(self) -> Path:
        """Where the model answers that a hosted run made; there once there is one."""
        return self.path / "endpoint.toml"

    @property
    def adapter(self) -> Path:
        """The result of a training run that made an adapter."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The result of a training run that moved all weights."""
        return self.path / "model"

    @property
    def tuned(self) -> Path | None:
        """The result of a training run, whichever it is; None where it left none."""
        return next((one for one in (self.adapter, self.model) if one.is_dir()), None)

    @property
    def answers(self) -> Path:
        """What contenders answered, one line an answer."""
        return self.path / "answers.jsonl"

    @property
    def unanswered(self) -> Path:
        """Items that got no answer, with the reason; there only when there are any."""
        return self.path / "unanswered.jsonl"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one project lies."""

    root: Path
    """Absolute."""
    name: str
    """What the person calls the project; made safe when it was read."""

    @property
    def config(self) -> Path:
        """The file that makes a folder a workspace."""
        return self.root / CONFIG_NAME

    @property
    def database(self) -> Path:
        """Decisions, datasets, verdicts."""
        return self.root / "workspace.db"

    @property
    def prices(self) -> Path:
        """Prices and assumptions of your own, which count before the shipped ones."""
        return self.root / "prices.toml"

    @property
    def runs(self) -> Path:
        """One folder a job."""
        return self.root / "runs"

    @property
    def data(self) -> Path:
        """Source files, splits and holdout locks."""
        return self.root / "data"

    @property
    def devices(self) -> Path:
        """One lock file a device, so that jobs on it take turns."""
        return self.root / "devices"

    @property
    def token_cache(self) -> Path:
        """Tokens of the rows, one folder a key; may be deleted at any time."""
        return self.root / "cache" / "tokens"

    @property
    def count_cache(self) -> Path:
        """How many tokens services would count, one file a question; may be deleted at any time."""
        return self.root / "cache" / "counts"

    @property
    def source_cache(self) -> Path:
        """Staged copies of files that are not JSONL; may be deleted at any time."""
        return self.root / "cache" / "sources"

    @property
    def vector_cache(self) -> Path:
        """Vectors of passages and questions, one file a model; may be deleted at any time."""
        return self.root / "cache" / "vectors"

    @property
    def mappings(self) -> Path:
        """How columns become turns, one file a set of columns."""
        return self.data / "mappings"

    @property
    def decisions(self) -> Path:
        """Written decisions to read elsewhere, one file each."""
        return self.root / "decisions"

    @property
    def decision_draft(self) -> Path:
        """The answers of a decision under way."""
        return self.decisions / "draft.json"

    @property
    def improved_prompt(self) -> Path:
        """A system prompt of the person's own, which a contender uses in place of the data's."""
        return self.root / "improved_prompt.txt"

    @property
    def endpoints(self) -> Path:
        """Servers that answer as contenders, one table each; never their keys."""
        return self.root / "endpoints.toml"

    @property
    def documents(self) -> Path:
        """Texts that the retrieval contender looks things up in."""
        return self.root / "documents"

    @property
    def studies(self) -> Path:
        """One folder a blind study."""
        return self.root / "studies"

    @property
    def releases(self) -> Path:
        """One folder a release: its plan, where it stands, its log."""
        return self.root / "releases"

    @property
    def reports(self) -> Path:
        """What the app writes about a fault of its own."""
        return self.root / "reports"

    def run(self, run_id: str) -> RunFolder:
        """Return the folder of an id, whether it exists or not; refuse ids that leave `runs`."""
        if not _RUN_ID.match(run_id):
            raise JobError(
                what=f"{clip(visible(run_id), 80)!r} is no run id.",
                why="Ids have lower-case letters, digits and dashes only.",
                remedy="`tuningfork runs` lists the ids of this workspace.",
            )
        return RunFolder(self.runs / run_id)

    def run_folders(self) -> Iterator[RunFolder]:
        """Yield every job's folder, oldest first."""
        try:
            names = sorted(entry.name for entry in os.scandir(self.runs) if entry.is_dir())
        except FileNotFoundError:
            return
        for name in names:
            folder = RunFolder(self.runs / name)
            if _RUN_ID.match(name) and folder.record.exists():
                yield folder


def user_source_cache(environment: Mapping[str, str]) -> Path:
    """Return where staged copies lie when no workspace is at hand; absolute."""
    named = environment.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    return base / "tuningfork" / "sources"


def new_run_id(name: str, *, now: datetime, token: str) -> str:
    """Return an id that sorts by time, says the name and is unique by its token."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30].strip("-") or "run"
    return f"{now:%Y%m%d-%H%M%S}-{slug}-{token}"


def find_workspace(start: Path) -> Workspace | None:
    """Return the workspace that holds `start`, looking upwards, or None."""
    absolute = start.absolute()
    for folder in (absolute, *absolute.parents):
        if (folder / CONFIG_NAME).is_file():
            return open_workspace(folder)
    return None


def open_workspace(root: Path) -> Workspace:
    """Return the workspace in exactly this folder."""
    config = root.absolute() / CONFIG_NAME
    try:
        content = config.read_bytes()
    except NotADirectoryError as error:
        raise WorkspaceError(
            what=f"{visible(str(root))} is a file, not a workspace.",
            why="A workspace is a folder.",
            remedy="Name a folder; `tuningfork inspect FILE` reads a file of rows.",
        ) from error
    except FileNotFoundError as error:
        raise WorkspaceError(
            what=f"{visible(str(root))} is not a tuningfork workspace.",
            why=f"It has no {CONFIG_NAME}.",
            remedy=f"`tuningfork init {visible(str(root))}` makes it one.",
        ) from error
    except OSError as error:
        raise storage_error(error, config, doing="read the workspace") from error
    return Workspace(root=root.absolute(), name=_read_name(config, content))


def _read_name(config: Path, content: bytes) -> str:
    """Return the name in the config, or say what is wrong with the file."""
    shown = visible(str(config))
    try:
        values = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            what=f"{shown} cannot be read.",
            why=f"It is not valid TOML: {visible(str(error))}.",
            remedy=f'Mend the line, or put back: version = {CONFIG_VERSION} and name = "...".',
        ) from error
    version = values.get("version")
    if isinstance(version, int) and version > CONFIG_VERSION:
        raise WorkspaceError(
            what=f"{shown} was made by a newer tuningfork (layout {version}).",
            why=f"This one knows layouts up to {CONFIG_VERSION} and will not guess.",
            remedy="Upgrade tuningfork; nothing was changed.",
        )
    if version != CONFIG_VERSION:
        raise WorkspaceError(
            what=f"{shown} names no layout version.",
            why=f"`version` is {visible(repr(version))}.",
            remedy=f"Put `version = {CONFIG_VERSION}` in its first line.",
        )
    return clip(visible(str(values.get("name") or config.parent.name)), _NAME_LIMIT)


def create_workspace(root: Path, *, name: str | None = None) -> Workspace:
    """Make the folder a workspace; one that already is stays as it is."""
    root = root.absolute()
    if (root / CONFIG_NAME).exists():
        return open_workspace(root)
    shown = clip(visible(name or root.name or "workspace"), _NAME_LIMIT)
    quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
    try:
        root.mkdir(parents=True, exist_ok=True)
        for folder in ("runs", "data", "devices"):
            (root / folder).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, root, doing="make a workspace") from error
    content = f'version = {CONFIG_VERSION}\nname = "{quoted}"\n'
    replace_file(root / CONFIG_NAME, content.encode(), mode=0o644)
    return Workspace(root=root, name=shown)
