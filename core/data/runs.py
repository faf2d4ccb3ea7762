"""Runs of words: the unit in which texts are compared."""

import re

Run = tuple[str, ...]
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_ALONE = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(f"[{_UNSPACED}]|[^\\s\0{_UNSPACED}]+")


def words(text: str) -> list[str]:
    """Return the words; in scripts that write no spaces every character is one. NUL ends a turn."""
    return _WORD.findall(text)


def spaced(text: str) -> str:
    """Return the text with a space around each character that is a word of its own."""
    return text if text.isascii() else _ALONE.sub(r" \g<0> ", text)


def run_list(text: str, size: int) -> list[Run]:
    """Return every run of so many words in its order; a shorter text is one run, "" is none."""
    said = words(text)
    if len(said) < size:
        return [tuple(said)] if said else []
    return [tuple(said[at : at + size]) for at in range(len(said) - size + 1)]


def runs(text: str, size: int) -> frozenset[Run]:
    """Return the different runs of a text."""
    return frozenset(run_list(text, size))
