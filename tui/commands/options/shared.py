"""Options that several commands have."""

import argparse
from pathlib import Path


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Take which workspace is meant."""
    parser.add_argument(
        "-w",
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the workspace; without it, the one that holds the current folder",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Take whether a program reads the answer."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_screen(parser: argparse.ArgumentParser) -> None:
    """Take how the screen should look, or that there is none."""
    parser.add_argument("--plain", action="store_true", help="print lines instead of a screen")
    parser.add_argument(
        "--glyphs", choices=["braille", "block", "ascii"], help="symbols the terminal can draw"
    )
    parser.add_argument("--theme", metavar="NAME", help="colours, such as ansi-dark")


def positive(text: str) -> int:
    """Return a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not 1 or more")
    return number
