"""The program of a child process that counts the tokens of rows as their service would.

Reads from standard input one line that says who counts, then for every part a line of its name and
its rows, and writes one JSON object a line to standard output. It alone loads a tokenizer. Nothing
is fetched unless it is told to.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import MachineError, TuningforkError
from core.hosted.chat_count import chat_tokens
from core.text_safety import clip, visible

_SAY_EVERY_S = 0.2
_CACHES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")
"""Variables in which a person says where tiktoken keeps its encodings."""
Say = Callable[[dict[str, object]], None]
RowCount = Callable[[Mapping[str, Any]], int | None]


class Sent(NamedTuple):
    """The rows of one part."""

    name: str
    lines: Sequence[bytes]


def main() -> int:
    """Count the rows that standard input holds."""
    # What a library prints must not stand between the lines.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(words: dict[str, object]) -> None:
        output.write(json.dumps(words) + "\n")
        output.flush()

    content = sys.stdin.buffer.read().splitlines()
    asked = json.loads(content[0])
    try:
        say(_counted(asked, list(_parts(content[1:])), say))
    except TuningforkError as error:
        say({"error": error.as_json()})
        return error.exit_code
    except BrokenPipeError:  # whoever asked is gone
        pass
    return 0


def _parts(lines: Sequence[bytes]) -> Iterator[Sent]:
    """Yield the parts: for each a line with its name and its number of rows, then the rows."""
    at = 0
    while at < len(lines):
        head = json.loads(lines[at])
        end = at + 1 + int(head["rows"])
        yield Sent(str(head["part"]), lines[at + 1 : end])
        at = end


def _counted(asked: Mapping[str, Any], parts: Sequence[Sent], say: Say) -> dict[str, object]:
    """Return the tokens of every part, or the number of the rows that no rule covers."""
    say({"phase": "loading the tokenizer"})
    by, count = _counter(asked)
    total = sum(len(part.lines) for part in parts)
    done, due = 0, 0.0
    sums: dict[str, list[int]] = {}
    uncounted = 0
    for part in parts:
        found: list[int] = []
        for line in part.lines:
            tokens = count(json.loads(line))
            done += 1
            if tokens is None:
                uncounted += 1
            else:
                found.append(tokens)
            if time.monotonic() >= due or done == total:
                due = time.monotonic() + _SAY_EVERY_S
                say({"phase": "counting tokens", "done": done, "total": total})
        sums[part.name] = [sum(found), max(found, default=0)]
    return {"by": by, "tokens": sums, "uncounted": uncounted}


def _counter(asked: Mapping[str, Any]) -> tuple[str, RowCount]:
    """Return who counts, in words, and what does."""
    fetch = bool(asked["fetch"])
    if asked["library"] == "tiktoken":
        return _tiktoken(str(asked["name"]), str(asked["model"]), Path(asked["cache"]), fetch=fetch)
    return _transformers(str(asked["name"]), fetch=fetch)


# OpenAI.


class _NotHere(Exception):
    """The library would have to fetch something."""


def _refuse(blobpath: str) -> bytes:
    raise _NotHere(blobpath)


def _tiktoken(name: str, model: str, cache: Path, *, fetch: bool) -> tuple[str, RowCount]:
    """Return the encoding by name, or the one that the library knows for a model."""
    import tiktoken

    if not name:
        try:
            name = tiktoken.encoding_name_for_model(model)
        except KeyError:
            raise MachineError(
                what=f"No encoding of {clip(visible(model), 80)} is known.",
                why="tiktoken has no entry for this model, so its tokens cannot be counted.",
                remedy="Upgrade tiktoken; until then the tokens are a range from the bytes.",
            ) from None
    encoding = _encoding(name, cache, fetch=fetch)
    return name, lambda row: chat_tokens(row, lambda text: len(encoding.encode_ordinary(text)))


def _encoding(name: str, cache: Path, *, fetch: bool) -> Any:
    """Return an encoding: from the folder that the person named, ours, the library's own, or afar.

    The library's own folder is one for temporary files, so what is fetched is put into ours.
    """
    import tiktoken
    from tiktoken import load

    theirs = any(variable in os.environ for variable in _CACHES)
    places = (cache, Path(tempfile.gettempdir()) / "data-gym-cache")
    afar, load.read_file = load.read_file, _refuse  # the library's one way to the network
    for place in (None,) if theirs else places:
        if place is not None:
            os.environ[_CACHES[0]] = str(place)
        try:
            return tiktoken.get_encoding(name)
        except _NotHere:
            continue
        except ValueError as unknown:
            raise _unusable(f"The encoding {visible(name)}", unknown) from unknown
    if not fetch:
        raise _missing(f"The encoding {visible(name)}")
    if not theirs:
        os.environ[_CACHES[0]] = str(cache)
    load.read_file = afar
    try:
        return tiktoken.get_encoding(name)
    except Exception as error:  # whatever its downloads meet: network, proxy, disk, a wrong hash
        raise _unusable(f"The encoding {visible(name)}", error) from error


# Models with open weights.


def _transformers(name: str, *, fetch: bool) -> tuple[str, RowCount]:
    """Return the tokenizer of a model with its own template, from this machine unless told else."""
    if not fetch:
        os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import PreTrainedTokenizerFast  # unlike AutoTokenizer it loads no torch

    shown = f"The tokenizer of {clip(visible(name), 120)}"
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(name, local_files_only=not fetch)
    except (OSError, ValueError) as error:
        if not fetch and not Path(name).is_absolute():
            raise _missing(shown) from error
        raise _unusable(shown, error) from error
    if not getattr(tokenizer, "chat_template", None):
        raise MachineError(
            what=f"{shown} has no chat template.",
            why="Without it nobody can say what a row looks like to the model.",
            remedy="Name the tokenizer of the model's chat version with --tokenizer.",
        )

    def count(row: Mapping[str, Any]) -> int | None:
        turns = row.get("messages")
        if not isinstance(turns, list):
            return None
        try:
            text = tokenizer.apply_chat_template(turns, tools=row.get("tools"), tokenize=False)
        except Exception:  # a template may refuse a row in any way it likes
            return None
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    return clip(visible(name), 120), count


# What stands in the way.


def _missing(what: str) -> MachineError:
    return MachineError(
        what=f"{what} is not on this machine.",
        why="Until it is, the tokens are a range from the bytes.",
        remedy="`c` on the plan, or --fetch-tokenizer, downloads it once; no row is sent for that.",
    )


def _unusable(what: str, error: Exception) -> MachineError:
    said = clip(visible(" ".join(str(error).split())), 200)
    return MachineError(
        what=f"{what} cannot be had.",
        why=f"{type(error).__name__}: {said}",
        remedy="Check the network and a proxy if one is set; the tokens stay a range meanwhile.",
    )


if __name__ == "__main__":
    raise SystemExit(main())
