"""Where the releases of a workspace lie, and how one is made and found again."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from core.data.documents import read_documents
from core.data.formats import canonical
from core.errors import JobError
from core.release.release_plan import NAME, ReleasePlan
from core.spec_file import build, read_toml
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible
from core.workspace import Workspace


class ReleaseFolder(NamedTuple):
    """The folder of one release."""

    path: Path

    @property
    def name(self) -> str:
        """The release is called as its folder."""
        return self.path.name

    @property
    def plan(self) -> Path:
        """What was released; written once."""
        return self.path / "release.toml"

    @property
    def standing(self) -> Path:
        """Whether it was rolled back."""
        return self.path / "standing.json"

    @property
    def log(self) -> Path:
        """Requests, answers and feedback, as far as the plan keeps them."""
        return self.path / "log.db"

    @property
    def live(self) -> Path:
        """Where the gateway listens; there only while it does, or after it was killed."""
        return self.path / "live.json"


def folder_of(workspace: Workspace, name: str) -> ReleaseFolder:
    """Return the folder of a name, whether there is one or not."""
    if not NAME.fullmatch(name):
        raise JobError(
            what=f"{clip(visible(name), 60)!r} is no name of a release.",
            why="Names have small letters, digits, - and _, and begin with a letter.",
            remedy="`tuningfork release list` names the releases of this workspace.",
        )
    return ReleaseFolder(workspace.releases / name)


def release_folders(workspace: Workspace) -> Iterator[ReleaseFolder]:
    """Yield every release's folder, by name."""
    try:
        names = sorted(one.name for one in workspace.releases.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        folder = ReleaseFolder(workspace.releases / name)
        if NAME.fullmatch(name) and folder.plan.is_file():
            yield folder


def read_plan(path: Path) -> ReleasePlan:
    """Return the plan in a file, or say which field is wrong."""
    return build(ReleasePlan, read_toml(path, error=JobError), where=str(path), error=JobError)


def open_release(workspace: Workspace, name: str) -> tuple[ReleaseFolder, ReleasePlan]:
    """Return a release of the workspace."""
    folder = folder_of(workspace, name)
    if not folder.plan.is_file():
        there = ", ".join(one.name for one in release_folders(workspace)) or "none yet"
        raise JobError(
            what=f"There is no release {name}.",
            why=f"Releases of this workspace: {there}.",
            remedy="`tuningfork release new FILE` makes one from a plan.",
        )
    return folder, read_plan(folder.plan)


def sealed(plan: ReleasePlan) -> ReleasePlan:
    """Return the plan with the hash of every arm's documents, so that they cannot change unseen."""
    arms = {
        name: arm.model_copy(update={"documents_sha256": documents_hash(arm.documents)})
        if arm.documents
        else arm
        for name, arm in plan.arm.items()
    }
    return plan.model_copy(update={"arm": arms})


def documents_hash(place: str) -> str:
    """Return one hash of all texts at a path."""
    texts = read_documents(Path(place))
    if not any(text.strip() for text in texts.values()):
        raise JobError(
            what=f"There are no texts in {visible(clip(place, 200))}.",
            why="An arm of the release looks passages up there.",
            remedy="Put the texts there, or leave `documents` out.",
        )
    return hashlib.sha256(canonical(texts).encode("utf-8", "surrogatepass")).hexdigest()


def write_release(workspace: Workspace, plan: ReleasePlan) -> ReleaseFolder:
    """Make the folder of a release; a release is never changed, a new one gets a new name."""
    folder = folder_of(workspace, plan.name)
    if folder.plan.exists():
        raise JobError(
            what=f"There already is a release {plan.name}.",
            why="What was released stays as it was, so that its log can be trusted.",
            remedy="Give the plan another name.",
        )
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder.path, doing="make a release") from error
    replace_file(folder.plan, plan_toml(plan).encode())
    return folder


def plan_toml(plan: ReleasePlan, *, explained: bool = False) -> str:
    """Return the plan as TOML; for somebody who edits it, with what each field means."""
    lines: list[str] = []
    _write(plan, "", lines, explained=explained)
    return "\n".join(lines).strip() + "\n"


def _write(spec: BaseModel, table: str, lines: list[str], *, explained: bool) -> None:
    """Append a table and those inside it."""
    inner: list[tuple[str, BaseModel]] = []
    lines.extend(["", f"[{table}]"] if table else [])
    for name in type(spec).model_fields:
        value = getattr(spec, name)
        if isinstance(value, BaseModel):
            inner.append((f"{table}.{name}" if table else name, value))
        elif isinstance(value, dict):
            inner.extend((f"{name}.{key}", one) for key, one in value.items())
        elif value is not None:
            meaning = type(spec).model_fields[name].description
            if explained and meaning:
                lines.append(f"# {meaning}")
            lines.append(f"{name} = {_value(value)}")
    for place, nested in inner:
        _write(nested, place, lines, explained=explained)


def _value(value: object) -> str:
    """Return one value as TOML; models inside a list become inline tables."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, BaseModel):
        fields = ((name, getattr(value, name)) for name in type(value).model_fields)
        return f"{{ {', '.join(f'{name} = {_value(one)}' for name, one in fields)} }}"
    return re.sub("\x7f", r"\\u007f", json.dumps(value, ensure_ascii=False))
