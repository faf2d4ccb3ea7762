"""The parts of README that are made from code; `make docs` rewrites them, a test compares them."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tui.commands.command_list import COMMANDS, EXIT_CODES
from tui.keymap import markdown

README = Path(__file__).parents[2] / "README.md"


def command_table() -> str:
    """Return every command with its help."""
    rows = [f"| `{command.name}` | {command.help} |" for command in COMMANDS]
    return "\n".join(["| command | does |", "|---|---|", *rows])


def exit_codes() -> str:
    """Return what the exit codes mean."""
    return f"```\n{EXIT_CODES.strip()}\n```"


BLOCKS: dict[str, Callable[[], str]] = {
    "commands": command_table,
    "exit-codes": exit_codes,
    "keys": markdown,
}


def _filled(match: re.Match[str], *, block: str) -> str:
    """Return the markers with the block between them."""
    return f"{match[1]}{block}{match[2]}"


def with_blocks(text: str) -> str:
    """Return the text with every marked block made anew."""
    for name, make in BLOCKS.items():
        pattern = rf"(<!-- {name}: made by `make docs` -->\n).*?(\n<!-- end {name} -->)"
        block = make().strip()
        text, found = re.subn(pattern, partial(_filled, block=block), text, flags=re.DOTALL)
        if found != 1:
            raise ValueError(f"README has {found} blocks called {name}, not one")
    return text


if __name__ == "__main__":
    README.write_text(with_blocks(README.read_text()))
