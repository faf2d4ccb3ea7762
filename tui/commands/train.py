"""`tuningfork train`: launch a run from a recipe, and follow it unless told not to."""

import json
import os
from argparse import Namespace

from core.training.recipe import read_recipe, recipe_toml
from core.training.start import start_run
from tui.commands.place import moment, token, workspace_of
from tui.commands.watch import follow


def run(arguments: Namespace) -> int:
    """Launch; the job goes on whatever happens to this command."""
    recipe = read_recipe(arguments.recipe, arguments.set)
    if arguments.dry_run:
        text = recipe_toml(recipe)
        print(json.dumps(recipe.model_dump(mode="json")) if arguments.json else text, end="")
        return 0
    workspace = workspace_of(arguments)
    folder = start_run(workspace, recipe, now=moment(), token=token(), environment=os.environ)
    if arguments.detach:
        if arguments.json:
            print(json.dumps({"run": folder.id, "directory": str(folder.path)}))
        else:
            print(f"{folder.id} is under way. `tuningfork watch {folder.id}` follows it.")
        return 0
    return follow(folder, as_json=arguments.json)
