"""`make bench`: every comparison, one after the other; a comparison is a module with a `main`."""

import importlib
import pkgutil
from pathlib import Path

for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
    if found.name != "__main__":
        module = importlib.import_module(f"bench.{found.name}")
        if hasattr(module, "main"):
            module.main()
