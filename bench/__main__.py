"""`make bench`: every comparison, one after the other."""

import importlib
import pkgutil
from pathlib import Path

SUPPORT = {
    "__main__",
    "detection_sets",
    "rehearsed",
    "relay",
    "screen_clock",
    "table",
    "trainers",
}
"""What the comparisons are made with."""
COMPARISONS = tuple(
    module.name
    for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    if module.name not in SUPPORT
)

for name in COMPARISONS:
    importlib.import_module(f"bench.{name}").main()
