"""Every kind of contender over every kind of model: servers, runs, folders, the included one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.contenders.asked_for import read_asked
from core.contenders.embedding import read_embedding
from core.data.dataset import dataset_folder, read_part
from core.errors import DataError, JobError, RecipeError, UsageError
from core.events.schema import MessageLogged
from core.jobs.context import Finished
from core.scoring.answer_job import run
from core.scoring.answered_items import items_of_file
from core.scoring.asked_rows import AnswerSpec, asked_rows, check_means, further_of
from core.scoring.invited import Invited, invite
from core.scoring.local_models import find_model
from core.workspace import Workspace
from tests.support.fake_chat import FakeChat
from tests.support.path_job import SPLIT, chat, events, make_workspace, open_job
from tests.support.tiny_model import save_tiny_model
from tests.support.tuned_run import RUN, add_tuned_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
NAMES = [f"what of parcel {number}" for number in range(4)]


@pytest.fixture
def server() -> Iterator[FakeChat]:
    with FakeChat().serving() as serving:
        yield serving


@pytest.fixture
def workspace(tmp_path: Path, server: FakeChat) -> Workspace:
    made = make_workspace(tmp_path / "ws")
    made.endpoints.write_text(f'[endpoint.fake]\nbase_url = "{server.url}"\nmodel = "m"\n')
    (tmp_path / "rows.jsonl").write_text("\n".join(chat(one, one.upper()) for one in NAMES))
    made.documents.mkdir()
    (made.documents / "post.md").write_text("A parcel leaves on weekdays.")
    return made


def spec_of(workspace: Workspace, *words: str, **changes: Any) -> AnswerSpec:
    folder = workspace.root.parent
    values = {
        "source": str(folder / "rows.jsonl"),
        "invited": invite(workspace, words, [], {}),
        "output": str(folder / "out.jsonl"),
        "prompt": "Be brief.",
        "examples": SPLIT,
        "documents": str(workspace.documents),
    }
    return AnswerSpec.model_validate(values | changes)


def answered(workspace: Workspace, spec: AnswerSpec, id: str = "job") -> dict[str, dict[str, str]]:
    """Run the job; return the answers by question and contender."""
    assert isinstance(
        run(open_job(workspace, "answer", spec.model_dump(mode="json"), id=id)), Finished
    )
    return {one.prompt[0][1]: dict(one.answers) for one in items_of_file(Path(spec.output))}


def test_a_server_is_asked_in_every_way(workspace: Workspace, server: FakeChat) -> None:
    ways = ("fake", "improved_prompt@fake", "few_shot@fake", "retrieval@fake")
    found = answered(workspace, spec_of(workspace, *ways))
    assert {tuple(one) for one in found.values()} == {ways}
    turns = [one["messages"] for one in server.seen if NAMES[0] in one["messages"][-1]["content"]]
    by_length = sorted(turns, key=lambda one: (len(one), len(one[-1]["content"])))
    plain, passages, improved, shown = by_length
    assert plain == [{"role": "user", "content": NAMES[0]}]
    assert passages[-1]["content"].startswith("[post.md]\nA parcel leaves on weekdays.")
    assert improved[0] == {"role": "system", "content": "Be brief."}
    assert [turn["role"] for turn in shown] == ["user", "assistant"] * 3 + ["user"]
    train = {one.prompt[-1].text for one in read_part(dataset_folder(workspace, SPLIT).train)}
    assert {turn["content"] for turn in shown[:-1:2]} <= train
    assert not any(name.upper() in str(server.seen) for name in NAMES)


def test_models_of_this_machine_answer_beside_servers(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.contenders.local.usable_cores", lambda: 1)
    base = save_tiny_model(tmp_path / "model")
    add_tuned_run(workspace, base)
    spec = spec_of(workspace, f"small={base}", f"mine={RUN}", "few_shot@mine", "fake")
    short = {
        name: one.model_copy(update={"max_new_tokens": 4})
        for name, one in spec.invited.models.items()
    }
    spec = spec.model_copy(update={"invited": spec.invited.model_copy(update={"models": short})})
    found = answered(workspace, spec)
    assert {tuple(one) for one in found.values()} == {("small", "mine", "few_shot@mine", "fake")}
    assert any(one["small"] != one["mine"] for one in found.values())
    folder = spec_of(workspace, f"mine={workspace.run(RUN).adapter}").invited.models["mine"]
    again = spec.model_copy(
        update={
            "invited": Invited(
                models={"other": folder.model_copy(update={"max_new_tokens": 4})},
                asked=(read_asked("other").asked,),
            ),
            "output": str(tmp_path / "again.jsonl"),
        }
    )
    of_folder = answered(workspace, again, "second")
    assert [one["other"] for one in of_folder.values()] == [one["mine"] for one in found.values()]


def test_a_model_is_found_by_its_place(workspace: Workspace, tmp_path: Path) -> None:
    commit = "0" * 40
    assert find_model(workspace, f"org/name@{commit}").revision == commit
    assert find_model(workspace, "embedded").base == "embedded"
    base = save_tiny_model(tmp_path / "model")
    own = find_model(workspace, str(base))
    assert (own.base, own.tuned) == (str(base), None)
    assert own.template == (base / "chat_template.jinja").read_text()
    (base / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    with pytest.raises(RecipeError, match="names no base model"):
        find_model(workspace, str(base))
    for nothing in ("org/name", "nowhere", str(tmp_path), "org/name@main"):
        with pytest.raises(UsageError, match="is no model"):
            find_model(workspace, nothing)


@pytest.mark.parametrize(
    ("word", "name", "where"),
    [
        ("qwen", "qwen", ""),
        ("few_shot@qwen", "few_shot@qwen", ""),
        ("mine=./folder", "mine", "./folder"),
        ("retrieval@mine=org/name@abc", "retrieval@mine", "org/name@abc"),
        ("base@qwen", "qwen", ""),
    ],
)
def test_what_is_asked_is_read(word: str, name: str, where: str) -> None:
    found = read_asked(word)
    assert (found.asked.name, found.where) == (name, where)


@pytest.mark.parametrize(
    "word", ["", "=x", "tuned@qwen", "few@qwen", "Big Model", "@qwen", "a@b@c"]
)
def test_what_names_nobody_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="names no contender"):
        read_asked(word)


def test_one_name_never_means_two_models(workspace: Workspace, tmp_path: Path) -> None:
    base = save_tiny_model(tmp_path / "model")
    with pytest.raises(UsageError, match="the name of two models"):
        invite(workspace, [f"a={base}", "a=embedded"], [], {})
    with pytest.raises(UsageError, match="the name of two models"):
        invite(workspace, [f"tuned={base}"], [], {}, taken=["tuned"])
    twice = invite(workspace, [f"a={base}", f"few_shot@a={base}", "a"], [], {})
    assert (twice.names, len(twice.models)) == (["a", "few_shot@a"], 1)


def test_what_is_shown_is_never_what_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    train = read_part(dataset_folder(workspace, SPLIT).train)
    spec = spec_of(workspace, "few_shot@fake")
    before = further_of(workspace, spec, asked_rows(workspace, spec.source, scoring=False)).shots
    asked = [chat(one.prompt[-1].text, one.reference) for one in before]
    (tmp_path / "rows.jsonl").write_text("\n".join(asked))
    after = further_of(workspace, spec, asked_rows(workspace, spec.source, scoring=False)).shots
    assert len(before) == len(after) == 3
    assert not {one.row for one in before} & {one.row for one in after}
    assert {one.row for one in after} <= {one.row for one in train}


def test_a_document_with_what_is_asked_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    long = "when does the parcel that I sent to the coast on friday come back to me"
    (tmp_path / "rows.jsonl").write_text("\n".join([chat(long, "never"), chat("other", "x")]))
    (workspace.documents / "leak.md").write_text(f"Asked: {long}. Answer: never.")
    spec = spec_of(workspace, "retrieval@fake").model_dump(mode="json")
    with pytest.raises(DataError, match=r"leak\.md"):
        run(open_job(workspace, "answer", spec))


def test_examples_of_a_holdout_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "copied.jsonl"
    held = read_part(dataset_folder(workspace, SPLIT).holdout)
    path.write_text("\n".join(chat(one.prompt[-1].text, one.reference) for one in held))
    spec = spec_of(workspace, "few_shot@fake", examples=str(path)).model_dump(mode="json")
    with pytest.raises(DataError, match="holdout"):
        run(open_job(workspace, "answer", spec))


def test_what_a_contender_lacks_is_said_before_and_by_the_job(workspace: Workspace) -> None:
    for word, lacking in (
        ("improved_prompt@fake", {"prompt": " "}),
        ("few_shot@fake", {"examples": None}),
        ("retrieval@fake", {"documents": None}),
    ):
        spec = spec_of(workspace, word, **lacking)
        with pytest.raises(UsageError, match=f"{word} cannot answer"):
            check_means(spec)
        with pytest.raises(JobError, match=f"{word} cannot answer"):
            run(open_job(workspace, "answer", spec.model_dump(mode="json"), id=word[:3]))
    check_means(spec_of(workspace, "fake", prompt="", examples=None, documents=None))


def test_every_prompt_that_leaves_is_counted_with_what_goes_along(workspace: Workspace) -> None:
    with workspace.endpoints.open("a") as file:
        file.write('[endpoint.far]\nbase_url = "https://api.invalid/v1"\nmodel = "big"\n')
    both = invite(workspace, ["far", "retrieval@far", "few_shot@far", "fake"], [], {})
    assert both.leaving(10) == [
        "30 prompts go to https://api.invalid (endpoint far, model big), some with "
        "solved examples, passages of documents"
    ]
    assert invite(workspace, ["far"], [], {}).leaving(10) == [
        "10 prompts go to https://api.invalid (endpoint far, model big)"
    ]


def test_a_record_from_before_asks_every_server_as_it_is(workspace: Workspace) -> None:
    now = invite(workspace, ["fake"], [], {}).model_dump(mode="json")
    before = {name: now[name] for name in ("endpoints", "files")}
    assert Invited.model_validate(json.loads(json.dumps(before))).names == ["fake"]


def test_passages_are_found_by_meaning_where_a_server_embeds(
    workspace: Workspace, server: FakeChat
) -> None:
    with workspace.endpoints.open("a") as file:
        file.write(f'[embedding]\nbase_url = "{server.url}"\nmodel = "e"\n')
    (workspace.documents / "returns.md").write_text("A refund takes six days.")
    rows = workspace.root.parent / "rows.jsonl"
    rows.write_text("\n".join([chat("when is my money there", "soon"), chat("post?", "late")]))
    spec = spec_of(workspace, "retrieval@fake", embedding=read_embedding(workspace, {}))
    assert len(answered(workspace, spec)) == 2
    asked = [one["messages"][-1]["content"] for one in server.seen if "messages" in one]
    assert any(one.startswith("[returns.md]\nA refund takes six days.") for one in asked)
    embedded = [text for one in server.seen for text in one.get("input", ())]
    assert sorted(embedded) == sorted(
        [
            "A parcel leaves on weekdays.",
            "A refund takes six days.",
            "when is my money there",
            "post?",
        ]
    )
    said = [one.text for one in events(workspace.run("job")) if isinstance(one, MessageLogged)]
    assert any("2 passages by their words and by vectors of e (3 numbers" in one for one in said)
    again = spec.model_copy(update={"output": str(rows.with_name("again.jsonl"))})
    answered(workspace, again, "again")
    assert sum("input" in one for one in server.seen) == 2
