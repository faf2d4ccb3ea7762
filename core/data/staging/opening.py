"""Opens whatever holds rows: JSONL as it lies, everything else as a staged copy in JSONL."""

import hashlib
import io
import itertools
import os
import shutil
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from core.data.formats import NOT_TAKEN
from core.data.lines import BOM, lines_of, too_long
from core.data.sources import file_sha256, first_rows, open_file, unreadable
from core.data.staging.columnar import stage_columnar
from core.data.staging.csv_table import stage_table
from core.data.staging.folder import files_of
from core.data.staging.hub import PREFIX, hub_rows, parse_hub_name
from core.data.staging.json_values import stage_json
from core.data.staging.kinds import HEAD_BYTES, UNREADABLE, data_suffix, kind_of_file, packing_of
from core.data.staging.source import Kind, Options, Part, Source
from core.data.staging.staged import Copy, CopyWriter, find_copy, key_of, make_copy
from core.data.staging.unpack import unpacked
from core.data.strict_json import parse_line
from core.errors import DataError
from core.text_safety import visible

if TYPE_CHECKING:
    from core.data.staging.mapping import Mapping

STDIN = "-"
_CHUNK = 1 << 20
_RANDOM_ACCESS = frozenset({"parquet", "arrow"})


def open_source(name: str, *, cache: Path, options: Options | None = None) -> Source:
    """Return the rows of a path, of standard input (`-`) or of a data set of the Hub (`hf://`).

    Raises a DataError where they cannot be had, and StagingCancelled where somebody asked for it.
    """
    options = options or Options()
    if name.startswith(PREFIX):
        source = _open_hub(name, cache, options)
    elif name == STDIN:
        source = _open_stdin(cache, options)
    else:
        path = Path(name)
        opener = _open_folder if _is_folder(path) else _open_path
        source = opener(path, cache, options)
    return _mapped(source, cache, options)


def _is_folder(path: Path) -> bool:
    """Return whether a path leads to a folder; one that leads nowhere is explained later."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _open_path(path: Path, cache: Path, options: Options, *, given: str | None = None) -> Source:
    """Open one file; `given` is what the person named where that is not its path."""
    shown = given or str(path)
    try:
        with open_file(path) as file:
            head = file.read(HEAD_BYTES)
        kind = _judge(shown, head, options)
    except OSError as error:
        raise unreadable(error, path) from error
    sha256 = file_sha256(path)
    if kind == "jsonl" and packing_of(head) is None:
        return Source(jsonl=path, original=shown, kind=kind, sha256=sha256, staged=False)

    def convert(out: CopyWriter) -> None:
        out.about["kind"] = _stage_file(path, out, shown=shown, options=options)

    key = key_of("file", sha256, options.kind, data_suffix(shown))
    return _source(make_copy(cache, key, options, convert, name=shown), shown, sha256)


def _judge(shown: str, head: bytes, options: Options) -> Kind:
    """Return the kind of a file, as far as it can be told before it is unpacked."""
    words = next((words for magic, words in UNREADABLE.items() if head.startswith(magic)), None)
    if words is not None:
        raise DataError(
            what=f"{visible(shown)} is not a text file of rows: it is {words}.",
            why="Read are JSONL, JSON, CSV, TSV, Parquet and Arrow in UTF-8, also in gzip or zstd.",
            remedy="Unpack it or export it as JSONL, and give that file.",
        )
    return options.kind or ("jsonl" if packing_of(head) else kind_of_file(head, shown))


def _stage_file(
    path: Path, out: CopyWriter, *, shown: str, options: Options, name: str = ""
) -> Kind:
    """Write the rows of one file, packed or not, and return what it held.

    `name` is how the file is called inside a folder, "" for one that was named itself.
    """
    try:
        with open_file(path) as raw:
            out.done, out.total = raw.tell, os.fstat(raw.fileno()).st_size
            packing = packing_of(raw.peek(4)[:4])
            with closing(unpacked(raw, packing, shown) if packing else raw) as file:
                head = _peek(file)
                kind = options.kind or kind_of_file(head, shown)
                out.part(name, "row" if kind in _RANDOM_ACCESS else "line")
                if kind in _RANDOM_ACCESS:
                    if packing:
                        raise _packed_table(shown, kind)
                    _columnar(path, out, kind)
                else:
                    _stage_text(file, out, kind=kind, name=shown, numbered=bool(name))
                return kind
    except OSError as error:
        raise unreadable(error, path) from error


def _columnar(path: Path, out: CopyWriter, kind: Kind) -> None:
    """Write a table's rows; nobody knows in bytes how far that is."""
    rows = itertools.count()
    out.done, out.total = lambda: next(rows), None
    stage_columnar(path, out, kind=kind)


def _peek(file: IO[bytes]) -> bytes:
    """Return the first bytes without taking them; fewer where the buffer is smaller."""
    assert isinstance(file, io.BufferedReader)
    return file.peek(HEAD_BYTES)[:HEAD_BYTES]


def _stage_text(file: IO[bytes], out: CopyWriter, *, kind: Kind, name: str, numbered: bool) -> None:
    """Write the rows of a text file."""
    if kind == "json":
        stage_json(file, out, name=name)
    elif kind in {"csv", "tsv"}:
        stage_table(file, out, kind=kind, name=name)
    elif not numbered:
        while chunk := file.read(_CHUNK):
            out.copy_bytes(chunk)
    else:
        for line in lines_of(file):
            if line.raw is None:
                out.refuse(line.number, ("json", "", too_long(line.length)))
            elif line.raw.strip():
                out.add(line.raw, line.number)


def _packed_table(shown: str, kind: Kind) -> DataError:
    return DataError(
        what=f"{visible(shown)} is a packed {kind.capitalize()} file.",
        why="Such files are packed inside already and are read from their end.",
        remedy="Unpack it (`gunzip -k FILE`, `zstd -d FILE`) and give the unpacked file.",
    )


def _open_folder(path: Path, cache: Path, options: Options) -> Source:
    """Open a folder of files."""
    files = files_of(path, options.split)
    hashes = [f"{file.relative_to(path)} {file_sha256(file)}" for file in files]
    sha256 = hashlib.sha256("\n".join(hashes).encode("utf-8", "surrogateescape")).hexdigest()

    def convert(out: CopyWriter) -> None:
        for file in files:
            _stage_file(
                file, out, shown=str(file), options=options, name=str(file.relative_to(path))
            )
        out.about["kind"] = "folder"

    key = key_of("folder", sha256, options.kind)
    copy = make_copy(cache, key, options, convert, name=str(path))
    return _source(copy, str(path), sha256)


def _open_stdin(cache: Path, options: Options) -> Source:
    """Take in standard input to its end; what it is can only be told then."""
    digest = hashlib.sha256()

    def spool(out: CopyWriter) -> None:
        while chunk := sys.stdin.buffer.read(_CHUNK):
            digest.update(chunk)
            out.copy_bytes(chunk)

    key = key_of("stdin", str(os.getpid()), os.urandom(8).hex())
    spooled = make_copy(cache, key, options, spool)
    sha256 = digest.hexdigest()
    source = _open_path(spooled.jsonl, cache, options, given=STDIN)
    if source.staged:
        shutil.rmtree(spooled.jsonl.parent, ignore_errors=True)
    return replace(source, staged=True, sha256=sha256)


def _open_hub(name: str, cache: Path, options: Options) -> Source:
    """Open a data set of the Hub at the commit it has now."""
    wanted = parse_hub_name(name, options)
    with hub_rows(wanted) as rows:
        words = (wanted.name, wanted.config, wanted.split, rows.commit or wanted.revision)
        sha256 = hashlib.sha256(repr(words).encode()).hexdigest()
        key = key_of("hub", *words) if rows.commit else key_of("hub", *words, os.urandom(8).hex())

        def convert(out: CopyWriter) -> None:
            out.part("", "row")
            rows.stage(out)
            out.about.update(kind="hub", commit=rows.commit)

        copy = find_copy(cache, key) or make_copy(cache, key, options, convert, name=name)
    return _source(copy, name, sha256)


def _source(copy: Copy, original: str, sha256: str) -> Source:
    """Return a staged copy as a source."""
    return Source(
        jsonl=copy.jsonl,
        original=original,
        kind=copy.about.get("kind", "jsonl"),
        sha256=sha256,
        staged=True,
        places=copy.places,
        parts=copy.parts or (Part(name="", first=1, unit="line"),),
    )


def _mapped(source: Source, cache: Path, options: Options) -> Source:
    """Return the source with its columns as turns, where they were given roles."""
    mapping = options.mapping
    if mapping is None and options.remembered is not None and options.remembered.is_dir():
        seen = first_rows(source.jsonl)
        if seen.shape is None and seen.columns:
            from core.data.staging.mapping import remembered_mapping

            mapping = remembered_mapping(options.remembered, seen.columns)
    if mapping is None:
        return source

    def convert(out: CopyWriter) -> None:
        with open_file(source.jsonl) as file:
            out.done, out.total = file.tell, source.jsonl.stat().st_size
            for line in lines_of(file):
                _map_line(line.raw, line.length, mapping, out)
        out.about["kind"] = source.kind

    key = key_of("mapped", file_sha256(source.jsonl), mapping.toml())
    copy = make_copy(cache, key, options, convert, name=source.original)
    return replace(source, jsonl=copy.jsonl, staged=True, mapping=mapping)


def _map_line(raw: bytes | None, length: int, mapping: "Mapping", out: CopyWriter) -> None:
    """Write one line with its columns as turns; what cannot be read stays as it was."""
    from core.data.staging.mapping import mapped_row

    if raw is None:
        out.copy_bytes(msgspec.json.encode({NOT_TAKEN: [("json", "", too_long(length))]}) + b"\n")
        return
    value, faults = parse_line(raw, 0)
    if value is None or any(fault.severity is None for fault in faults):
        out.copy_bytes(raw + b"\n")
        return
    reasons = [(one.check, one.path, one.message) for one in faults if one.severity != "info"]
    row = reasons or (value if _not_taken(value) else mapped_row(value, mapping))
    taken = {NOT_TAKEN: row} if isinstance(row, list) else row
    mark = BOM if raw.startswith(BOM) else b""
    out.copy_bytes(mark + msgspec.json.encode(taken) + b"\n")


def _not_taken(value: object) -> bool:
    """Whether staging had to leave the row as it was."""
    return isinstance(value, dict) and NOT_TAKEN in value
