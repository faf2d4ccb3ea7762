"""The program of a child process that asks a service what a key shows, for nothing.

Reads from standard input a spec and the key, and writes one JSON object to standard output.
"""

import json
import os
import sys
from datetime import date
from pkgutil import resolve_name

from core.errors import RecipeError, TuningforkError
from core.hosted.kinds import kind_of
from core.hosted.provider import Access
from core.hosted.silence import Silence, silence_process
from core.hosted.spec import HostedSpec
from core.spec_file import build


def main() -> int:
    """Ask once."""
    # What a library prints must not stand between the lines.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = json.load(sys.stdin)
    cover = Silence([asked["key"]] if asked["key"] else [])
    silence_process(cover)
    try:
        spec = build(HostedSpec, asked["spec"], where="the plan", error=RecipeError)
        access = Access(key=asked["key"], key_words=asked["key_words"], cover=cover)
        found = resolve_name(kind_of(spec.provider).account)(spec, access)
        ends: date | None = found.ends
        said: dict[str, object] = {
            "has_tuned": found.has_tuned,
            "used_lately": found.used_lately,
            "ends": ends.isoformat() if ends else None,
            "seen": [cover(one) for one in found.seen],
        }
        code = 0
    except TuningforkError as error:
        said, code = {"error": error.as_json()}, error.exit_code
    output.write(json.dumps(said) + "\n")
    output.flush()
    return code


if __name__ == "__main__":
    raise SystemExit(main())
