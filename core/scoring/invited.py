"""Contenders beside a job's own: servers, models on this machine, and files of answers."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from core.catalog.base_models import EMBEDDED
from core.contenders.asked_for import Asked, Written, read_asked
from core.contenders.endpoint import EndpointSpec, choose_endpoints, key_of
from core.errors import DataError, UsageError
from core.scoring.answered_items import items_of_file
from core.scoring.local_models import LocalSpec, find_model
from core.spec_file import Spec
from core.text_safety import clip, visible
from core.workspace import Workspace

_WITH = {
    "improved_prompt": "the improved prompt",
    "few_shot": "solved examples",
    "retrieval": "passages of documents",
}
"""What goes along with a question, by kind."""


class Invited(Spec):
    """Who answers besides a job's own contenders."""

    endpoints: dict[str, EndpointSpec] = Field(default_factory=dict)
    """Servers by name, as the workspace's endpoints.toml said when the job was launched."""
    models: dict[str, LocalSpec] = Field(default_factory=dict)
    """Models on this machine by name."""
    asked: tuple[Asked, ...] = ()
    """The contenders over them."""
    files: dict[str, str] = Field(default_factory=dict)
    """Absolute paths of files of answers, by the contender's name."""

    @model_validator(mode="before")
    @classmethod
    def _ask_endpoints(cls, values: Any) -> Any:
        """Ask every server as it is where a record says nothing else."""
        if isinstance(values, dict) and "asked" not in values:
            return values | {"asked": [{"model": name} for name in values.get("endpoints", {})]}
        return values

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Refuse a contender over a model that is not there."""
        for one in self.asked:
            if one.model not in {*self.endpoints, *self.models}:
                raise ValueError(f"{one.model} is no server and no model")
        return self

    @property
    def names(self) -> list[str]:
        """Return what the contenders are called, in the order in which they are asked."""
        return [*(one.name for one in self.asked), *self.files]

    @property
    def kinds(self) -> set[str]:
        """Return what is put before questions."""
        return {one.kind for one in self.asked}

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the variables that hold keys."""
        return tuple(sorted(frozenset().union(*(one.variables for one in self.endpoints.values()))))

    def leaving(self, rows: int) -> list[str]:
        """Return a line for every server on another machine: how many prompts go where."""
        return [
            f"{rows * len(kinds):,} prompts go to {visible(one.origin)} (endpoint {name}, model "
            f"{clip(visible(one.model), 80)}){_along(kinds)}"
            for name, one in self.endpoints.items()
            if not one.stays_here and (kinds := self._kinds_over(name))
        ]

    def _kinds_over(self, model: str) -> list[str]:
        return [one.kind for one in self.asked if one.model == model]


def _along(kinds: Sequence[str]) -> str:
    """Return what goes along with the questions."""
    found = [words for kind, words in _WITH.items() if kind in kinds]
    return f", some with {', '.join(found)}" if found else ""


def invite(
    workspace: Workspace,
    words: Sequence[str],
    files: Sequence[str],
    environment: Mapping[str, str],
    *,
    taken: Collection[str] = (),
) -> Invited:
    """Return who was named on a command line, each known to be there with its key.

    `words` are `[KIND@]MODEL[=PLACE]`, `files` are `NAME=FILE`; `taken` are the names of those who
    answer anyway.
    """
    written = [read_asked(word) for word in words]
    models = _models(workspace, written, taken)
    servers = [one.asked.model for one in written if one.asked.model not in models]
    chosen = choose_endpoints(workspace, servers)
    for name, spec in chosen.items():
        key_of(name, spec, environment)
    asked = tuple(dict.fromkeys(one.asked for one in written))
    named: dict[str, str] = {}
    for one in files:
        name, _, path = one.partition("=")
        if not path or not name or name in {*chosen, *models, *named, *taken}:
            raise UsageError(
                what=f"{clip(visible(one), 120)} is no contender with a file of answers.",
                why="A name, = and a path are needed, and a name that nobody else has.",
                remedy="Write it as in vendor=answers.jsonl.",
            )
        named[name] = str(Path(path).absolute())
        answers_of(Path(path), name)
    return Invited(endpoints=chosen, models=models, asked=asked, files=named)


def _models(
    workspace: Workspace, written: Sequence[Written], taken: Collection[str]
) -> dict[str, LocalSpec]:
    """Return the models on this machine that were named, by name."""
    found: dict[str, LocalSpec] = {}
    for asked, where in written:
        if asked.model == EMBEDDED and not where:
            where = EMBEDDED
        if not where:
            continue
        spec = find_model(workspace, where)
        if asked.model in taken or found.setdefault(asked.model, spec) != spec:
            raise UsageError(
                what=f"{asked.model} is the name of two models.",
                why="A name stands for one model, and answers are told apart by it.",
                remedy=f"Call one of them otherwise: NAME={clip(visible(where), 80)}.",
            )
    return found


def answers_of(path: Path, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the answers that a file has for a contender: by item, and by the prompt's words.

    A file with one contender only is taken as this one's, whatever it calls it.
    """
    found = items_of_file(path)
    known = sorted({contender for item in found for contender in item.answers})
    own = known[0] if len(known) == 1 else name
    if own not in known:
        there = ", ".join(visible(clip(one, 40)) for one in known[:10])
        raise DataError(
            what=f"{visible(clip(str(path), 200))} has no answers of {clip(visible(name), 40)}.",
            why=f"Its contenders are: {there}." if known else "It has no line.",
            remedy="Name one of these before the =.",
        )
    given = [(item, item.answers[own]) for item in found if own in item.answers]
    prompts = {item.prompt[0][1].strip(): text for item, text in reversed(given)}
    prompts.pop("", None)
    return {item.id: text for item, text in given}, prompts
