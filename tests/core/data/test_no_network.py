"""Nothing of inspecting, mending and splitting reaches for the network, whatever is asked."""

import subprocess
import sys
from pathlib import Path

SAMPLE = Path(__file__).parents[3] / "sample_data"
ALL_OF_IT = """
import sys

seen = []
sys.addaudithook(lambda name, of: seen.append(name) if name.startswith("socket.") else None)

from datetime import UTC, datetime
from pathlib import Path
from core.catalog.rules_of_providers import providers
from core.data.asked import Asked
from core.data.checking import all_checks
from core.data.profile import inspect_file
from core.data.sources import file_sha256
from core.data.split import split_file
from core.data.triage.clean import clean_file
from core.data.triage.desk import Desk
from core.data.triage.redaction import redact
from core.workspace import create_workspace

sample, folder = Path(sys.argv[1]), Path(sys.argv[2])
tickets, now = sample / "support_tickets.jsonl", datetime(2026, 5, 4, tzinfo=UTC)
found = set()
for provider in providers():
    asked = Asked(provider=provider, against=sample / "support_tickets_eval.jsonl", epochs=3)
    found |= {one.check for one in inspect_file(tickets, asked).findings}
found |= {one.check for one in inspect_file(sample / "hostile.jsonl", Asked()).findings}
assert len(found) >= len(all_checks()) - 6, sorted(set(all_checks()) - found)
workspace = create_workspace(folder)
desk = Desk.open(
    workspace, tickets, sha256=file_sha256(tickets), salt=b"s" * 16, by="a", now=now
)
change = redact(enumerate(tickets.read_bytes().splitlines()[:100], start=1), desk.stand_ins())
if change is not None:
    desk.do(change, now=now)
cleaned = clean_file(tickets, desk.path, folder / "clean.jsonl")
split_file(workspace, cleaned.output, name="t", now=now)
import socket
assert not seen, seen
socket.socket().close()
assert seen == ["socket.__new__"], seen
"""


def test_inspecting_mending_and_splitting_open_no_connection(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALL_OF_IT, str(SAMPLE), str(tmp_path / "w")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
