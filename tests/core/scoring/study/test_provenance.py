import json

from core.scoring.study.judging import judge_study, judged_again
from core.scoring.study.opened import integrity_of, read_locked, read_logs, read_sealed
from core.scoring.study.record import add_to_record
from core.scoring.study.verify import verify_study
from core.workspace import open_workspace
from tests.core.scoring.study.conftest import Lock, always, rate_all
from tests.support.studies import NOW


def test_a_verdict_names_plan_seal_and_the_end_of_every_log(lock: Lock) -> None:
    folder = lock(6, raters_per_item=2, holdout="")
    for rater in ("ada", "ben"):
        rate_all(folder, rater, always)
    workspace = open_workspace(folder.path.parents[1])
    judged = judge_study(workspace, folder, early=False, by="owner", now=NOW)
    found = judged.provenance
    last = json.loads(folder.log("ada").read_bytes().splitlines()[-1])
    assert found.heads["ada"] == last["hash"]
    assert found.plan == folder.seal.read_text().strip()
    assert (found.opened_by, found.opened_at) == ("owner", NOW.isoformat())
    words = "\n".join(judged.sections[0].lines())
    assert last["hash"] in words
    assert judged_again(workspace, folder).as_json() == judged.as_json()


def test_verify_names_every_export_with_its_reason(lock: Lock) -> None:
    folder = lock(3)
    rate_all(folder, "ada", always)
    assert verify_study(folder).records.exports.entries == ()
    entry = {
        "at": "2026-03-04", "by": "own\x1ber", "as": "pairs", "file": "p.jsonl", "sha256": "0",
        "rows": 7, "touching": 2, "reason": "the holdout is retired",
    }  # fmt: skip
    add_to_record(folder, folder.exports, entry)
    found = verify_study(folder)
    (line,) = [one for one in found.lines() if "exported" in one]
    assert line == (
        "own␛er exported 7 pairs to p.jsonl at 2026-03-04; "
        "2 touch the holdout: the holdout is retired"
    )
    assert found.as_json()["exports"] == [entry]


def test_a_trap_tells_nothing_about_places(lock: Lock) -> None:
    folder = lock(5, traps=5)
    traps = read_sealed(folder).traps
    rate_all(folder, "ada", lambda task, place: 5 if task.item.id in traps and not place else 1)
    locked = read_locked(folder)
    found = integrity_of(locked, read_logs(folder, locked), read_sealed(folder), holdout="root")
    assert len(traps) == 5
    assert found.position_p is None
