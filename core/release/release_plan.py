"""What a release is: who answers which share of the traffic, what is kept, and the way back."""

import hashlib
import re
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from core.contenders.endpoint import is_loopback
from core.data.formats import canonical
from core.spec_file import Spec

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What a release, and an arm of one, may be called."""
WHOLE = 10_000
"""All of the traffic, in hundredths of a percent: shares are counted in these."""

Kept = Literal["full", "redacted", "hashes", "nothing"]
TEXTS = frozenset[Kept]({"full", "redacted"})
"""What must be kept so that anybody can read it again."""
Reviewed = Literal["none", "sample", "hold"]


class Shot(Spec):
    """One solved example that is shown before the question."""

    question: str = Field(min_length=1)
    """What the user says."""
    answer: str = Field(min_length=1)
    """What the assistant answers."""


class Arm(Spec):
    """A contender that is released: where its answers come from, and what is put around them."""

    share: float = Field(default=0.0, ge=0, le=100)
    """Percent of the users who get this arm, in hundredths at the finest."""
    run: str = ""
    """Id of a training run: its model answers, tuned, on this machine."""
    tuned: bool = True
    """Whether a `run` answers with what was tuned; false is the base model under its template."""
    model: str = ""
    """Base model on this machine: a folder, `embedded`, or a Hub id."""
    revision: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    """Commit of a Hub model."""
    adapter: str = ""
    """Absolute path of an exported adapter, or of a merged model, that `model` answers with."""
    endpoint: str = ""
    """Name of a server in endpoints.toml: vLLM, Ollama, or a hosted provider."""
    prompt: str = ""
    """System prompt that stands in the place of the request's own; "" leaves that one."""
    shots: tuple[Shot, ...] = ()
    """Solved examples that are shown before every question."""
    documents: str = ""
    """Absolute path of the texts that passages are looked up in; "" for none."""
    documents_sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Hash of those texts when the release was made; other texts are never answered from."""
    max_tokens: int = Field(default=128, ge=1, le=131_072)
    """Longest answer in tokens; a request may ask for less and never for more."""

    @field_validator("share")
    @classmethod
    def _countable(cls, value: float) -> float:
        return _in_hundredths(value)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        named = [one for one in ("run", "model", "endpoint") if getattr(self, one)]
        if len(named) != 1:
            raise ValueError("name exactly one of run, model and endpoint")
        if self.adapter and not self.model:
            raise ValueError("an adapter needs the model it was tuned from, as model")
        return self

    @property
    def hundredths(self) -> int:
        """Return the share in hundredths of a percent."""
        return round(self.share * 100)


class LogPolicy(Spec):
    """What is kept of requests and answers, and for how long."""

    keep: Kept = "redacted"
    """`full` text, text `redacted` of secrets and personal data, `hashes` only, or `nothing`."""
    days: float = Field(default=30.0, gt=0, le=3650)
    """After so many days no byte of an entry is left in any file of the release."""
    most_mb: int = Field(default=512, ge=1, le=1_000_000)
    """Size that the log never outgrows; the oldest entries go first."""


class ReviewPolicy(Spec):
    """Which answers people look at, before or after they go out."""

    mode: Reviewed = "none"
    """`none`, `sample` a share of what went out, or `hold` every answer until a person decided."""
    share: float = Field(default=0.0, ge=0, le=100)
    """Percent of the answers that are sampled, in hundredths at the finest."""
    wait_seconds: float = Field(default=0.0, ge=0, le=600)
    """So long a request waits for the decision; then its client is told where to ask again."""
    undo_seconds: float = Field(default=10.0, ge=0, le=600)
    """A decision goes out after so long, until when its reviewer can take it back."""

    @field_validator("share")
    @classmethod
    def _countable(cls, value: float) -> float:
        return _in_hundredths(value)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mode == "sample" and not self.share:
            raise ValueError("a sample needs a share above 0: write share = 5 for 5 percent")
        if self.mode != "sample" and self.share:
            raise ValueError('a share belongs to mode = "sample"')
        return self


class Guardrail(Spec):
    """When a release goes back by itself."""

    on: bool = True
    """Whether evidence of harm rolls the release back without a person."""
    bearable: float = Field(default=1.0, ge=1, le=10)
    """So many times the harmed users of the rollback target are still borne."""
    evidence: float = Field(default=20.0, ge=2, le=1e6)
    """The wager against "not worse" must have grown to this: wrong at most once in as many."""


class Listening(Spec):
    """Where the gateway listens, and who may ask it."""

    host: str = "127.0.0.1"
    """Address; anything but this machine needs a token."""
    port: int = Field(default=8642, ge=0, le=65_535)
    """0 takes a free one."""
    token: str = ""
    """Name of the environment variable with the token that callers send; never the token."""
    most_kb: int = Field(default=1024, ge=1, le=65_536)
    """Largest request body."""
    request_seconds: float = Field(default=20.0, gt=0, le=600)
    """A request that is not whole by then is refused."""
    answer_seconds: float = Field(default=120.0, gt=0, le=3600)
    """Longest time for one answer, all arms that are tried for it included."""

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if not is_loopback(self.host) and not self.token:
            raise ValueError("an address that others can reach needs a token: name its variable")
        return self


class ReleasePlan(Spec):
    """A deployed set of contenders with its rollback; one `release.toml`."""

    name: str = Field(pattern=rf"^{NAME.pattern}$")
    """What the release is called; clients ask for it as their model."""
    arm: dict[str, Arm] = Field(min_length=1, max_length=16)
    """Who may answer, by name."""
    rollback: str
    """The arm that everything goes to when the release is rolled back."""
    fallback: tuple[str, ...] = ()
    """Arms that are tried in this order when one fails; the rollback target is always the last."""
    salt: str = Field(default="1", min_length=1, max_length=80)
    """Drawn into which user gets which arm; another salt deals anew."""
    log: LogPolicy = LogPolicy()
    """What is kept."""
    review: ReviewPolicy = ReviewPolicy()
    """Which answers people review."""
    guardrail: Guardrail = Guardrail()
    """When it goes back by itself."""
    listen: Listening = Listening()
    """Where it listens."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for name in self.arm:
            if not NAME.fullmatch(name):
                raise ValueError("names of arms have small letters, digits, - and _")
        for name in (self.rollback, *self.fallback):
            if name not in self.arm:
                raise ValueError(f"there is no arm named {name[:40]!r}; write [arm.NAME]")
        if sum(one.hundredths for one in self.arm.values()) != WHOLE:
            raise ValueError("the shares of the arms must add up to 100")
        if self.review.mode != "none" and self.log.keep not in TEXTS:
            raise ValueError(
                f'nobody can review what is not kept: log.keep is "{self.log.keep}"; write '
                '"redacted" or "full" there, or review.mode = "none"'
            )
        return self

    @property
    def identity(self) -> str:
        """Return the content hash of all that an answer depends on: the arms and their order."""
        content = {
            "arm": {name: one.model_dump(mode="json") for name, one in self.arm.items()},
            "rollback": self.rollback,
            "fallback": list(self.fallback),
            "salt": self.salt,
        }
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    @property
    def content_hash(self) -> str:
        """Return the hash of the whole plan, every policy included."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()

    def order(self, first: str) -> tuple[str, ...]:
        """Return who is asked in turn when `first` was dealt: itself, then who stands in."""
        return tuple(dict.fromkeys((first, *self.fallback, self.rollback)))


def _in_hundredths(value: float) -> float:
    """Return a percentage that can be counted, or refuse it."""
    if abs(value * 100 - round(value * 100)) > 1e-6:
        raise ValueError("write a percentage with two decimals at most")
    return value
