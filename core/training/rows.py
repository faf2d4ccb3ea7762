"""From the parts of a split to sequences: holdout checked, every row accounted for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import HoldoutLock, read_lock, refuse_holdout
from core.data.rows import Example
from core.errors import RecipeError
from core.text_safety import clip, visible
from core.training.masks import Renderer, TokenRow, mask
from core.workspace import Workspace

_NAMED = 5
_OverLength = Literal["refuse", "drop"]


class Parts(NamedTuple):
    """What training may see."""

    train: list[Example]
    validation: list[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Sequences ready to train on."""

    rows: tuple[TokenRow, ...]
    left_out: tuple[int, ...]
    """Numbers of the rows that were too long and dropped because the recipe says so."""

    @property
    def tokens(self) -> int:
        """Return the tokens of all sequences."""
        return sum(len(row.ids) for row in self.rows)

    @property
    def supervised(self) -> int:
        """Return the tokens that carry loss."""
        return sum(row.supervised for row in self.rows)

    @property
    def longest(self) -> int:
        """Return the tokens of the longest sequence."""
        return max((len(row.ids) for row in self.rows), default=0)


def read_parts(workspace: Workspace, split: str) -> Parts:
    """Return the train and validation rows of a split; the holdout is not opened."""
    folder = dataset_folder(workspace, split)
    return Parts(read_part(folder.train), read_part(folder.validation))


def check_holdout(workspace: Workspace, split: str, parts: Parts) -> HoldoutLock:
    """Stop hard when a row that training would see touches the holdout; return the lock."""
    lock = read_lock(dataset_folder(workspace, split).lock)
    salt = read_salt(workspace)
    refuse_holdout(lock, parts.train, salt=salt, use="training")
    refuse_holdout(lock, parts.validation, salt=salt, use="validation")
    return lock


def prepare(
    examples: Sequence[Example],
    renderer: Renderer,
    *,
    part: str,
    limit: int,
    over_length: _OverLength,
    on_row: Callable[[int], None],
) -> Prepared:
    """Return the sequences of a part, or refuse it by naming the rows that cannot be trained."""
    rows: list[TokenRow] = []
    problems: list[str] = []
    long: dict[int, int] = {}
    for done, example in enumerate(examples, start=1):
        masked = mask(example, renderer)
        if masked.problem:
            problems.append(f"row {example.row} {masked.problem}")
        elif (longest := max(len(row.ids) for row in masked.rows)) > limit:
            long[example.row] = longest
        else:
            rows += masked.rows
        on_row(done)
    if problems:
        raise _refused(f"{len(problems)} {part} rows cannot be trained", problems)
    if long and over_length == "refuse":
        raise _too_long(part, long, limit)
    if not rows:
        raise RecipeError(
            what=f"No {part} row is left.",
            why=f"All {len(long)} rows are longer than {limit} tokens.",
            remedy=f"Set data.max_tokens to {max(long.values(), default=limit)}.",
        )
    return Prepared(rows=tuple(rows), left_out=tuple(long))


def _refused(what: str, problems: Sequence[str]) -> RecipeError:
    """Return the error that names rows and reasons."""
    named = "; ".join(clip(visible(problem), 160) for problem in problems[:_NAMED])
    more = f"; and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
    return RecipeError(
        what=f"{what}: {named}{more}.",
        why="A row that trains nothing, or something else than it shows, spoils the run silently.",
        remedy="Mend or drop these rows, or name the template's stop token in model.stop.",
    )


def _too_long(part: str, long: dict[int, int], limit: int) -> RecipeError:
    """Return the error that names the rows over the limit and the limit that keeps them."""
    named = ", ".join(f"row {row} ({tokens})" for row, tokens in list(long.items())[:_NAMED])
    more = f" and {len(long) - _NAMED} more" if len(long) > _NAMED else ""
    return RecipeError(
        what=f"{len(long)} {part} rows are longer than {limit} tokens: {named}{more}.",
        why="Cutting them would cut answers, so nothing is cut silently.",
        remedy=(
            f"Set data.max_tokens = {max(long.values())} if the model allows it, shorten the rows, "
            'or leave them out with data.over_length = "drop".'
        ),
    )
