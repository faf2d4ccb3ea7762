"""What is known of exported weights, and what is added to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Render: TypeAlias = Callable[[Sequence[dict[str, Any]]], str]
"""Writes turns as the model sees them, with the opening of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """Exported weights, as a server needs to know them."""

    name: str
    """What the model is called when it is served: small letters, digits and dashes."""
    adapter: bool
    """Whether the weights are an adapter, which needs its base beside it."""
    base: str
    """Folder or Hub name of the base model."""
    revision: str | None
    """Commit of the Hub name; None for a folder."""
    rank: int
    """Rank of the adapter; 0 for whole weights."""
    context: int
    """Tokens that prompt and answer may have together."""
    template: str
    """The chat template, in Jinja."""
    render: Render
    """The chat template at work."""
    stop: tuple[str, ...]
    """Texts of the tokens that end an answer."""
    bos: str
    """Text of the token that opens a text; "" where the tokenizer has none."""
    adds_bos: bool
    """Whether the tokenizer puts that token first by itself."""
    prompts: tuple[tuple[dict[str, Any], ...], ...] = ()
    """Turns of some validation rows before their last answer, to try things on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dressing:
    """What comes to the weights."""

    files: Mapping[str, str]
    """Texts by name."""
    serve: str
    """The command that serves the export, given inside its folder."""
    notes: tuple[str, ...] = ()
    """What a person must know, one sentence each; safe to show."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was checked, for the manifest."""
