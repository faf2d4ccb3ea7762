"""What a rule and a token family are; each brings proof of what it finds and leaves."""

from collections.abc import Callable
from dataclasses import dataclass

from core.data.detect.spans import Group, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of span, in words, with texts that prove it."""

    kind: str
    """Short name, stable: it stands in journals."""
    group: Group
    """Whether it opens a door or names a person."""
    severity: Severity
    """The worst severity it gives."""
    title: str
    """What it finds and what convinces it, for people."""
    finds: tuple[str, ...]
    """Texts with exactly one span of this kind."""
    leaves: tuple[str, ...]
    """Texts that look alike and hold none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Tokens of one issuer, known by how they begin."""

    rule: Rule
    """The words and the proofs."""
    lead: bytes
    """Pattern of the rare beginning that all tokens share, tried on long runs only."""
    shape: bytes
    """Pattern of the whole token from the lead on."""
    proof: Callable[[bytes], bool] | None = None
    """A checksum or structure the whole token must have; None when the issuer publishes none."""
    test_mark: bytes | None = None
    """Bytes that mark a token of a test account, which is no blocker."""


def token(
    kind: str,
    title: str,
    *,
    lead: bytes,
    shape: bytes,
    finds: tuple[str, ...],
    leaves: tuple[str, ...],
    proof: Callable[[bytes], bool] | None = None,
    test_mark: bytes | None = None,
) -> Family:
    """Return a family of secrets that block unless they belong to a test account."""
    rule = Rule(
        kind=kind, group="secret", severity="blocker", title=title, finds=finds, leaves=leaves
    )
    return Family(rule=rule, lead=lead, shape=shape, proof=proof, test_mark=test_mark)
