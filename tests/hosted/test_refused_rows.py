"""A service that refuses rows leads to them, whenever it says so, and its whole words are kept."""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.hosted.failures import HostedError, Rejected
from core.hosted.kept_replies import MOST_BODY, MOST_REPLIES, NAME, KeptReplies
from core.hosted.silence import Silence
from tests.hosted.conftest import Bench
from tests.hosted.fake_line import Fault, html
from tests.hosted.fixed import KEY
from tests.support.jobs import read_events

LINE = 4


@pytest.mark.parametrize("endpoint", ["jobs.create", "files.create"])
def test_a_line_that_is_refused_before_there_is_a_job_is_our_row(
    bench: Bench, endpoint: str
) -> None:
    words = f"Invalid file format. Line {LINE}: the message is missing"
    bench.service.faults = [
        Fault(
            endpoint=endpoint,
            status=400,
            code="invalid_file",
            message=words,
            param="training_file" if endpoint == "jobs.create" else None,
        )
    ]
    with pytest.raises(Rejected) as refused:
        bench.run()
    assert (refused.value.part, refused.value.rows) == ("train", (LINE,))
    assert refused.value.why.endswith(f"It means train row {LINE}.")
    assert not (bench.folder.path / "upload" / "train.jsonl").exists()
    assert bench.service.billed == 0


def test_a_line_of_nobody_knows_which_file_names_no_row(bench: Bench) -> None:
    fault = Fault(endpoint="jobs.create", status=400, message="Line 4 is wrong")
    bench.service.faults = [fault]
    with pytest.raises(Rejected) as refused:
        bench.run()
    assert (refused.value.part, refused.value.rows) == ("", ())


def test_the_whole_words_of_a_refusal_are_kept_without_the_key(bench: Bench) -> None:
    words = "Moderation. " + "The row is unsafe. " * 100 + f"Sent with {KEY}"
    bench.service.faults = [
        html("jobs.retrieve", 2),
        Fault(endpoint="jobs.create", nth=9),
        Fault(endpoint="files.list", nth=1, status=429, headers={"retry-after": "1"}),
        Fault(endpoint="jobs.checkpoints", status=403, code="no", message=words),
    ]
    with suppress(HostedError):
        bench.run()
    path = bench.folder.path / NAME
    kept = [json.loads(line) for line in path.read_text().splitlines()]
    bodies = {one["status"]: one["body"] for one in kept}
    assert "Sign in" in bodies[None] or "Sign in" in bodies.get(200, "")
    assert words.count("unsafe") == bodies[403].count("unsafe"), "not only the part that is shown"
    assert KEY not in path.read_text()
    assert os.stat(path).st_mode & 0o077 == 0
    told = [one for one in read_events(bench.folder.events) if NAME in getattr(one, "text", "")]
    assert len(told) == 1


def test_kept_replies_are_bounded_and_cover_keys_in_any_escape(tmp_path: Path) -> None:
    told: list[str] = []
    slashed = "sk-planted/0123/456/789/abcdefghijkl"
    keep = KeptReplies(
        tmp_path,
        cover=Silence([slashed]),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        tell=told.append,
    )
    escaped = json.dumps({"said": slashed}).replace("/", "\\/").replace("planted", "\\u0070lanted")
    keep("ask", 400, escaped)
    keep("ask", 400, escaped)
    keep("ask", 400, b"x" * 10**6 + slashed.encode())
    keep("ask", 400, "y" * (MOST_BODY - 9) + slashed)
    for number in range(2 * MOST_REPLIES):
        keep("ask", 500, f"reply {number}")
    lines = (tmp_path / NAME).read_text().splitlines()
    assert len(lines) == MOST_REPLIES
    assert max(map(len, lines)) < MOST_BODY + 200
    for part in (slashed, slashed[:12], "planted"):
        assert part not in (tmp_path / NAME).read_text()
    assert len(told) == 1
    again = KeptReplies(
        tmp_path,
        cover=Silence([]),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        tell=told.append,
    )
    again("ask", 500, "one more")
    assert len((tmp_path / NAME).read_text().splitlines()) == MOST_REPLIES


def test_a_disk_that_is_full_keeps_no_reply_and_stops_nothing(tmp_path: Path) -> None:
    keep = KeptReplies(
        tmp_path / "nowhere",
        cover=Silence([]),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        tell=lambda _: None,
    )
    keep("ask", 500, "reply")
