"""Where the key of a service comes from, and how it reaches a worker without being written down."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal

from core.errors import RecipeError, TuningforkError
from core.redaction import looks_like_a_key
from core.text_safety import clip, visible

Source = Literal["environment", "keyring", "typed"]
_SERVICE = "tuningfork"
"""Under which name the system's keyring holds our keys."""
_LONGEST = 4096
"""No key is longer, and a pipe holds so many bytes without a reader."""
_FRONT = re.compile(r"[A-Za-z]{2,6}[-_]")
_SHORT = 16
"""A shorter key shows nothing of itself."""
_NAMES_OF_SECRETS = frozenset(
    {"api_key", "apikey", "key", "token", "password", "authorization", "secret"}
)


class KeyMissing(TuningforkError):
    """A service wants a key, and there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and where it was found; its value shows in no text made of this."""

    value: str = field(repr=False)
    """The key itself, for the request's header and for what covers it."""
    source: Source
    """Where it was found."""
    variable: str
    """Environment variable that holds it, or would."""

    @property
    def shown(self) -> str:
        """Return what tells one key from another and gives nothing away, as `sk-...abcd`."""
        if len(self.value) < _SHORT:
            return "..."
        front = _FRONT.match(self.value)
        return visible(f"{front.group() if front else ''}...{self.value[-4:]}")

    @property
    def words(self) -> str:
        """Return the key as people name it: its ends, and where it came from."""
        places = {
            "environment": f"from {self.variable}",
            "keyring": f"from the system's keyring, {_SERVICE} {self.variable}",
            "typed": "typed for this run",
        }
        return f"{self.shown} {places[self.source]}"


def find_key(
    variable: str,
    *,
    service: str,
    environment: Mapping[str, str],
    typed: str = "",
    keyring: Callable[[str], str | None] | None = None,
) -> Key:
    """Return the key of a service: the environment's, the keyring's, or the one typed for this run.

    `keyring` looks a name up; None where nobody should ask the system.
    """
    found: tuple[tuple[Source, str | None], ...] = (
        ("environment", environment.get(variable)),
        ("keyring", keyring(variable) if keyring and not environment.get(variable) else None),
        ("typed", typed),
    )
    for source, value in found:
        if value and value.strip():
            return Key(value=_sound(value.strip(), variable), source=source, variable=variable)
    raise KeyMissing(
        what=f"There is no key for {service}.",
        why=f"{variable} is not set, the system's keyring has no entry {_SERVICE} {variable},"
        " and none was typed.",
        remedy=f"Set it for this shell: read -rs {variable} && export {variable}",
    )


def _sound(value: str, variable: str) -> str:
    """Return a key that can stand in a header; refuse another without quoting it."""
    if len(value) > _LONGEST or not all("!" <= sign <= "~" for sign in value):
        raise KeyMissing(
            what=f"The key in {variable} cannot be one.",
            why="A key is one word of letters, digits and signs; this one holds a space, a line"
            f" break or a sign outside ASCII, or is longer than {_LONGEST} characters.",
            remedy=f"Copy it again: read -rs {variable} && export {variable}",
        )
    return value


def ask_keyring(variable: str) -> str | None:
    """Return what the system's keyring holds under a name; None without the package or an entry."""
    try:
        found = import_module("keyring").get_password(_SERVICE, variable)
    except Exception:  # the package is not here, or the system's own error, not ours to mend
        return None
    return found if isinstance(found, str) else None


def hand_over(key: Key) -> int:
    """Return the end of a pipe from which a child reads the key once; close it after the start."""
    reading, writing = os.pipe()
    try:
        os.write(writing, key.value.encode())
    finally:
        os.close(writing)
    return reading


def take_over(descriptor: int) -> str:
    """Return the key that waits in a pipe; nobody can read it there again."""
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read(_LONGEST).decode()


def refuse_keys(values: Mapping[str, object], *, where: str, variable: str) -> None:
    """Refuse settings that hold a key, by the field's name or the value's look; never quote it."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            refuse_keys(value, where=f"{where}.{clip(visible(str(name)), 40)}", variable=variable)
        elif _holds_a_key(str(name), value):
            raise RecipeError(
                what=f"{where}: {clip(visible(str(name)), 40)} seems to hold a key.",
                why="Files of a workspace are copied and shared; a key in one gets around.",
                remedy=f"Take it out, and set it for this shell: read -rs {variable}"
                f" && export {variable}",
            )


def _holds_a_key(name: str, value: object) -> bool:
    """Whether a field with this name and value would put a secret into a file."""
    if not isinstance(value, str) or not value:
        return False
    return name.lower() in _NAMES_OF_SECRETS or looks_like_a_key(value)
