"""Base models that services tune and when each ends, from a file that names source and day."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.errors import DecisionError
from core.spec_file import Spec, build, read_toml

_FILE = Path(__file__).with_name("hosted_models.toml")


class HostedModel(Spec):
    """A base model at a service."""

    service: str
    """Who tunes it, as in the file of services."""
    id: str
    """What the service calls it."""
    context: int | None = Field(default=None, gt=0)
    """Tokens of the longest row; unset where unknown."""
    ends: date | None = None
    """Day on which it and all that is tuned from it stop answering; unset where none is known."""
    methods: tuple[Literal["supervised", "dpo", "reinforcement"], ...] = ("supervised",)
    """Ways in which it can be trained."""
    tokenizer: str | None = None
    """What counts its tokens: an encoding of tiktoken, or a model on the Hub; unset for unknown."""
    price: str | None = None
    """Item in the price files that says what its training costs; unset where none is known."""
    as_of: str = Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$")
    """When the source said so."""
    read: date
    """When the source was last read."""
    source: str
    """Where it was read."""

    def ended(self, today: date) -> bool:
        """Return whether it answers nobody any more."""
        return self.ends is not None and self.ends <= today


class _Models(Spec):
    model: tuple[HostedModel, ...]
    """In the order in which they are offered."""


@cache
def hosted_models() -> tuple[HostedModel, ...]:
    """Return every base model of the file, those that ended too."""
    values = read_toml(_FILE, error=DecisionError)
    return build(_Models, values, where=_FILE.name, error=DecisionError).model


def models_of(service: str) -> tuple[HostedModel, ...]:
    """Return the base models of one service."""
    return tuple(one for one in hosted_models() if one.service == service)


def hosted_model(service: str, model: str) -> HostedModel | None:
    """Return what is known of a model by its id, also without the day at its end; None if nothing.

    Services take `gpt-4o` for the newest `gpt-4o-...`; two dates of one name are not guessed at.
    """
    known = models_of(service)
    exact = [one for one in known if one.id == model]
    if exact:
        return exact[0]
    dated = [one for one in known if one.id[: -len("-2025-04-14")] == model]
    return dated[0] if len(dated) == 1 else None
