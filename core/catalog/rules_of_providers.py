"""What fine-tuning services refuse, from files that name the source and the day of each rule."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.errors import UsageError
from core.text_safety import clip, visible

Kind = Literal[
    "rows_at_least",
    "rows_at_most",
    "roles",
    "ends_with",
    "alternates",
    "system_first",
    "no_marks",
    "field",
    "types_fixed_after",
]
_FOLDER = Path(__file__).parent / "provider_rules"


class Rule(BaseModel):
    """One reason to refuse a file or a row."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    kind: Kind
    """What is looked at."""
    value: bool | int | str | tuple[str, ...]
    """The bound, the role, the roles, the marks, or the bytes by which types are fixed."""
    source: str
    """The page that says so."""


class ProviderRules(BaseModel):
    """All rules of one service."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    """As people call it."""
    checked: date
    """When somebody last read the sources."""
    rules: tuple[Rule, ...]
    """In the order in which they are told."""


def providers() -> tuple[str, ...]:
    """Return the names that can be asked for."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def rules_of(provider: str) -> ProviderRules:
    """Return the rules of a service; raises for one that is not known."""
    if provider not in providers():
        raise UsageError(
            what=f"There are no rules for {clip(visible(provider), 60)!r}.",
            why=f"Known are {', '.join(providers())}.",
            remedy="Name one of these with --provider.",
        )
    content = tomllib.loads((_FOLDER / f"{provider}.toml").read_text(encoding="utf-8"))
    return ProviderRules.model_validate(content)
