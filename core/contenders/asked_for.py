"""Who is asked, as a person writes it: a kind of contender over a model, `few_shot@qwen`."""

import re
from typing import Literal, NamedTuple, get_args

from core.contenders.contender import BASE
from core.errors import UsageError
from core.spec_file import Spec
from core.text_safety import clip, visible

OverAny = Literal["base", "improved_prompt", "few_shot", "retrieval"]
"""The kinds that any model can be; base asks it as it is."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Asked(Spec):
    """One contender over one model."""

    kind: OverAny = "base"
    """What is put before the question."""
    model: str
    """Name of a server, or of a model on this machine."""

    @property
    def name(self) -> str:
        """Return what the contender is called."""
        return self.model if self.kind == BASE else f"{self.kind}@{self.model}"


class Written(NamedTuple):
    """One word of a command line."""

    asked: Asked
    where: str
    """Where the model or the file of answers is; "" for one that is known by its name."""


def read_asked(word: str) -> Written:
    """Return what `[KIND@]MODEL[=WHERE]` asks for."""
    called, _, where = word.partition("=")
    kind, at, model = called.rpartition("@")
    if (at and kind not in get_args(OverAny)) or not _NAME.fullmatch(model):
        raise UsageError(
            what=f"{clip(visible(word), 120)!r} names no contender.",
            why=f"A name has small letters, digits, - and _. Kinds are: "
            f"{', '.join(get_args(OverAny))}.",
            remedy="Write NAME, NAME=PLACE or KIND@NAME, as in few_shot@qwen.",
        )
    return Written(Asked.model_validate({"kind": kind or BASE, "model": model}), where)
