"""`tuningfork inspect`: profile a file of rows and list what is wrong with it."""

import json
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.data.asked import Asked
from core.data.checking import ROWS_SHOWN
from core.data.formats import Vote
from core.data.profile import inspect_file
from core.data.staging.profiled import about_original, moved, places, source_json
from core.text_safety import visible
from tui.commands.rows_file import hint, opened
from tui.plain import profile_lines

if TYPE_CHECKING:
    from core.data.profile import Profile
    from core.data.staging.source import Source

FINDINGS = 1
UNUSABLE = 2
_PLACES_SHOWN = 8


def run(arguments: Namespace) -> int:
    """Print the profile; exit 0 when clean, 1 with findings at the level, 2 when unusable."""
    source, seen = opened(arguments)
    profile = about_original(inspect_file(source.jsonl, _asked(arguments)), source, seen)
    if arguments.json:
        print(json.dumps(_as_json(profile, source, seen), ensure_ascii=False))
    else:
        for line in profile_lines(profile, profile.not_scanned):
            print(line)
        for line in _source_lines(profile, source, seen):
            print(line)
    if not profile.valid_rows:
        return UNUSABLE
    return FINDINGS if profile.at_or_above(arguments.fail_on) else 0


def _asked(arguments: Namespace) -> Asked:
    """Return what the person wants to know beyond the usual."""
    return Asked(
        context=arguments.context,
        provider=arguments.provider,
        against=arguments.against,
        epochs=arguments.epochs,
    )


def _as_json(profile: "Profile", source: "Source", seen: Vote) -> dict[str, object]:
    """Return the contract, with where each row of a finding stands in the original."""
    value = profile.as_json() | {"read_as": source_json(source, seen)}
    findings = [
        finding.as_json() | {"places": places(source, finding.rows[:ROWS_SHOWN])}
        for finding in profile.findings
    ]
    return value | {"findings": findings}


def _source_lines(profile: "Profile", source: "Source", seen: Vote) -> Iterator[str]:
    """Yield what the file was taken for, and where the rows with findings stand in it."""
    shape = seen.shape.id if seen.shape else "unknown"
    sure = f" ({seen.confidence:.0%} of the first rows)" if seen.shape else ""
    yield f"read as: {source.kind}, {shape} rows{sure}"
    if source.mapping is not None:
        yield f"roles: {visible(' '.join(source.mapping.words))}"
    if words := hint(seen):
        yield words
    named = {row for finding in profile.findings for row in finding.rows[:_PLACES_SHOWN]}
    elsewhere = [f"row {row} is {visible(words)}" for row, words in moved(source, sorted(named))]
    if elsewhere:
        more = ", ..." if len(elsewhere) > _PLACES_SHOWN else ""
        yield f"in the file: {', '.join(elsewhere[:_PLACES_SHOWN])}{more}"
