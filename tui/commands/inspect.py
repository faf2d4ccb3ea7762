"""`tuningfork inspect`: profile a file of rows and list what is wrong with it."""

import json
from argparse import Namespace

from core.data.profile import inspect_file
from tui.plain import profile_lines

FINDINGS = 1
UNUSABLE = 2


def run(arguments: Namespace) -> int:
    """Print the profile; exit 0 when clean, 1 with findings at the level, 2 when unusable."""
    profile = inspect_file(arguments.file)
    if arguments.json:
        print(json.dumps(profile.as_json(), ensure_ascii=False))
    else:
        for line in profile_lines(profile, profile.not_scanned):
            print(line)
    if not profile.valid_rows:
        return UNUSABLE
    return FINDINGS if profile.at_or_above(arguments.fail_on) else 0
