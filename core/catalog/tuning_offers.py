"""Models to start from and services that tune, from files that name the source and the day."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from core.errors import DecisionError
from core.spec_file import Spec, build, read_toml

_HERE = Path(__file__).parent
_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$"


class TunableModel(Spec):
    """A base model."""

    name: str
    """Its id on the Hub."""
    license: str
    """What binds whoever tunes it and uses the result."""
    as_of: str = Field(pattern=_DAY)
    """When its page said so."""
    source: str
    """Its page."""
    settings: dict[str, int | bool]
    """The measures in its settings file, by the names they have there."""


class Closing(Spec):
    """A day from which a service turns some people away."""

    since: date
    """First day of it."""
    who: Literal["never_tuned", "idle", "everybody"]
    """Those who never tuned there, those who use no tuned model, or all."""
    why: str = Field(max_length=200)
    """What is said to whom it concerns."""


class Service(Spec):
    """Somebody who tunes for others."""

    name: str
    """As people call it."""
    takes_new_customers: Literal["yes", "no", "unknown"]
    """Whether somebody who never tuned there can start."""
    last_job: date | None = None
    """Last day on which anybody can start a job; unset where no end is known."""
    note: str = Field(max_length=300)
    """What to know before choosing it."""
    tunes_end: date | None = None
    """Day on which what is tuned there stops answering; unset where none is announced."""
    closing: tuple[Closing, ...] = ()
    """The days of its end, oldest first; empty for a service that goes on."""
    keeps: str = Field(default="", max_length=300)
    """What becomes of the tuned model: where it answers, and whether its weights can be fetched."""
    as_of: str = Field(pattern=_DAY)
    """When the newest source said so."""
    read: date
    """When the sources were last read."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Where it was read."""

    def open_to_new(self, today: date) -> bool:
        """Whether a new customer can be expected to start today."""
        ended = self.last_job is not None and self.last_job < today
        return self.takes_new_customers == "yes" and not ended

    def words(self, today: date) -> str:
        """Return whether one can start there, until when, and when that was read."""
        if self.last_job is not None and self.last_job < today:
            start = f"closed, last job {self.last_job.isoformat()}"
        else:
            start = {
                "yes": "takes new customers",
                "no": "takes no new customers",
                "unknown": "not known whether it takes new customers",
            }[self.takes_new_customers]
            if self.last_job is not None:
                start += f", last job {self.last_job.isoformat()}"
        if self.tunes_end is not None:
            left = (self.tunes_end - today).days
            ends = f"in {left} days" if left > 0 else "passed"
            start += f", what is tuned there ends {self.tunes_end.isoformat()} ({ends})"
        return f"{self.name}: {start} (of {self.as_of}, read {self.read}). {self.note}"


class _Models(Spec):
    model: tuple[TunableModel, ...]
    """Smallest first."""


class _Services(Spec):
    service: tuple[Service, ...]
    """In the order in which they are told."""


@cache
def tunable_models() -> tuple[TunableModel, ...]:
    """Return the models to start from, smallest first."""
    return build(
        _Models, _read("tunable_models"), where="tunable_models", error=DecisionError
    ).model


@cache
def services() -> tuple[Service, ...]:
    """Return the services that tune for others, closed ones too."""
    return build(_Services, _read("services"), where="services", error=DecisionError).service


def _read(name: str) -> dict[str, object]:
    return read_toml(_HERE / f"{name}.toml", error=DecisionError)
