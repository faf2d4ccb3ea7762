"""A planted key reaches no event, no log line and no last words, in whatever form it comes."""

import base64
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from core.events.schema import MessageLogged, RunFailed
from core.events.writer import EventWriter
from core.hosted.silence import Silence, describe_error

KEY = "sk-planted/0123+456=789-abcdefghijkl"
FORMS = (KEY, quote(KEY, safe=""), base64.b64encode(KEY.encode()).decode(), KEY[5:19])


@pytest.mark.parametrize("form", FORMS)
def test_a_known_key_is_covered_in_every_form(form: str) -> None:
    assert form not in Silence([KEY])(f"the server said {form}!")


def test_what_looks_like_a_token_is_covered_though_nobody_knew_it() -> None:
    token = "hf_" + "kQvZtRwBnXyLmJpHsDcGfEaUoIqWzVbTrK"
    said = Silence([])(f"Authorization failed for {token}, sorry")
    assert token not in said
    assert said.startswith("Authorization failed for ")


def test_a_token_that_is_fetched_on_the_way_is_covered_from_then_on() -> None:
    cover, token = Silence([KEY]), "planted+token/of-an-hour"
    cover.learn(token)
    for form in (KEY, token, base64.b64encode(token.encode()).decode(), token[4:18]):
        assert form not in cover(f"the server said {form}!")


def test_the_query_of_a_signed_address_goes_and_the_address_stays() -> None:
    said = Silence([])("see https://x.example/metrics.jsonl?X-Sig=abc&e=1 for more")
    assert said == "see https://x.example/metrics.jsonl?[key] for more"


def test_the_event_log_holds_no_known_key(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter.open(path, run="r", attempt=1, clock=lambda: datetime.now(UTC)) as log:
        log.cover = Silence([KEY])
        for form in FORMS:
            written = log.write(MessageLogged(level="info", text=f"a {form} b"))
            assert form not in written.text
        log.write(RunFailed(what=KEY, why=KEY, remedy="none", seconds=0.5))
    content = path.read_text()
    assert not any(form in content for form in FORMS)
    assert '"seconds":0.5' in content


def test_an_error_is_told_by_kind_status_and_words() -> None:
    class StatusError(Exception):
        status_code = 401
        code = "invalid_api_key"
        request = {"authorization": f"Bearer {KEY}"}  # noqa: RUF012

    said = describe_error(StatusError(f"Incorrect key {KEY}"), Silence([KEY]))
    assert said == ("StatusError, status_code 401, code invalid_api_key: Incorrect key [key]")


def test_log_records_and_uncaught_errors_leave_a_process_covered() -> None:
    script = f"""
import logging, threading
from core.hosted.silence import Silence, silence_process
key = {KEY!r}
silence_process(Silence([key]))
logging.getLogger("openai._base_client").warning("sent %s", key)
try:
    raise ValueError(key)
except ValueError:
    logging.getLogger("x").exception("with a frame")
thread = threading.Thread(target=lambda: (_ for _ in ()).throw(OSError(key)))
thread.start(); thread.join()
raise RuntimeError("at the end " + key)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("[key]") == 4
    assert not any(form in ended.stderr for form in FORMS)
    assert logging.getLogger("openai").propagate
