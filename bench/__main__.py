"""`make bench`: every comparison, one after the other."""

import importlib
import pkgutil
from pathlib import Path

COMPARISONS = tuple(
    module.name
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name not in {"__main__", "screen_clock", "table", "rehearsed", "relay", "trainers"}
)

for name in COMPARISONS:
    importlib.import_module(f"bench.{name}").main()
