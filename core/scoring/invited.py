"""Contenders from outside: endpoints of the workspace, and files of answers made elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from core.contenders.endpoint import EndpointSpec, choose_endpoints, key_of
from core.errors import DataError, UsageError
from core.scoring.answered_items import items_of_file
from core.spec_file import Spec
from core.text_safety import clip, visible
from core.workspace import Workspace


class Invited(Spec):
    """Who answers besides the models of this machine."""

    endpoints: dict[str, EndpointSpec] = Field(default_factory=dict)
    """Servers by name, as the workspace's endpoints.toml said when the job was launched."""
    files: dict[str, str] = Field(default_factory=dict)
    """Absolute paths of files of answers, by the contender's name."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the variables that hold keys."""
        return tuple(sorted({one.key for one in self.endpoints.values() if one.key}))

    def leaving(self, rows: int) -> list[str]:
        """Return a line for every server on another machine: how many rows go where."""
        return [
            f"{rows:,} prompts go to {visible(one.origin)} (endpoint {name}, model "
            f"{clip(visible(one.model), 80)})"
            for name, one in self.endpoints.items()
            if not one.stays_here
        ]


def invite(
    workspace: Workspace,
    endpoints: Sequence[str],
    files: Sequence[str],
    environment: Mapping[str, str],
    *,
    taken: Collection[str] = (),
) -> Invited:
    """Return who was named on a command line, each known to be there with its key.

    `taken` are the names of those who answer anyway.
    """
    chosen = choose_endpoints(workspace, endpoints)
    for name, spec in chosen.items():
        key_of(name, spec, environment)
    named: dict[str, str] = {}
    for one in files:
        name, _, path = one.partition("=")
        if not path or not name or name in {*chosen, *named, *taken}:
            raise UsageError(
                what=f"{clip(visible(one), 120)} is no contender with a file of answers.",
                why="A name, = and a path are needed, and a name that nobody else has.",
                remedy="Write it as in vendor=answers.jsonl.",
            )
        named[name] = str(Path(path).absolute())
        answers_of(Path(path), name)
    return Invited(endpoints=chosen, files=named)


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
