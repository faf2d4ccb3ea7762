"""`tuningfork masks`: what a recipe trains of every row, and one row token by token."""

import json
import os
import sys
from argparse import Namespace

from core.errors import UsageError
from core.training.ledger import Part, find, refusal, summary
from core.training.mask_reading import MaskReading
from core.training.mask_view import Microscope
from core.training.recipe import Recipe, read_recipe
from core.training.token_cache import TokenCache
from core.workspace import Workspace
from tui.commands.place import workspace_of
from tui.mask_lines import plain_ledger, plain_row

_REFUSED = 1


def run(arguments: Namespace) -> int:
    """Print the ledger and the row asked for; exit 1 when a launch would be refused."""
    workspace = workspace_of(arguments)
    recipe = read_recipe(arguments.recipe, arguments.set)
    cache = read_tokens(workspace, recipe)
    part: Part = "validation" if arguments.validation else "train"
    microscope = Microscope(cache, recipe)
    places = [] if arguments.row is None else microscope.places(part, arguments.row)
    if arguments.row is not None and not places:
        raise UsageError(
            what=f"There is no {part} row {arguments.row}.",
            why="Rows are counted as lines of the part's file, from 1.",
            remedy="`tuningfork masks RECIPE` says how many there are.",
        )
    views = [microscope.view(place) for place in places]
    path = str(cache.ledger.relative_to(workspace.root))
    ledger = summary(cache.entries, path=path)
    findings = find(cache.entries, cache.about.template)
    problem = refusal(cache.entries, limit=cache.about.limit)
    if arguments.json:
        result = {
            "limit": cache.about.limit,
            "rows": ledger.rows,
            "zero": ledger.zero,
            "cut": ledger.cut,
            "supervised_cut": ledger.supervised_cut,
            "strategies": ledger.strategies,
            "boundary_merge": ledger.boundary_merge,
            "path": path,
            "findings": [finding.as_json() for finding in findings],
            "refused": problem.as_json() if problem else None,
            "row": [view.as_json() for view in views],
        }
        print(json.dumps(result, ensure_ascii=False))
    else:
        for line in plain_ledger(cache.entries, ledger, findings, cache.about.limit):
            print(line)
        for view in views:
            for line in plain_row(view):
                print(line)
    return _REFUSED if problem else 0


def read_tokens(workspace: Workspace, recipe: Recipe) -> TokenCache:
    """Return the tokens, saying on standard error what is waited for."""
    reading = MaskReading(workspace, recipe, environment=os.environ)
    said = ""

    def say(words: str, _done: int | None, _total: int | None) -> None:
        nonlocal said
        if words != said:
            said = words
            print(f"{words} …", file=sys.stderr, flush=True)

    try:
        cache = reading.read(say)
    except KeyboardInterrupt:
        reading.cancel()
        raise
    assert cache is not None, "only another thread could have cancelled"
    return cache
