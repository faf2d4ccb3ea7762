"""A wish for a training at a service while somebody sets it up, field by field."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from core.errors import RecipeError
from core.hosted.kinds import kind_of
from core.hosted.plan import EPOCHS, Wish
from core.hosted.spec import Method
from core.text_safety import clip, visible

_MOST_EPOCHS = 100
_MEANINGS = {
    "model": "What the service calls the base model.",
    "method": f"How it is trained: {' or '.join(get_args(Method)[:2])}.",
    "epochs": "Passes over the rows; auto leaves them to the service, and the price is a range.",
    "suffix": "Added to the name of the tuned model.",
    "settings": "Further settings by the service's own names, as in batch_size=8 seed=3.",
    "tokenizer": "Folder or Hub name of the tokenizer that counts; open for the known one.",
    "base_url": "Where the rows go.",
    "key": "Name of the environment variable that holds the key; never the key itself.",
    "organization": "Which organisation or account pays; left open for the key's own.",
    "project": "Which project pays; left open for the key's own.",
    "region": "Where it is trained, by the service's name for the place, as in europe-west4.",
    "bucket": "Bucket of yours that the rows are put into, as in gs://NAME or gs://NAME/FOLDER.",
    "allow": "Kinds of personal data that may leave, by name, as in email phone.",
    "again": "Why the same training is paid for once more.",
}
_PLACES = frozenset({"region", "bucket"})
"""Asked for only where a service needs them."""


class DraftLine(NamedTuple):
    """One field as it stands."""

    name: str
    value: str
    """As it would be typed; empty when it is left open. Not yet safe to show."""
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedDraft:
    """A wish under way; every change makes another one."""

    wish: Wish

    def lines(self) -> Iterator[DraftLine]:
        """Yield every field in the order in which it is asked for."""
        needs = kind_of(self.wish.provider).needs
        for name, meaning in _MEANINGS.items():
            if name in _PLACES and name not in needs:
                continue
            yield DraftLine(name, self._value(name), meaning)

    def changed(self, name: str, text: str) -> "HostedDraft":
        """Return the draft with one field set, or left open for no text; RecipeError if wrong."""
        text = text.strip()
        wish = self.wish
        match name:
            case "epochs":
                wish = replace(wish, epochs=_epochs(text))
            case "method":
                wish = replace(wish, method=_method(text))
            case "settings":
                wish = replace(wish, hyperparameters=dict(map(setting_of, text.split())))
            case "allow":
                wish = replace(wish, allow=tuple(text.replace(",", " ").split()))
            case "model" if not text:
                raise _wrong(name, text, "A service tunes a base model that it has itself.")
            case "key" | "organization" | "project" | "region" | "bucket":
                wish = _with(wish, name, text or None)
            case _:
                wish = _with(wish, name, text)
        return HostedDraft(wish=wish)

    def _value(self, name: str) -> str:
        wish = self.wish
        match name:
            case "epochs":
                return "auto" if wish.epochs is None else str(wish.epochs)
            case "settings":
                return " ".join(f"{key}={value}" for key, value in wish.hyperparameters.items())
            case "allow":
                return " ".join(wish.allow)
            case _:
                return getattr(wish, name) or ""


def _with(wish: Wish, name: str, value: Any) -> Wish:
    """Return a wish with a field of text set."""
    return replace(wish, **{name: value})


def setting_of(text: str) -> tuple[str, str | int | float | bool]:
    """Return a NAME=VALUE of the service's own; numbers and true or false as such."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise _wrong("settings", text, "Write NAME=VALUE, as in batch_size=8.")
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    return name, read if isinstance(read, str | int | float | bool) else value


def _epochs(text: str) -> int | None:
    if text in {"", "auto"}:
        return EPOCHS if not text else None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_EPOCHS:
        raise _wrong("epochs", text, f"Write 1 to {_MOST_EPOCHS}, or auto.")
    return int(text)


def _method(text: str) -> Method:
    for method in get_args(Method):
        if text == method:
            found: Method = method
            return found
    raise _wrong("method", text, f"Write one of: {', '.join(get_args(Method))}.")


def _wrong(name: str, text: str, remedy: str) -> RecipeError:
    shown = visible(clip(repr(text), 60))
    return RecipeError(what=f"{name} is {shown}.", why=_MEANINGS[name], remedy=remedy)
