"""What a hosted run was told to do, as its job's record keeps it; never a key."""

from datetime import date
from decimal import Decimal
from hashlib import blake2b
from json import dumps
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from core.contenders.endpoint import is_loopback
from core.spec_file import Spec

Method = Literal["supervised", "dpo", "reinforcement"]
METHODS: tuple[str, ...] = get_args(Method)
PartName = Literal["train", "validation"]
"""The holdout is no part: nothing here can name it."""


class PartSeen(Spec):
    """A file of rows as it was when somebody confirmed that it may leave."""

    rows: int = Field(ge=0)
    """Rows in it."""
    bytes: int = Field(ge=0)
    """Its size."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of its bytes; a file with another hash is not sent."""


class PriceSeen(Spec):
    """What the training was said to cost when somebody confirmed it."""

    tokens: int | None = None
    """Training tokens over all epochs; None where nobody counted them."""
    epochs: float | None = None
    """Epochs that were assumed."""
    low: Decimal | None = None
    """Least amount; None where no price is known."""
    high: Decimal | None = None
    """Largest amount."""
    per_million: Decimal | None = None
    """Price of a million training tokens, for what is billed in the end; None where unknown."""
    currency: str = "USD"
    """ISO 4217."""
    basis: Literal["service", "price_file", "none"] = "none"
    """Who gave the price."""
    source: str = ""
    """Where it was read, as it was shown."""
    as_of: str = ""
    """When the source said so, as it was shown."""


class HostedSpec(Spec):
    """One training at a service."""

    provider: str = Field(min_length=1, max_length=40)
    """Name in `core.hosted.kinds`."""
    base_url: str = Field(min_length=1, max_length=400)
    """Where requests go; shown before anything is sent, never taken from the environment."""
    organization: str | None = Field(default=None, max_length=120)
    """Which of the account's organisations pays; None for the key's own."""
    project: str | None = Field(default=None, max_length=120)
    """Which project; None for the key's own."""
    region: str | None = Field(default=None, max_length=60, pattern=r"^[a-z0-9-]+$")
    """Where it is trained, for services that ask."""
    bucket: str | None = Field(
        default=None, max_length=300, pattern=r"^(gs://)?[a-z0-9][a-z0-9._-]+[a-z0-9](/[^?#]*)?$"
    )
    """Where files are put, for services that take them from storage of one's own."""
    key: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,79}$")
    """Name of the environment variable of the key; never the key. None where none is needed."""
    model: str = Field(min_length=1, max_length=200)
    """What the service calls the base model."""
    method: Method = "supervised"
    """How it is trained."""
    hyperparameters: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """By the service's own names; what is not named is left to the service."""
    split: str
    """Name or path of the split; its holdout is compared with and never sent."""
    seed: int = Field(default=17, ge=0, le=2**31 - 1)
    """Seed the service is given, where it takes one."""
    suffix: str = Field(default="", max_length=64)
    """What is added to the name of the tuned model."""
    parts: dict[PartName, PartSeen] = Field(min_length=1)
    """The files that may leave, as they were confirmed."""
    price: PriceSeen = PriceSeen()
    """The price line that was confirmed."""
    model_ends: date | None = None
    """Last day of the model and of all that is tuned from it; None where none is known."""
    keep_files: bool = True
    """Whether the uploaded files stay at the service when the run ends."""
    again: str = Field(default="", max_length=300)
    """Why the same training is paid for once more; empty unless somebody said so."""

    @model_validator(mode="after")
    def _check(self) -> "HostedSpec":
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("base_url must begin with https://")
        if parts.scheme == "http" and not self.stays_here:
            raise ValueError("plain http is for a server on this machine only; use https://")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("base_url must hold no user, query or fragment")
        if "train" not in self.parts:
            raise ValueError("parts must name train")
        return self

    @property
    def origin(self) -> str:
        """Return where the rows go: the address without its path."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def stays_here(self) -> bool:
        """Return whether the service is this very machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def fingerprint(self) -> str:
        """Return a hash of the training and of who pays: equal ones are the same training."""
        said = {
            "provider": self.provider,
            "origin": self.origin,
            "account": [self.organization, self.project],
            "model": self.model,
            "method": self.method,
            "hyperparameters": self.hyperparameters,
            "seed": self.seed,
            "parts": {name: part.sha256 for name, part in self.parts.items()},
        }
        content = dumps(said, sort_keys=True, separators=(",", ":")).encode()
        return blake2b(content, digest_size=12).hexdigest()
