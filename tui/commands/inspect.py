"""`tuningfork inspect`: profile a file of rows and list what is wrong with it."""

import json
from argparse import Namespace

from core.data.profile import NOT_SCANNED, Profile, inspect_file
from core.text_safety import visible

FINDINGS = 1
UNUSABLE = 2
_ROWS_SHOWN = 8


def run(arguments: Namespace) -> int:
    """Print the profile; exit 0 when clean, 1 with findings at the level, 2 when unusable."""
    profile = inspect_file(arguments.file)
    if arguments.json:
        print(json.dumps(profile.as_json(), ensure_ascii=False))
    else:
        _print_profile(profile)
    if not profile.valid_rows:
        return UNUSABLE
    return FINDINGS if profile.at_or_above(arguments.fail_on) else 0


def _print_profile(profile: Profile) -> None:
    print(f"{profile.verdict.upper()}: {profile.rows} rows, {profile.valid_rows} usable")
    for finding in profile.findings:
        rows = ", ".join(map(str, finding.rows[:_ROWS_SHOWN]))
        more = ", ..." if len(finding.rows) > _ROWS_SHOWN else ""
        where = f" (rows {rows}{more})" if rows else ""
        print(f"{finding.severity:<8} {finding.check}: {visible(finding.message)}{where}")
        print(f"         -> {visible(finding.remedy)}")
    print(f"not scanned: {', '.join(NOT_SCANNED)}")
