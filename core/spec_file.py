"""Reads the files people edit into pydantic models; every complaint names file, field and fix."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import TuningforkError
from core.storage import storage_error
from core.text_safety import clip, visible

_SHOWN = 120


class Spec(BaseModel):
    """What every model of an edited file has in common: closed, frozen, documented by field."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


Model = TypeVar("Model", bound=Spec)


def read_toml(path: Path, *, error: type[TuningforkError]) -> dict[str, Any]:
    """Return the values of a TOML file, or raise `error` with the line that is wrong."""
    shown = visible(str(path))
    try:
        return tomllib.loads(path.read_bytes().decode())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as missing:
        raise error(
            what=f"There is no file {shown}.",
            why="The path leads nowhere, or to a folder.",
            remedy="Check the spelling; the path is taken from the folder you are in.",
        ) from missing
    except OSError as refused:
        raise storage_error(refused, path, doing="read the file") from refused
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise error(
            what=f"{shown} cannot be read.",
            why=f"It is not valid TOML: {visible(str(broken))}.",
            remedy="Mend that line; text values stand in double quotes.",
        ) from broken


def build(
    model: type[Model], values: Mapping[str, Any], *, where: str, error: type[TuningforkError]
) -> Model:
    """Return the model, or raise `error` naming each field of `where` that does not fit."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as invalid:
        faults = invalid.errors(include_url=False)
        first = faults[0]
        field = ".".join(str(part) for part in first["loc"]) or "the file"
        more = f" ({len(faults) - 1} more fields are wrong too.)" if len(faults) > 1 else ""
        raise error(
            what=f"{visible(where)}: {visible(clip(field, _SHOWN))} {_complaint(dict(first))}.",
            why=f"{_meaning(model, first['loc'])}{more}",
            remedy=_fix(model, dict(first)),
        ) from invalid


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
        choices = (field.annotation, *get_args(field.annotation)) if field else ()
        nested = [one for one in choices if isinstance(one, type) and issubclass(one, BaseModel)]
        if not nested:
            return model
        model = nested[0]
    return model


def _meaning(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Return the sentence under the field, which says what it is for."""
    owner = _model_at(model, loc)
    field = owner.model_fields.get(str(loc[-1])) if loc else None
    if field is not None and field.description:
        return field.description.replace("\n", " ")
    return f"Known fields here: {', '.join(owner.model_fields)}."


def _fix(model: type[BaseModel], fault: dict[str, Any]) -> str:
    """Return what to write instead."""
    if fault["type"] == "extra_forbidden":
        known = ", ".join(_model_at(model, fault["loc"]).model_fields)
        return f"Remove it, or use one of: {known}."
    if fault["type"] == "missing":
        return "Add the field."
    return f"{visible(clip(fault['msg'].removeprefix('Value error, '), 300))}."
