"""Opens the rows that a command names, and remembers how their columns become turns."""

import os
from argparse import Namespace
from dataclasses import replace
from functools import partial
from pathlib import Path

from core.data.formats import Vote
from core.data.sources import first_rows
from core.data.staging.opening import open_source
from core.data.staging.source import Options, Source
from core.errors import DataError
from core.text_safety import clip, visible
from core.workspace import Workspace, find_workspace, open_workspace, user_source_cache
from tui.commands.progress_line import ProgressLine

_MEGABYTE = 1024 * 1024


def opened(arguments: Namespace) -> tuple[Source, Vote]:
    """Return the source that the words name, and what its first rows say about its shape."""
    named = getattr(arguments, "workspace", None)
    workspace = open_workspace(named) if named else find_workspace(Path())
    cache = workspace.source_cache if workspace else user_source_cache(os.environ)
    line = ProgressLine()
    options = Options(
        kind=getattr(arguments, "kind", None),
        split=getattr(arguments, "split", None),
        config=getattr(arguments, "config", None),
        remembered=workspace.mappings if workspace else None,
        on_progress=partial(_read, line),
    )
    words = getattr(arguments, "map", [])
    try:
        if words:
            source = _open_mapped(str(arguments.file), words, cache, options, workspace)
        else:
            source = open_source(str(arguments.file), cache=cache, options=options)
    finally:
        line.clear()
    return source, first_rows(source.jsonl)


def _open_mapped(
    name: str, words: list[str], cache: Path, options: Options, workspace: Workspace | None
) -> Source:
    """Return the source with roles given on the command line; a workspace keeps them."""
    from core.data.staging.mapping import mapping_from_words, read_mapping, remember_mapping

    if len(words) == 1 and Path(words[0]).is_file():
        mapping = read_mapping(Path(words[0]))
        return open_source(name, cache=cache, options=replace(options, mapping=mapping))
    if name == "-":
        raise DataError(
            what="Columns of standard input cannot be given roles one by one.",
            why="It is read once, and its columns are known only then.",
            remedy="Put the roles into a file and give that with --map.",
        )
    bare = open_source(name, cache=cache, options=replace(options, remembered=None))
    mapping = mapping_from_words(words, first_rows(bare.jsonl).columns)
    source = open_source(name, cache=cache, options=replace(options, mapping=mapping))
    if workspace is not None:
        remember_mapping(workspace.mappings, mapping)
    return source


def hint(seen: Vote) -> str | None:
    """Return what to do about columns that nobody knows; None where there is nothing to do."""
    if seen.shape is not None or not seen.columns:
        return None
    from core.data.staging.mapping import guess_mapping

    guessed = [
        f"--map {name}={role}"
        for name, role in guess_mapping(seen.columns).items()
        if role != "unused"
    ]
    columns = clip(", ".join(map(visible, seen.columns)), 200)
    example = visible(" ".join(guessed)) or "--map COLUMN=user --map COLUMN=assistant"
    return f"no known shape of row; its columns are {columns}. Give them roles: {example}"


def _read(line: ProgressLine, done: int, total: int | None) -> None:
    """Say how much of a large file is read."""
    if total and total >= _MEGABYTE:
        line.say(f"reading {min(done / total, 1):4.0%} of {total / _MEGABYTE:,.0f} MB")
