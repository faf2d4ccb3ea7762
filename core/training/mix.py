"""How a recipe names further sets of rows to train on beside those of its split."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from core.data.staging.hub import PREFIX
from core.errors import RecipeError
from core.spec_file import Spec

_STDIN = "-"


class MixedSet(Spec):
    """One further set, or a set that is replayed so that it is not forgotten."""

    path: str = Field(min_length=1)
    """A file or folder of rows, of any kind that Inspect reads."""
    share: float | None = Field(default=None, gt=0, lt=1)
    """Share of all train rows that come from it, 0 to 1; unset for each of its rows once."""


def parse_mixed(text: str) -> dict[str, Any]:
    """Return the set that words like `replay.jsonl` or `replay.jsonl=0.25` name."""
    path, equals, share = text.strip().rpartition("=")
    try:
        return {"path": path, "share": float(share)} if equals else {"path": share}
    except ValueError:  # the sign belongs to the name
        return {"path": text.strip()}


def _spelled_out(value: Any) -> Any:
    """Return a list of tables, whether it was one or named its sets in words."""
    sets = [value] if isinstance(value, str | dict) else value
    if not isinstance(sets, list | tuple):
        return sets
    return tuple(parse_mixed(one) if isinstance(one, str) else one for one in sets)


def _fits(sets: tuple[MixedSet, ...]) -> tuple[MixedSet, ...]:
    """Return the sets, or say why they cannot be mixed in."""
    if any(one.path == _STDIN or one.path.startswith(PREFIX) for one in sets):
        raise ValueError("a set is a file or a folder here: save the rows to a file, and name it")
    twice = [path for path, count in Counter(one.path for one in sets).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]} is named twice: name each set once")
    if sum(one.share or 0 for one in sets) >= 1:
        raise ValueError("the shares leave nothing for the split: they must add up to less than 1")
    return sets


Mix = Annotated[tuple[MixedSet, ...], BeforeValidator(_spelled_out), AfterValidator(_fits)]


def taken_from(sets: tuple[MixedSet, ...], folder: Path) -> tuple[MixedSet, ...]:
    """Return the sets with their paths taken from a folder."""
    return tuple(
        one.model_copy(update={"path": str((folder / Path(one.path).expanduser()).resolve())})
        for one in sets
    )


def refuse_to_send(sets: tuple[MixedSet, ...]) -> None:
    """Refuse to train at a service what would be another training there: one without the sets."""
    if sets:
        raise RecipeError(
            what="This recipe mixes further sets in (data.mix), which a service would not get.",
            why="A service is sent the rows of one split, so it would train on others.",
            remedy="Put the rows into one file and split that, or clear data.mix.",
        )
