"""How the columns of a file become turns, where the file has no shape that is known."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Roles
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import field_validator

from core.data.formats import shape_of
from core.data.shapes.shape import Conversation, Turn, kind_of
from core.errors import DataError
from core.spec_file import Spec, build, read_toml
from core.storage import replace_file, storage_error
from core.text_safety import clip, visible

Role = Literal[
    "system", "user", "assistant", "rejected", "weight", "group", "label", "licence", "unused"
]
ROLES: tuple[Role, ...] = get_args(Role)
MEANINGS: dict[Role, str] = {
    "system": "What the assistant is told to be; several columns are joined by an empty line.",
    "user": "What is asked; several columns are joined by an empty line.",
    "assistant": "The answer, which is trained; exactly one column.",
    "rejected": "The answer that lost; kept beside the row and never trained.",
    "weight": "1 trains the answer of the row, 0 does not.",
    "group": "Rows of one group stay on one side of a split.",
    "label": "A kind of row, of which every part of a split gets its share.",
    "licence": "Under which licence the row may be used.",
    "unused": "Left out.",
}
_TEXTS: tuple[Role, ...] = ("system", "user", "assistant", "rejected")
_ASIDE: tuple[Role, ...] = ("group", "label", "licence")
_JOIN = "\n\n"
_WEIGHTS: dict[object, int] = {0: 0, 1: 1, "0": 0, "1": 1, "0.0": 0, "1.0": 1}
_USUAL: dict[Role, tuple[str, ...]] = {
    "system": ("system", "system_prompt"),
    "user": ("question", "query", "input", "instruction", "prompt", "context", "user", "text"),
    "assistant": (
        "answer", "response", "output", "completion", "target", "assistant", "reply", "summary",
        "label",
    ),
    "rejected": ("rejected",),
    "weight": ("weight",),
    "group": ("group", "thread", "conversation_id"),
    "licence": ("licence", "license"),
}  # fmt: skip
"""Columns that are mostly called so, the likeliest first."""


class Mapping(Spec):
    """Which column plays which role."""

    columns: dict[str, Role]
    """Every column of the file with its role: system, user, assistant, rejected, weight, group,
    label, licence or unused."""

    @field_validator("columns")
    @classmethod
    def _one_answer(cls, columns: dict[str, Role]) -> dict[str, Role]:
        roles = list(columns.values())
        if roles.count("assistant") != 1:
            raise ValueError("exactly one column is the assistant, whose answer is trained")
        for role in ("rejected", "weight", *_ASIDE):
            if len([one for one in roles if one == role]) > 1:
                raise ValueError(f"at most one column is the {role}")
        return columns

    def of(self, role: Role) -> list[str]:
        """Return the columns with this role, in their order."""
        return [column for column, played in self.columns.items() if played == role]

    def toml(self) -> str:
        """Return the file that says this."""
        lines = [f"{json.dumps(name)} = {json.dumps(role)}" for name, role in self.columns.items()]
        comment = "# How the columns of a file become turns; `tuningfork inspect FILE --map THIS`."
        return "\n".join([comment, "[columns]", *lines]) + "\n"

    @property
    def words(self) -> list[str]:
        """Return the roles as the command line takes them, `column=role`."""
        return [f"{name}={role}" for name, role in self.columns.items() if role != "unused"]


def mapped_row(value: object, mapping: Mapping) -> dict[str, Any] | list[tuple[str, str, str]]:
    """Return a row as a chat or a preference pair, or why not: check, path and message each."""
    if not isinstance(value, dict):
        return [("schema", "", f"is {kind_of(value)}, not an object with columns")]
    faults = list(_faults(value, mapping))
    if faults:
        return faults
    asked = (("system", mapping.of("system")), ("user", mapping.of("user")))
    texts = ((role, _joined(value, columns)) for role, columns in asked)
    messages = [{"role": role, "content": text} for role, text in texts if text]
    answer: dict[str, Any] = {
        "role": "assistant",
        "content": _words(value.get(mapping.of("assistant")[0])),
    }
    for column in mapping.of("weight"):
        if value.get(column) not in (None, ""):
            answer["weight"] = _WEIGHTS[value[column]]
    row: dict[str, Any] = {"messages": [*messages, answer]}
    for column in mapping.of("rejected"):
        lost = {"role": "assistant", "content": _words(value[column])}
        row = {"prompt": messages, "chosen": [answer], "rejected": [lost]}
    for role in _ASIDE:
        for column in mapping.of(role):
            if value.get(column) not in (None, ""):
                row[role] = _words(value[column])
    return row


def _faults(value: dict[str, Any], mapping: Mapping) -> Iterable[tuple[str, str, str]]:
    for role in _TEXTS:
        for column in mapping.of(role):
            found = value.get(column)
            if isinstance(found, dict | list):
                yield "schema", column, f"is {kind_of(found)}, not text"
            elif found is None and role in {"assistant", "rejected"}:
                yield "schema", column, "is null" if column in value else "is missing"
    if mapping.of("user") and not _joined(value, mapping.of("user")).strip():
        yield "schema", mapping.of("user")[0], "is empty"
    yield from _faults_aside(value, mapping)


def _faults_aside(value: dict[str, Any], mapping: Mapping) -> Iterable[tuple[str, str, str]]:
    """Yield what is wrong with the columns that are no text of a turn."""
    for column in mapping.of("weight"):
        found = value.get(column)
        weighs = isinstance(found, int | float | str) and found in _WEIGHTS
        if found not in (None, "") and not weighs:
            yield "schema", column, "is neither 0 nor 1"
    for role in _ASIDE:
        for column in mapping.of(role):
            if isinstance(value.get(column), dict | list):
                yield "schema", column, f"is {kind_of(value[column])}, not text"


def _joined(value: dict[str, Any], columns: Sequence[str]) -> str:
    """Return the words of some columns; what is empty adds no line."""
    words = [_words(value.get(column)) for column in columns]
    return _JOIN.join(one for one in words if one)


def _words(value: object) -> str:
    """Return a text as it is, and a number or a yes as it is written in JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def guess_mapping(columns: Sequence[str]) -> dict[str, Role]:
    """Return roles that the names of the columns suggest; a start for a person to change."""
    roles: dict[str, Role] = dict.fromkeys(columns, "unused")
    small = {column.lower(): column for column in columns}
    for role, names in _USUAL.items():
        for name in names:
            column = small.get(name)
            if column is not None and roles[column] == "unused":
                roles[column] = role
                break
    if "label" in small and roles[small["label"]] == "unused":
        roles[small["label"]] = "label"
    return roles


def with_role(roles: Roles[str, Role], column: str, role: Role) -> dict[str, Role]:
    """Return the roles with one changed; a role that only one column can have is taken over."""
    alone = role not in {"system", "user", "unused"}
    left: dict[str, Role] = {
        name: "unused" if alone and played == role else played for name, played in roles.items()
    }
    return left | {column: role}


def mapping_of(roles: Roles[str, Role]) -> Mapping | None:
    """Return the mapping of these roles, None while no column answers."""
    return Mapping(columns=dict(roles)) if "assistant" in roles.values() else None


def mapping_from_words(words: Sequence[str], columns: Sequence[str]) -> Mapping:
    """Return what `column=role` words say about a file of these columns."""
    roles: dict[str, str] = dict.fromkeys(columns, "unused")
    for word in words:
        column, sign, role = word.rpartition("=")
        if not sign or column not in roles:
            known = clip(", ".join(map(visible, columns)), 200)
            raise DataError(
                what=f"--map {visible(clip(word, 80))} names no column of the file.",
                why=f"Its columns are: {known}.",
                remedy="Write column=role, as in --map question=user --map answer=assistant.",
            )
        if role not in ROLES:
            raise DataError(
                what=f"--map {visible(clip(word, 80))}: {visible(clip(role, 40))!r} is no role.",
                why="A role says what a column is to the conversation.",
                remedy=f"Use one of: {', '.join(ROLES)}.",
            )
        roles[column] = role
    return build(Mapping, {"columns": roles}, where="--map", error=DataError)


def read_mapping(path: Path) -> Mapping:
    """Return the mapping in a file, or say which field of it is wrong."""
    return build(Mapping, read_toml(path, error=DataError), where=str(path), error=DataError)


def _path_for(folder: Path, columns: Iterable[str]) -> Path:
    """Return where the mapping for a set of columns is kept."""
    names = json.dumps(sorted(columns)).encode("utf-8", "surrogatepass")
    return folder / f"{hashlib.sha256(names).hexdigest()[:12]}.toml"


def remembered_mapping(folder: Path, columns: Iterable[str]) -> Mapping | None:
    """Return the mapping chosen before for this set of columns, None where there is none."""
    path = _path_for(folder, columns)
    return read_mapping(path) if path.exists() else None


def remember_mapping(folder: Path, mapping: Mapping) -> Path:
    """Keep a mapping for its set of columns and return its file."""
    path = _path_for(folder, mapping.columns)
    try:
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    except OSError as error:
        raise storage_error(error, folder, doing="keep the mapping") from error
    replace_file(path, mapping.toml().encode())
    return path


def preview(value: object, mapping: Mapping) -> Conversation | list[tuple[str, str, str]]:
    """Return a row as it would be read, or why it would not be."""
    row = mapped_row(value, mapping)
    if isinstance(row, list):
        return row
    shape = shape_of(row)
    if shape is None:
        return Conversation([Turn(turn, "") for turn in row.get("messages", ())])
    return shape.read(row)
