"""Exact token counts of what would leave, by whoever counts as the service does; kept in a cache.

A child process counts, because tokenizers are heavy and a file may be large.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from core.catalog.hosted_models import HostedModel
from core.hosted.kinds import Kind
from core.hosted.part_files import Leaving
from core.hosted.spec import Method, PartName
from core.jobs.asked_child import Asked, AskedChild, OnPhase
from core.storage import replace_file
from core.text_safety import clip, visible
from core.workspace import Workspace, user_source_cache

COMMAND = (sys.executable, "-P", "-m", "core.hosted.count_child")
"""The child; it alone imports the tokenizers' libraries."""
_RULES = 1
"""Rises whenever a row would be counted in another way."""


class Counter(NamedTuple):
    """Who counts the tokens of a base model as its service does."""

    library: Literal["tiktoken", "transformers"]
    name: str
    """An encoding, or a model on the Hub or in a folder; empty for what the library knows."""
    model: str
    """What the service calls the base model."""

    @property
    def installed(self) -> bool:
        """Return whether the library is here, without importing it."""
        return find_spec(self.library) is not None

    @property
    def words(self) -> str:
        """Return what would count, safe to show."""
        named = f" with {clip(visible(self.name), 80)}" if self.name else ""
        return f"{self.library}{named}"


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted."""

    by: str
    """The encoding or the model's tokenizer; safe to show."""
    tokens: dict[PartName, tuple[int, int]]
    """By part: the tokens of one pass, and of its longest row."""
    uncounted: int = 0
    """Rows that no published rule covers; with any, the sums are not those of the bill."""


def counter_of(
    kind: Kind, model_id: str, model: HostedModel | None, *, method: Method, named: str = ""
) -> Counter | None:
    """Return who counts; None where nobody is known. `named` is a tokenizer of the person's own."""
    if method != "supervised":
        return None  # no service publishes how it counts both answers of a pair
    if named:
        return Counter("transformers", named, model_id)
    known = model.tokenizer if model is not None and model.tokenizer else ""
    match kind.counts:
        case "tiktoken":
            return Counter("tiktoken", known, model_id)
        case "transformers" if known:
            return Counter("transformers", known, model_id)
        case "own-name":
            return Counter("transformers", known or model_id, model_id)
        case _:
            return None


def counts_of(workspace: Workspace, counter: Counter, leaving: Leaving) -> Counts | None:
    """Return what was counted of just these bytes before; None for nothing."""
    try:
        return msgspec.json.decode(_file(workspace, counter, leaving).read_bytes(), type=Counts)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None  # a cache may be deleted, or broken, at any time


@dataclass
class Counting:
    """One wish for the tokens of what would leave; made in a thread, cancelled from another."""

    workspace: Workspace
    counter: Counter
    leaving: Leaving
    environment: Mapping[str, str]

    def __post_init__(self) -> None:
        self._child = AskedChild(self.environment)

    def count(self, on_phase: OnPhase, *, fetch: bool = False) -> Counts | None:
        """Return the counts; None when it was cancelled. Only `fetch` may use the network."""
        head = {
            "library": self.counter.library,
            "name": self.counter.name,
            "model": self.counter.model,
            "fetch": fetch,
            "cache": str(user_source_cache(self.environment).with_name("encodings")),
        }
        asked = Asked(
            command=COMMAND,
            content=b"".join(_content(head, self.leaving)),
            folder=self.workspace.root,
            doing="Counting the tokens",
            remedy="The cost stays a range from the bytes; the training can be started all the"
            " same.",
        )
        last = self._child.answer(asked, on_phase)
        if last is None:
            return None
        found = msgspec.convert(last, Counts)
        path = _file(self.workspace, self.counter, self.leaving)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(found))
        return found

    def cancel(self) -> None:
        """End the child, if there is one; `count` returns None soon."""
        self._child.cancel()


def _content(head: Mapping[str, object], leaving: Leaving) -> Iterable[bytes]:
    """Yield what the child reads."""
    yield json.dumps(head).encode() + b"\n"
    for one in leaving.files:
        yield json.dumps({"part": one.name, "rows": len(one.examples)}).encode() + b"\n"
        yield one.content


def _file(workspace: Workspace, counter: Counter, leaving: Leaving) -> Path:
    """Return where the counts of just these bytes lie."""
    said: Sequence[object] = (
        _RULES,
        *counter,
        *((one.name, one.seen.sha256) for one in leaving.files),
    )
    key = hashlib.blake2b(json.dumps(said).encode(), digest_size=16).hexdigest()
    return workspace.count_cache / f"{key}.json"
