"""`tuningfork [DIR]`: the app on a workspace, or the same as lines where no screen can be."""

from argparse import Namespace

from core.errors import WorkspaceError
from core.text_safety import visible
from core.workspace import create_workspace, find_workspace, open_workspace
from tui.commands.screen import ask_yes, folder_of, say_overview, show, wants_lines


def run(arguments: Namespace) -> int:
    """Open the workspace, offering to make one where there is none."""
    folder = folder_of(arguments)
    lines = wants_lines(arguments)
    named = arguments.directory is not None
    if named and not folder.exists():
        _refuse_a_slip(str(arguments.directory))
    found = find_workspace(folder)
    if found is None or (named and found.root != folder.absolute()):
        if lines or not ask_yes(f"{folder.absolute()} is no workspace yet. Make it one?"):
            if named:
                open_workspace(folder)
            raise WorkspaceError(
                what="There is no workspace here.",
                why="Neither this folder nor one above it has a tuningfork.toml.",
                remedy="`tuningfork init` makes one; `tuningfork demo` shows the whole way.",
            )
        found = create_workspace(folder)
    if lines:
        say_overview(found)
        return 0
    return show(found, arguments)


def _refuse_a_slip(word: str) -> None:
    """Raise where a word names no folder but nearly a command: it was meant as one."""
    from difflib import get_close_matches

    from tui.commands.command_list import COMMANDS

    near = get_close_matches(word, [command.name for command in COMMANDS], n=1, cutoff=0.7)
    if near:
        raise WorkspaceError(
            what=f"{visible(word)} is neither a command nor a folder.",
            why="A first word that is no command is a workspace to open.",
            remedy=f"Did you mean `tuningfork {near[0]}`? `tuningfork --help` lists all.",
        )
