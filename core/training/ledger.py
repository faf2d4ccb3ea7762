"""The account of every row: its tokens, those that carry loss, those that are cut, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import msgspec

from core.data.rows import Severity
from core.errors import RecipeError
from core.events.schema import MaskLedger
from core.text_safety import clip, visible
from core.training.masks import Flag, Problem
from core.training.over_length import Fate

Part = Literal["train", "validation"]
FindingId = Literal[Problem, Fate, Flag, "pad_is_stop", "roles_alike"]
_NAMED = 5
_STOPPING: frozenset[Fate] = frozenset({"too_long", "nothing_left", "untrainable"})


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sequence, or a row that has none."""

    part: Part
    row: int
    """Line number in the part's file, from 1."""
    fate: Fate
    start: int
    """Place of its first token in the stored arrays."""
    tokens: int
    """Tokens of the whole sequence, cut ones included."""
    supervised: int = 0
    """Tokens that carry loss."""
    cut: int = 0
    """Tokens that the model never sees."""
    supervised_cut: int = 0
    """Tokens among them that would carry loss."""
    strategy: str = ""
    """How its mask was found; empty when none was."""
    flags: tuple[Flag, ...] = ()
    problem: Problem | None = None
    words: str = ""
    """The problem, in words that follow "row N "; quotes the data."""

    @property
    def kept(self) -> int:
        """Return the tokens that are trained on; 0 for a sequence that is not used."""
        return self.tokens - self.cut if self.fate == "kept" else 0

    @property
    def findings(self) -> Iterator[FindingId]:
        """Yield the names of all that is to be said about it."""
        if self.problem is not None:
            yield self.problem
        elif self.fate != "kept":
            yield self.fate
        yield from self.flags


class Meaning(NamedTuple):
    """What a finding says, whichever rows it has."""

    severity: Severity
    message: str
    """In words that follow "3 rows: "."""
    remedy: str


MEANINGS: dict[FindingId, Meaning] = {
    "template_error": Meaning(
        "blocker",
        "the chat template refuses the row",
        "Mend the turns, or choose another model.template.",
    ),
    "nothing_to_train": Meaning(
        "blocker",
        "no answer carries loss",
        "Give an answer weight 1, or name the row in data.drop_rows.",
    ),
    "not_shown": Meaning(
        "blocker",
        "the chat template does not show the answer as written",
        "Compare the row with the template: it may drop thoughts or fields of its own.",
    ),
    "never_stops": Meaning(
        "blocker",
        "no stop token follows the answer, so the model would never stop",
        "Name the token that ends a turn in model.stop.",
    ),
    "control_text": Meaning(
        "blocker",
        "an answer holds a stop token of the template as text",
        "Take the mark out of the answer, or drop the row.",
    ),
    "decode_mismatch": Meaning(
        "blocker",
        "the trained tokens do not give back the answer",
        "Look at the row's tokens; drop it, or use the model's own tokenizer.",
    ),
    "untrainable": Meaning("blocker", "the row cannot be trained", "Mend or drop the row."),
    "too_long": Meaning(
        "blocker",
        "the row is longer than the limit",
        "Raise data.max_tokens, or set data.over_length.",
    ),
    "nothing_left": Meaning(
        "blocker",
        "cutting to the limit leaves nothing to train",
        "Raise data.max_tokens, or name the row in data.drop_rows.",
    ),
    "left_out": Meaning(
        "review", "left out as too long", "Raise data.max_tokens if the rows matter."
    ),
    "dropped": Meaning("info", "left out because the recipe names the row", "None is needed."),
    "answer_cut": Meaning(
        "high",
        "an answer is cut before its stop token",
        "Raise data.max_tokens, or drop these rows: they teach to go on for ever.",
    ),
    "turn_not_shown": Meaning(
        "high",
        "the chat template does not show a turn of the context",
        "The model learns to answer without it; choose another model.template.",
    ),
    "tools_not_shown": Meaning(
        "high",
        "the chat template does not show the tools on offer",
        "Choose a base model or a model.template that knows tools.",
    ),
    "thought_not_shown": Meaning(
        "review",
        "the chat template leaves out the reasoning_content of a trained answer",
        "Choose a model.template that shows it if thoughts are to be learnt.",
    ),
    "unclosed_thought": Meaning(
        "review",
        "the template opens a thought that the answer never closes",
        "Put the thought and its closing tag into the answers, or accept answers without.",
    ),
    "escaped_arguments": Meaning(
        "high",
        "the chat template shows the arguments of a call as an escaped string",
        "Write the arguments as a JSON object: the model would learn calls that no tool can read.",
    ),
    "marks_differ": Meaning(
        "review",
        "the template marks other tokens as answers than those that are trained",
        "Nothing need be done: what is shown here is trained, and ends with the stop token.",
    ),
    "boundary_merge": Meaning(
        "info",
        "tokens at the border of an answer depend on it, so pieces were encoded apart",
        "None is needed.",
    ),
    "roles_alike": Meaning(
        "high",
        "the chat template shows a question and an answer in the same way",
        "The model cannot tell who speaks; choose another model.template.",
    ),
    "pad_is_stop": Meaning(
        "info",
        "padding and stop are one token; padding is masked by its place, never by its id",
        "None is needed.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskFinding:
    """One thing to say about some rows."""

    id: FindingId
    rows: tuple[tuple[Part, int], ...]
    """Part and number, in the order of the data; empty when it is about the template."""
    example: str
    """The problem of its first row, in words that follow "row N "; empty for most."""

    @property
    def meaning(self) -> Meaning:
        """Return severity, message and remedy."""
        return MEANINGS[self.id]

    def sentence(self, named: int = _NAMED) -> str:
        """Return the finding as one line with its first row numbers."""
        return f"{self.meaning.message}{_rows_named(self.rows, named)}"

    def as_json(self) -> dict[str, object]:
        """Return the form inside `masks --json`."""
        rows = {part: [row for one, row in self.rows if one == part] for part in get_args(Part)}
        meaning = self.meaning
        return {
            "id": self.id,
            "severity": meaning.severity,
            "message": meaning.message,
            "remedy": meaning.remedy,
            "example": self.example,
            "rows": {part: numbers for part, numbers in rows.items() if numbers},
        }


def find(entries: Iterable[Entry], template: Sequence[FindingId] = ()) -> list[MaskFinding]:
    """Return every finding, the worst first; `template` names those that concern no single row."""
    rows: dict[FindingId, dict[tuple[Part, int], None]] = {one: {} for one in template}
    examples: dict[FindingId, str] = {}
    for entry in entries:
        for one in entry.findings:
            rows.setdefault(one, {})[entry.part, entry.row] = None
            examples.setdefault(one, entry.words if one == entry.problem else "")
    order = get_args(Severity)
    found = [
        MaskFinding(id=one, rows=tuple(numbers), example=examples.get(one, ""))
        for one, numbers in rows.items()
    ]
    return sorted(found, key=lambda one: (order.index(one.meaning.severity), one.id))


def summary(entries: Sequence[Entry], *, path: str) -> MaskLedger:
    """Return the ledger as the event that screens show; `path` is where the whole of it is."""
    supervised: Counter[tuple[Part, int]] = Counter()
    cut, merged = set[tuple[Part, int]](), set[tuple[Part, int]]()
    strategies: dict[tuple[Part, int], str] = {}
    for entry in entries:
        key = (entry.part, entry.row)
        supervised[key] += entry.supervised
        if entry.cut:
            cut.add(key)
        if "boundary_merge" in entry.flags:
            merged.add(key)
        if entry.strategy:
            strategies[key] = entry.strategy
    named = {(e.part, e.row) for e in entries if e.fate in {"left_out", "dropped"}}
    return MaskLedger(
        rows=len(supervised),
        zero=sum(not count and key not in named for key, count in supervised.items()),
        cut=len(cut),
        supervised_cut=sum(entry.supervised_cut for entry in entries),
        strategies=dict(Counter(strategies.values())),
        boundary_merge=len(merged),
        path=path,
    )


def refusal(entries: Sequence[Entry], *, limit: int, of_model: bool = False) -> RecipeError | None:
    """Return the error that stops a launch, naming every kind of row that spoils it, or None.

    `of_model` says that the limit is the model's own, so that no larger one would help.
    """
    stopping = [entry for entry in entries if entry.fate in _STOPPING]
    broken = [entry for entry in stopping if entry.fate != "too_long"]
    long = [entry for entry in stopping if entry.fate == "too_long"]
    if broken:
        return _broken(find(broken), _too_long_words(long, limit) if long else "")
    return _too_long(long, limit, of_model) if long else _nothing(entries, limit)


def _broken(findings: Sequence[MaskFinding], also: str) -> RecipeError:
    """Return the error about rows that would train nothing, or something else than they show."""
    count = len({row for one in findings for row in one.rows})
    said = "; ".join(one.sentence() for one in findings)
    first = next((one for one in findings if one.example), None)
    example = ""
    if first is not None:
        part, row = first.rows[0]
        example = f" {part.capitalize()} row {row} {clip(visible(first.example), 160)}."
    fields = {"train": "data.drop_rows", "validation": "data.drop_validation_rows"}
    named = {part: row for one in reversed(findings) for part, row in reversed(one.rows)}
    by_name = " and ".join(f"{fields[part]} = [{row}, ...]" for part, row in named.items())
    return RecipeError(
        what=f"{_count(count)} cannot be trained: {said}.{example}{also}",
        why="A row that trains nothing, or something else than it shows, spoils the run silently.",
        remedy=f"{findings[0].meaning.remedy} `tuningfork masks RECIPE --row N` shows a row; "
        f"{by_name} drops rows by name.",
    )


def _too_long(long: Sequence[Entry], limit: int, of_model: bool) -> RecipeError:
    """Return the error about rows over the limit, with the limit that keeps them."""
    largest = max(entry.tokens for entry in long)
    change = f"Set data.max_tokens = {largest} if the model allows it; that keeps every row. Or"
    if of_model:
        change = "The model reads no more: shorten these rows, or set"
    return RecipeError(
        what=_too_long_words(long, limit).strip(),
        why="Cutting them would cut answers, so nothing is cut silently.",
        remedy=f'{change} data.over_length = "drop", "cut_history" or "cut_end".',
    )


def _too_long_words(long: Sequence[Entry], limit: int) -> str:
    """Return which rows are too long and what they would lose."""
    sizes: dict[tuple[Part, int], int] = {}
    for entry in long:
        key = (entry.part, entry.row)
        sizes[key] = max(sizes.get(key, 0), entry.tokens)
    parts = Counter(part for part, _ in sizes)
    one = len(sizes) == 1
    counted = " and ".join(
        f"{count} {part} {'row' if count == 1 else 'rows'}" for part, count in parts.items()
    )
    named = ", ".join(
        f"{f'{part} ' if len(parts) > 1 else ''}row {row} ({size})"
        for (part, row), size in list(sizes.items())[:_NAMED]
    )
    more = f" and {len(sizes) - _NAMED} more" if len(sizes) > _NAMED else ""
    lost = sum(entry.supervised_cut for entry in long)
    loss = f" {'It' if one else 'They'} would lose {lost:,} target tokens." if lost else ""
    are = "is" if one else "are"
    return f" {counted} {are} longer than {limit} tokens: {named}{more}.{loss}"


def _nothing(entries: Sequence[Entry], limit: int) -> RecipeError | None:
    """Return the error about a part of which no row is left, or None."""
    for part in get_args(Part):
        of_part = [entry for entry in entries if entry.part == part]
        if not any(entry.fate == "kept" for entry in of_part):
            longest = max((entry.tokens for entry in of_part), default=limit)
            return RecipeError(
                what=f"No {part} row is left.",
                why=f"All {len(of_part)} rows were left out; the limit is {limit} tokens.",
                remedy=f"Set data.max_tokens to {longest}, or drop fewer rows.",
            )
    return None


def _rows_named(rows: Sequence[tuple[Part, int]], named: int) -> str:
    """Return the first row numbers of each part, in brackets."""
    said = []
    for part in get_args(Part):
        numbers = [row for one, row in rows if one == part]
        if numbers:
            more = f" and {len(numbers) - named:,} more" if len(numbers) > named else ""
            said.append(f"{part} rows {', '.join(map(str, numbers[:named]))}{more}")
    return f" ({'; '.join(said)})" if said else ""


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
