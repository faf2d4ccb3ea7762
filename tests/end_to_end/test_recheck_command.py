"""Rechecking from the command line, as cron would, with a real worker."""

from pathlib import Path

from core.contenders.answers import AnswerStore, StoredAnswer
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.keys import row_keys
from tests.support.command import tuningfork
from tests.support.fake_chat import FakeChat
from tests.support.path_job import SPLIT, make_workspace, open_job
from tests.support.tuned_run import RUN, finish_run


def test_a_model_that_changed_ends_with_another_code_and_says_why(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    finish_run(workspace, tmp_path / "base").mkdir()
    none = tuningfork("recheck", "-w", workspace.root, cwd=tmp_path)
    assert none.code == 2
    assert "nothing to recheck" in none.err
    folder, salt = dataset_folder(workspace, SPLIT), read_salt(workspace)
    with FakeChat().serving() as chat:
        server = {"base_url": chat.url, "model": "vendor-1", "tries": 1, "key": "VENDOR_KEY"}
        spec = {"run": RUN, "invited": {"endpoints": {"vendor": server}}}
        job = open_job(workspace, "score", spec, id="scored")
        AnswerStore(job.folder.answers).add(
            [
                StoredAnswer(
                    key=str(place),
                    contender="vendor",
                    item=row_keys(row, salt).row.hex(),
                    text=row.reference,
                    tokens=1,
                    stopped=True,
                    cut=False,
                )
                for place, row in enumerate(read_part(folder.holdout))
            ]
        )
        words = ("recheck", "--json", "--model", "vendor-2", "-w", workspace.root)
        keyless = tuningfork(*words, cwd=tmp_path)
        assert keyless.code == 2
        done = tuningfork(*words, cwd=tmp_path, environment={"VENDOR_KEY": "top-secret-key"})
    assert done.code == 1, done
    assert done.json["contenders"][0]["state"] == "worse"
    assert {one["model"] for one in chat.seen} == {"vendor-2"}
    assert not any(
        b"top-secret-key" in path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file()
    )
