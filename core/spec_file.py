"""Reads the files people edit into pydantic models; every complaint names file, field and fix."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from core.errors import TuningforkError
from core.storage import storage_error
from core.text_safety import clip, visible

_SHOWN = 120
_LIMITS = {
    "gt": "more than",
    "ge": "at least",
    "lt": "less than",
    "le": "at most",
    "min_length": "characters at least",
    "max_length": "characters at most",
    "pattern": "like",
}
"""How limits on a field are said, by their names in pydantic."""


class Spec(BaseModel):
    """What every model of an edited file has in common: closed, frozen, documented by field."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Model = TypeVar("Model", bound=Spec)


def read_toml(path: Path, *, error: type[TuningforkError]) -> dict[str, Any]:
    """Return the values of a TOML file, or raise `error` with the line that is wrong."""
    shown = visible(str(path))
    content = _read(path, error=error)
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise error(
            what=f"{shown} cannot be read.",
            why=f"It is not valid TOML: {visible(str(broken))}.",
            remedy="Mend that line; text values stand in double quotes.",
        ) from broken


def _read(path: Path, *, error: type[TuningforkError]) -> bytes:
    """Return the bytes of a file that a person named."""
    shown = visible(str(path))
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
        raise error(
            what=f"There is no file {shown}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Check the spelling; the path is taken from the folder you are in.",
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the file") from refused


def read_values(path: Path, *, error: type[TuningforkError]) -> dict[str, Any]:
    """Return the values of a TOML file, or of a YAML file by its ending."""
    if path.suffix.lower() in {".yaml", ".yml"}:
        return _read_yaml(path, error=error)
    return read_toml(path, error=error)


def _read_yaml(path: Path, *, error: type[TuningforkError]) -> dict[str, Any]:
    """Return the values of a YAML file, or raise `error` with the line that is wrong."""
    import yaml

    shown = visible(str(path))
    content = _read(path, error=error)
    try:
        values = yaml.safe_load(content)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as broken:
        mark = getattr(broken, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(broken, "problem", None) or str(broken)
        raise error(
            what=f"{shown} cannot be read.",
            why=f"It is not valid YAML: {line}{visible(clip(problem, _SHOWN))}.",
            remedy="Mend that line; fields of a table are indented by spaces, never by tabs.",
        ) from broken
    if not isinstance(values, dict):
        raise error(
            what=f"{shown} holds no fields.",
            why=f"Its content is {visible(clip(repr(values), _SHOWN))}.",
            remedy="Write one field a line, as `name: value`.",
        )
    return {str(name): value for name, value in values.items()}


def build(
    model: type[Model],
    values: Mapping[str, Any],
    *,
    where: str,
    error: type[TuningforkError],
    elsewhere: Mapping[str, str] | None = None,
) -> Model:
    """Return the model, or raise `error` naming each field of `where` that does not fit.

    `elsewhere` says what other programs call our fields, for fields that are not ours.
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as invalid:
        faults = invalid.errors(include_url=False)
        first = faults[0]
        if isinstance(first["input"], Mapping) and first["type"] == "value_error":
            raise _together(model, dict(first), where, error) from invalid
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        others = ", ".join(".".join(map(str, fault["loc"])) for fault in faults[1:])
        more = f" Wrong too: {visible(clip(others, _SHOWN))}." if others else ""
        raise error(
            what=f"{visible(where)}: {visible(clip(field, _SHOWN))} {_complaint(dict(first))}.",
            why=f"{_meaning(model, first['loc'])}{more}",
            remedy=_fix(model, dict(first), elsewhere or {}),
        ) from invalid


def _together(
    model: type[BaseModel], fault: dict[str, Any], where: str, error: type[TuningforkError]
) -> TuningforkError:
    """Return the error of fields that are right one by one."""
    table = ".".join(str(part) for part in fault["loc"])
    place = f"{visible(where)}: {visible(clip(table, _SHOWN))}" if table else visible(where)
    why = visible(clip(fault["msg"].removeprefix("Value error, "), 300)).rstrip(".")
    owner = _model_at(model, (*fault["loc"], ""))
    return error(
        what=f"{place}: {why}.",
        why="Each field can be so by itself, but not all of them together.",
        remedy=f"Change one of its fields: {', '.join(owner.model_fields)}.",
    )


def _complaint(fault: dict[str, Any]) -> str:
    """Return what is wrong with one field, in words that follow its name."""
    if fault["type"] == "extra_forbidden":
        return "is not a field"
    if fault["type"] == "missing":
        return "is missing"
    return f"is {visible(clip(repr(fault['input']), _SHOWN))}"


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the model that holds the last name of a location."""
    for part in loc[:-1]:
        field = model.model_fields.get(str(part))
        inner = model_inside(field.annotation) if field else None
        if inner is None:
            return model
        model = inner
    return model


def _meaning(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Return the sentence under the field, which says what it is for."""
    owner = _model_at(model, loc)
    field = owner.model_fields.get(str(loc[-1])) if loc else None
    if field is not None and field.description:
        return field.description.replace("\n", " ")
    return f"Known fields here: {', '.join(owner.model_fields)}."


def _fix(model: type[BaseModel], fault: dict[str, Any], elsewhere: Mapping[str, str]) -> str:
    """Return what to write instead."""
    owner, loc = _model_at(model, fault["loc"]), fault["loc"]
    if fault["type"] == "extra_forbidden":
        near = _nearest(model, loc, elsewhere)
        meant = f"Did you mean {near}? " if near else ""
        return f"{meant}Remove it, or use one of: {', '.join(owner.model_fields)}."
    if fault["type"] == "missing":
        return "Add the field."
    said = visible(clip(fault["msg"].removeprefix("Value error, "), 300)).rstrip(".")
    said = said.replace("Input should", "It should").replace(
        "a valid tuple", "a list, as in [1, 2]"
    )
    field = owner.model_fields.get(str(loc[-1])) if loc else None
    default = None if field is None or field.is_required() else field.default
    instead = f" Left out, it is {default!r}." if isinstance(default, str | int | float) else ""
    return f"{said}.{instead}"


def _nearest(
    model: type[BaseModel], loc: tuple[int | str, ...], elsewhere: Mapping[str, str]
) -> str | None:
    """Return the field that somebody who wrote this name most likely meant."""
    last = str(loc[-1])
    if last in elsewhere:
        return elsewhere[last]
    names = list(_names(model, ""))
    short: dict[str, str] = {}
    for name in names:
        short.setdefault(name.rpartition(".")[2], name)
    beside = [str(part) for part in loc[:-1]]
    for known in _model_at(model, loc).model_fields:
        short[known] = ".".join([*beside, known])
    close = get_close_matches(last, short, n=1, cutoff=0.6)
    if close:
        return short[close[0]]
    whole = get_close_matches(".".join(map(str, loc)), names, n=1, cutoff=0.6)
    return whole[0] if whole else None


def _names(model: type[BaseModel], before: str) -> Iterator[str]:
    """Yield the dotted names of every field that holds a value."""
    for name, field in model.model_fields.items():
        inner = model_inside(field.annotation)
        if inner is None:
            yield f"{before}{name}"
        else:
            yield from _names(inner, f"{before}{name}.")


def model_inside(annotation: Any) -> type[BaseModel] | None:
    """Return the model that a field holds, or may hold; None for a plain value."""
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def allowed_values(field: FieldInfo) -> str:
    """Return what a field may hold, in words."""
    words = _kind(field.annotation)
    for limit in field.metadata:
        for name, sign in _LIMITS.items():
            bound = getattr(limit, name, None)
            if bound is not None:
                words += f", {sign} {bound}"
    return words


def _kind(annotation: Any) -> str:
    """Return a type in words."""
    if get_origin(annotation) is Literal:
        return " | ".join(map(repr, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"{{{', '.join(annotation.model_fields)}}}"
    inner = [one for one in get_args(annotation) if one not in {type(None), Ellipsis}]
    if get_origin(annotation) is tuple:
        return f"list of {_kind(inner[0])}"
    if inner:
        return " | ".join(map(_kind, inner))
    return {str: "text", int: "whole number", float: "number", bool: "true | false"}.get(
        annotation, str(annotation)
    )
