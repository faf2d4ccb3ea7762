"""From the parts of a split to sequences: holdout checked, every row accounted for."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, get_args

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_guard import Hit, HoldoutGuard, named
from core.data.holdout_lock import read_lock
from core.data.keys import RowKeys, row_keys
from core.data.part_manifest import refuse_changed
from core.data.rows import Example
from core.data.sources import read_rows
from core.errors import DataError, RecipeError
from core.events.schema import MessageLogged
from core.text_safety import clip, visible
from core.training.cache_pruning import prune_cache
from core.training.consumed import Checked, CountedRows, KeyCount
from core.training.ledger import Entry, FindingId, Part, refusal
from core.training.masks import mask
from core.training.mixing import Mixed, mixed_hashes, read_mixed
from core.training.over_length import fit
from core.training.pieces import read_pieces
from core.training.recipe import DataSpec, Recipe
from core.training.renderer import TokenizerRenderer
from core.training.token_cache import (
    CacheWriter,
    TokenCache,
    TokenRows,
    cache_folder,
    find_cache,
    open_cache,
    set_aside,
)
from core.training.token_key import RowHashes, file_hashes, row_hashes
from core.workspace import Workspace


class Parts(NamedTuple):
    """What training may see."""

    train: list[Example]
    """Rows of the split, then those of each mixed-in set, numbered on."""
    validation: list[Example]
    hashes: RowHashes
    """Of the files they were read from."""
    mixed: tuple[Mixed, ...] = ()
    """The sets that were mixed in, whole."""

    @property
    def own(self) -> list[Example]:
        """Return the train rows of the split alone."""
        return self.train[: len(self.train) - sum(len(one.taken) for one in self.mixed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Sequences ready to train on."""

    rows: TokenRows
    """Made from the token cache when they are asked for."""
    left_out: tuple[int, ...]
    """Numbers of the rows that the recipe leaves out, as too long or by name."""

    @property
    def lengths(self) -> list[int]:
        """Return the tokens of each sequence."""
        return self.rows.lengths

    @property
    def tokens(self) -> int:
        """Return the tokens of all sequences."""
        return sum(self.lengths)

    @property
    def supervised(self) -> int:
        """Return the tokens that carry loss."""
        return self.rows.supervised

    @property
    def longest(self) -> int:
        """Return the tokens of the longest sequence."""
        return max(self.lengths, default=0)


class Tokenized(NamedTuple):
    """Both parts as tokens, good or not."""

    cache: TokenCache
    hit: bool
    """Whether an earlier launch had made them already."""

    def part(self, part: Part) -> Prepared:
        """Return the sequences of a part, or raise what stops the launch."""
        if problem := refusal(self.cache.entries, limit=self.cache.about.limit):
            raise problem
        left = {
            entry.row: None
            for entry in self.cache.entries
            if entry.part == part and entry.fate in {"left_out", "dropped"}
        }
        return Prepared(rows=self.cache.rows(part), left_out=tuple(left))


def read_parts(workspace: Workspace, split: str) -> Parts:
    """Return the train and validation rows of a split; the holdout is not opened."""
    folder = dataset_folder(workspace, split)
    before = row_hashes(workspace, split)
    parts = Parts(read_part(folder.train), read_part(folder.validation), before)
    if row_hashes(workspace, split) != before:
        raise _changed("train.jsonl or validation.jsonl")
    return parts


def recipe_parts(workspace: Workspace, recipe: Recipe) -> Parts:
    """Return all rows that a recipe trains on or is judged by, mixed-in sets among them."""
    parts = read_parts(workspace, recipe.data.split if recipe.data else "")
    hashes = mixed_hashes(workspace, recipe)
    mixed = read_mixed(workspace, recipe, parts.train)
    if mixed_hashes(workspace, recipe) != hashes:
        raise _changed("a file that data.mix names")
    return parts._replace(
        train=[*parts.train, *(row for one in mixed for row in one.train)],
        hashes=parts.hashes._replace(mixed=hashes),
        mixed=mixed,
    )


def _changed(files: str) -> DataError:
    return DataError(
        what="The rows changed while they were read.",
        why=f"Somebody wrote to {files} in this moment.",
        remedy="Wait until they are as they should be, then do it again.",
    )


def file_parts(path: Path) -> Parts:
    """Return the readable rows of any file of rows, as if all of them were trained on."""
    hashes = file_hashes(path)
    return Parts([row.example for row in read_rows(path) if row.example], [], hashes)


def check_holdout(
    workspace: Workspace, split: str, parts: Parts, *, override: str | None = None
) -> Checked:
    """Compare every row that training could see with the holdout; stop hard where one touches it.

    Of a set that is mixed in that is every row, taken or not. Parts that are not as their split
    wrote them are refused too. `override` is the reason to go on all the same, as the recipe gives
    it.
    """
    folder = dataset_folder(workspace, split)
    guard = HoldoutGuard(read_lock(folder.lock), read_salt(workspace), holdout=folder.holdout)
    found: list[Hit] = []

    def look(
        use: str, examples: Sequence[Example], taken: Container[int], mixed: Mixed | None = None
    ) -> dict[int, RowKeys]:
        """Return the keys of the rows that are taken, by number, once all were compared."""
        keys = [row_keys(one, guard.salt) for one in examples]
        hits = guard.hits(examples, keys)
        if mixed is not None:
            hits = [replace(hit, place=mixed.place(hit.row)) for hit in hits]
        if hits and override is None:
            raise _touching(hits, len(examples), use)
        found.extend(hit for hit in hits if hit.row in taken)
        return {one.row: key for one, key in zip(examples, keys, strict=True) if one.row in taken}

    train = look("training", parts.own, {one.row for one in parts.own})
    for one in parts.mixed:
        use = f"training from {one.name} (data.mix)"
        keys = look(use, one.rows, one.taken, one)
        train |= {one.after + row: key for row, key in keys.items()}
    validation = look("validation", parts.validation, {one.row for one in parts.validation})
    if override is None:
        hashes = {
            folder.train.name: parts.hashes.train,
            folder.validation.name: parts.hashes.validation,
        }
        refuse_changed(folder.path, hashes)
    return Checked(
        guard=guard,
        train=train,
        validation=validation,
        allowed=tuple(found),
        override=override or "" if found else "",
        mixed=tuple(one.facts for one in parts.mixed),
        known=_known(list(train.values())[len(parts.own) :], list(validation.values())),
    )


def _known(mixed: Sequence[RowKeys], validation: Sequence[RowKeys]) -> int:
    """Return how many mixed-in rows have the words or the input of a validation row."""
    words = {one.norm for one in validation}
    inputs = {key for one in validation for key in one.inputs}
    return sum(one.norm in words or not inputs.isdisjoint(one.inputs) for one in mixed)


def _touching(hits: Sequence[Hit], of: int, use: str) -> DataError:
    """Return the error for rows that touch the holdout."""
    return DataError(
        what=f"{len(hits)} of {of} rows for {use} touch the holdout: {named(hits)}.",
        why="A model that has seen the holdout cannot be scored on it.",
        remedy="Take these rows out of the file, or split the whole data again; to train on them"
        ' and give up scoring this run, add --allow-holdout "why" (data.holdout_override).',
    )


def said_of(checked: Checked) -> Iterator[MessageLogged]:
    """Yield what comparing the rows gave, for people."""
    yield _touched(checked)
    if checked.known:
        rows = "row has" if checked.known == 1 else "rows have"
        text = (
            f"{checked.known} mixed-in {rows} the words or the input of a validation row: the"
            " validation loss will flatter, and may choose a checkpoint too late."
        )
        yield MessageLogged(level="warning", text=text)


def _touched(checked: Checked) -> MessageLogged:
    """Return whether the rows touch the holdout."""
    rows = len(checked.train) + len(checked.validation)
    root = checked.guard.lock.root[:12]
    if not checked.allowed:
        text = f"{rows} rows checked against the holdout {root}: none in common."
        return MessageLogged(level="info", text=text)
    text = (
        f"{len(checked.allowed)} of {rows} rows touch the holdout {root}, and are trained on for"
        f" this reason: {clip(visible(checked.override), 300)} {named(checked.allowed)}."
    )
    return MessageLogged(level="warning", text=text)


def counted(
    checked: Checked, train: Prepared, validation: Prepared
) -> tuple[KeyCount, Prepared, Prepared]:
    """Return both parts so that every row is counted and compared when it is read."""
    count = checked.tally()
    return (
        count,
        replace(train, rows=CountedRows(train.rows, checked.train, count)),
        replace(validation, rows=CountedRows(validation.rows, checked.validation, count)),
    )


def row_limit(recipe: Recipe, config: Any) -> int:
    """Return the longest row allowed: the recipe's limit, at most the model's."""
    context = int(getattr(config, "max_position_embeddings", 0) or 2**30)
    asked = recipe.data.max_tokens if recipe.data else None
    if asked is not None and asked > context:
        raise RecipeError(
            what=f"data.max_tokens is {asked}.",
            why=f"The base model reads {context} tokens at most.",
            remedy=f"Set it to {context} or less.",
        )
    return asked or context


def tokenize(
    workspace: Workspace,
    recipe: Recipe,
    parts: Parts,
    renderer: TokenizerRenderer,
    *,
    limit: int,
    on_row: Callable[[int], None],
) -> Tokenized:
    """Return the tokens of both parts from the cache, made now if they are not there."""
    folder = cache_folder(workspace, recipe, parts.hashes)
    there = folder.is_dir()
    if (cache := _usable(find_cache(workspace, recipe, parts.hashes), renderer, limit)) is not None:
        return Tokenized(cache, hit=True)
    if there:  # and not one that another process has put there since
        set_aside(folder)
    _make(CacheWriter(folder), recipe, parts, renderer, limit=limit, on_row=on_row)
    made = _usable(open_cache(folder), renderer, limit)
    if made is None:
        raise DataError(
            what=f"The token cache {folder.name} is not what was just written.",
            why="Another program changed it, or the disk does not keep what it is given.",
            remedy="Do it again; `tuningfork doctor` looks at the disk.",
        )
    prune_cache(workspace, keep=folder)
    return Tokenized(made, hit=False)


def _usable(cache: TokenCache | None, renderer: TokenizerRenderer, limit: int) -> TokenCache | None:
    """Return a cache that holds what this limit and these stop tokens would make."""
    if cache is None or not cache.serves(limit):
        return None
    return cache if frozenset(cache.about.stop_ids) == renderer.stop_ids else None


def _make(
    writer: CacheWriter,
    recipe: Recipe,
    parts: Parts,
    renderer: TokenizerRenderer,
    *,
    limit: int,
    on_row: Callable[[int], None],
) -> None:
    """Write the tokens of every row."""
    data = recipe.data
    if data is None:
        raise AssertionError("a local recipe has data")
    done = 0
    try:
        for part, examples in zip(get_args(Part), (parts.train, parts.validation), strict=True):
            dropped = _dropped(data, part, examples)
            for example in examples:
                _add(writer, part, example, renderer, data, limit, dropped=dropped)
                done += 1
                on_row(done)
        tokenizer = renderer.tokenizer
        writer.finish(
            read_pieces(tokenizer, writer.seen),
            limit=limit,
            stop_ids=renderer.stop_ids,
            pad_id=tokenizer.pad_token_id,
            template=_template_findings(renderer),
        )
    finally:
        writer.give_up()


def _add(
    writer: CacheWriter,
    part: Part,
    example: Example,
    renderer: TokenizerRenderer,
    data: DataSpec,
    limit: int,
    *,
    dropped: frozenset[int],
) -> None:
    """Write what becomes of one row."""
    masked = mask(example, renderer)
    if example.row in dropped:
        ids = masked.rows[0].ids if masked.rows else masked.shown
        entry = Entry(part=part, row=example.row, fate="dropped", start=0, tokens=0)
        writer.add_without_mask(entry, ids)
    elif masked.kind is not None:
        entry = Entry(
            part=part,
            row=example.row,
            fate="untrainable",
            start=0,
            tokens=0,
            problem=masked.kind,
            words=masked.problem or "",
        )
        writer.add_without_mask(entry, masked.shown)
    else:
        for fitted in fit(example, masked, renderer, limit=limit, policy=data.over_length):
            writer.add(part, example.row, fitted)


def _dropped(data: DataSpec, part: Part, examples: Sequence[Example]) -> frozenset[int]:
    """Return the rows that the recipe names; a number no row has is a slip of the pen."""
    named = data.drop_rows if part == "train" else data.drop_validation_rows
    missing = sorted(set(named) - {example.row for example in examples})
    if missing:
        field = "data.drop_rows" if part == "train" else "data.drop_validation_rows"
        raise RecipeError(
            what=f"{field} names row {missing[0]}, which the {part} rows do not have.",
            why="Rows are counted as lines of the part's file, from 1.",
            remedy="Take the number out, or correct it.",
        )
    return frozenset(named)


def _template_findings(renderer: TokenizerRenderer) -> tuple[FindingId, ...]:
    """Return what is to be said of the tokenizer and its template, whatever the rows."""
    found: list[FindingId] = []
    if renderer.tokenizer.pad_token_id in renderer.stop_ids:
        found.append("pad_is_stop")
    if _alike(renderer):
        found.append("roles_alike")
    return tuple(found)


def _alike(renderer: TokenizerRenderer) -> bool:
    """Whether a question and an answer of the same words look the same."""
    asked = {"role": "user", "content": "one"}
    try:
        said = [
            renderer.render([asked, {"role": role, "content": "two"}], None, opening=False)
            for role in ("user", "assistant")
        ]
    except Exception:  # a template that wants its turns in order tells them apart
        return False
    return said[0] == said[1]
