"""A finding's row is answered by what is about it, and by nothing else."""

import pytest

from core.data.triage.answered import answered
from core.data.triage.journal import Step
from core.data.triage.operations import Change, Covered, Drop, Edit, Fix, Keep, Redact
from core.data.triage.replay import plan

DROP = Drop(rows=(2,))
KEEP = Keep(check="duplicate", rows=(2,), reason="wanted")
EDIT = Edit(row=2, text=0, value="other words")
COVER = Redact(rows=(Covered(row=2, covers=()),), rules=1)


@pytest.mark.parametrize(
    ("change", "check", "is_answer"),
    [
        (DROP, "duplicate", True),
        (KEEP, "duplicate", True),
        (KEEP, "personal", False),
        (EDIT, "schema", True),
        (COVER, "personal", True),
        (COVER, "secret", True),
        (COVER, "duplicate", False),
        (Fix(fix="drop_commas:1", rows=(2,)), "json", True),
        (Fix(fix="drop_commas:1", rows=(2,)), "secret", False),
    ],
)
def test_a_change_answers_the_checks_it_is_about(
    change: Change, check: str, is_answer: bool
) -> None:
    done = plan([Step(1, change)])
    assert answered(done, check, (1, 2, 3)) == (frozenset({2}) if is_answer else frozenset())
