"""Each target gets what its server needs, and the manifest says how it is served."""

import json
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.data.formats import to_example
from core.database import connect
from core.errors import JobError, MachineError, UsageError
from core.jobs.context import Finished, JobContext
from core.release.dressing.gguf import GET_IT, find_converter
from core.release.dressing.go_render import render
from core.release.export_job import run
from core.release.hub_upload import check_upload, upload
from core.release.provider_data import provider_row, write_provider_data
from core.release.spec import ExportSpec
from core.release.verify import verify
from core.training.recipe import make_recipe
from core.workspace import Workspace
from tests.support.path_job import SPLIT, make_workspace, open_job
from tests.support.tiny_families import save_tiny_family
from tests.support.tuned_run import RUN, add_tuned_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.release.tuned_model.usable_cores", lambda: 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path / "ws")
    add_tuned_run(workspace, save_tiny_family(tmp_path / "base", "llama", tied=False))
    return workspace


def export(workspace: Workspace, target: str, to: Path, **changes: Any) -> JobContext:
    spec = {"run": RUN, "target": target, "destination": str(to), "prompts": 2} | changes
    job = open_job(workspace, "export", spec, id="export")
    assert isinstance(run(job), Finished)
    return job


def manifest_of(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_bytes())


def test_ollama_gets_weights_and_a_modelfile(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(workspace, "ollama", out)
    text = (out / "Modelfile").read_text()
    assert text.startswith('FROM .\nTEMPLATE """')
    assert 'PARAMETER stop "<|end|>"\n' in text
    template = text.split('"""')[1]
    asked = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    assert render(template, asked) == "<|system|>s<|end|><|user|>u<|end|><|assistant|>"
    assert (out / "model.safetensors").is_file()
    manifest = manifest_of(out)
    assert manifest["serve"] == "ollama create tuned -f Modelfile && ollama run tuned"
    assert manifest["checked"]["template_tried_on"] > 4
    assert "Modelfile" in manifest["files"]


def test_vllm_gets_the_adapter_as_a_lora_module(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(workspace, "vllm", out)
    assert (out / "adapter_model.safetensors").is_file()
    *_, command = (out / "serve.sh").read_text().splitlines()
    words = shlex.split(command)
    assert words[:4] == ["exec", "vllm", "serve", str(tmp_path / "base")]
    assert words[words.index("--lora-modules") + 1] == "tuned=."
    assert words[words.index("--max-lora-rank") + 1] == "8", "the smallest that 4 fits into"
    assert words[words.index("--chat-template") + 1] == "chat_template.jinja"
    assert "<|assistant|>" in (out / "chat_template.jinja").read_text()


def test_vllm_gets_merged_weights_where_it_cannot_load_the_adapter(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "ws")
    base = save_tiny_family(tmp_path / "base", "llama", tied=False)
    add_tuned_run(workspace, base, use_dora=True)
    export(workspace, "vllm", tmp_path / "out")
    assert (tmp_path / "out" / "model.safetensors").is_file()
    words = shlex.split((tmp_path / "out" / "serve.sh").read_text().splitlines()[-1])
    assert words[:4] == ["exec", "vllm", "serve", "."]
    assert "--enable-lora" not in words


def test_the_card_says_what_is_known_and_obeys_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    evil = "better\n---\n# <script>alert(1)</script> [x](http://evil) \x1b[31m"
    verdict = {
        "sentence": evil,
        "basis": "automatic",
        "comparisons": [
            {"against": "base|x", "mean_difference": 0.25, "low": 0.1, "high": 0.4, "p": 0.01}
        ],
    }
    with connect(workspace.database) as connection:
        connection.execute(
            "INSERT INTO verdicts VALUES ('v', '2026', ?, ?)", (RUN, json.dumps(verdict))
        )
    export(workspace, "hub", tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    front, body = card.removeprefix("---\n").split("\n---\n", 1)
    assert 'library_name: "peft"' in front
    assert "base_model" not in front, "a folder of this machine is no name on the Hub"
    assert "\n---" not in body
    assert "<script>" not in body.replace("\\<", "")
    assert "\x1b" not in body
    assert "| base\\|x | 0.25 | 0.1 to 0.4 | 0.01 |" in body
    assert "no person rated the answers" in body
    assert "- Rows: train " in body
    assert "- `lora.rank`: 16" in body


def test_a_run_nobody_scored_is_called_so(workspace: Workspace, tmp_path: Path) -> None:
    export(workspace, "hub", tmp_path / "out")
    card = (tmp_path / "out" / "README.md").read_text()
    assert "Nobody scored this run" in card


CONVERTER = """
import json, pathlib, sys
weights, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[3])
assert (weights / "model.safetensors").is_file() and sys.argv[2] == "--outfile"
if {fails}:
    sys.exit("\\x1b[31mERROR Model LlamaForCausalLM is not supported")
out.write_bytes(b"GGUF" + json.dumps(sys.argv[4:]).encode())
"""


def converter(folder: Path, *, fails: bool = False) -> Path:
    folder.mkdir()
    path = folder / "convert_hf_to_gguf.py"
    path.write_text(CONVERTER.format(fails=fails))
    return path


def test_gguf_comes_from_the_installed_converter(workspace: Workspace, tmp_path: Path) -> None:
    found = find_converter({"LLAMA_CPP": str(converter(tmp_path / "llama.cpp").parent)})
    out = tmp_path / "out"
    export(workspace, "gguf", out, converter=str(found), precision="float16")
    assert (out / "model.gguf").read_bytes() == b'GGUF["--outtype", "f16"]'
    assert {path.name for path in out.iterdir()} == {
        "model.gguf",
        "chat_template.jinja",
        "manifest.json",
    }
    assert "llama-server -m model.gguf" in manifest_of(out)["serve"]
    assert not list(tmp_path.glob(".out*"))


def test_a_converter_that_fails_leaves_nothing_and_its_words(
    workspace: Workspace, tmp_path: Path
) -> None:
    found = converter(tmp_path / "llama.cpp", fails=True)
    with pytest.raises(JobError, match="LlamaForCausalLM is not supported") as raised:
        export(workspace, "gguf", tmp_path / "out", converter=str(found))
    assert "\x1b" not in raised.value.why
    assert {path.name for path in tmp_path.iterdir()} == {"ws", "base", "llama.cpp"}


def test_a_missing_converter_is_said_with_the_command_that_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr("core.release.dressing.gguf._FURTHER", ())
    with pytest.raises(MachineError) as raised:
        find_converter({"PATH": str(tmp_path)})
    assert GET_IT in raised.value.remedy
    assert raised.value.exit_code == 3


def test_the_chat_template_of_the_recipe_goes_with_the_model(
    workspace: Workspace, tmp_path: Path
) -> None:
    own = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[answer]"
    workspace.run(RUN).chat_template.write_text(own)
    export(workspace, "merged", tmp_path / "out")
    assert (tmp_path / "out" / "chat_template.jinja").read_text() == own


def test_verify_names_what_changed(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(workspace, "adapter", out)
    found = verify(out)
    assert found.intact
    assert found.files == len(manifest_of(out)["files"])
    assert not found.proven
    assert found.proof.startswith("Not proven")
    with (out / "adapter_model.safetensors").open("r+b") as file:
        file.seek(200)
        file.write(b"\xff")
    (out / "tokenizer.json").unlink()
    (out / "more.txt").write_text("x")
    found = verify(out)
    assert not found.intact
    assert found.changed == ("adapter_model.safetensors",)
    assert found.missing == ("tokenizer.json",)
    assert found.added == ("more.txt",)
    with pytest.raises(JobError, match="is no export"):
        verify(tmp_path)


def test_rows_for_a_provider_hold_what_is_trained_and_never_the_holdout(
    workspace: Workspace, tmp_path: Path
) -> None:
    recipe = make_recipe({"name": "a", "data": {"split": SPLIT, "drop_rows": [1]}}, where="test")
    made = write_provider_data(workspace, recipe, tmp_path / "rows")
    lines = (tmp_path / "rows" / "train.jsonl").read_text().splitlines()
    assert len(lines) == made.train
    assert all(set(json.loads(line)) == {"messages"} for line in lines)
    held = (workspace.data / SPLIT / "holdout.jsonl").read_text()
    asked = {json.loads(line)["messages"][0]["content"] for line in lines}
    assert not asked & {json.loads(line)["messages"][0]["content"] for line in held.splitlines()}
    first = (workspace.data / SPLIT / "train.jsonl").read_text().splitlines()[0]
    assert json.loads(first)["messages"][0]["content"] not in asked, "row 1 is dropped"
    assert manifest_of(tmp_path / "rows")["rows"]["train"] == made.train
    with pytest.raises(JobError, match="exists already"):
        write_provider_data(workspace, recipe, tmp_path / "rows")


def test_a_turn_that_is_not_trained_has_no_weight_for_the_provider() -> None:
    row = {
        "messages": [
            {"role": "user", "content": "a", "note": "ours"},
            {"role": "assistant", "content": "b", "weight": 0},
            {"role": "user", "content": "c"},
            {"role": "assistant", "content": "d", "weight": 1},
        ],
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }
    assert provider_row(to_example(row, 1)) == {
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b", "weight": 0},
            {"role": "user", "content": "c"},
            {"role": "assistant", "content": "d"},
        ],
        "tools": row["tools"],
    }


class FakeHub:
    """As much of the Hub as an upload of small files asks for."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[tuple[str, str]] = []
        self.bodies: dict[str, bytes] = {}
        self.keys: set[str] = set()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                hub.asked.append(("POST", self.path))
                hub.bodies[self.path] = body
                hub.keys.add(self.headers.get("authorization", ""))
                self._say(hub.reply(self.path, body), status)

            def do_GET(self) -> None:
                hub.asked.append(("GET", self.path))
                self._say({"siblings": [], "id": "me/tuned", "sha": "0" * 40}, status)

            do_HEAD = do_GET

            def _say(self, value: Any, code: int) -> None:
                content = json.dumps(value).encode()
                self.send_response(code)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def reply(self, path: str, body: bytes) -> Any:
        if "/preupload/" in path:
            names = [one["path"] for one in json.loads(body)["files"]]
            return {
                "files": [
                    {"path": one, "uploadMode": "regular", "shouldIgnore": False} for one in names
                ]
            }
        if "/commit/" in path:
            return {
                "success": True,
                "commitUrl": f"{self.url}/me/tuned/commit/{'0' * 40}",
                "commitOid": "0" * 40,
            }
        return {"url": f"{self.url}/me/tuned", "name": "me/tuned", "error": "no such thing"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["FakeHub"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def hub_spec(**changes: Any) -> ExportSpec:
    values = {"run": RUN, "target": "hub", "destination": "/x", "upload": "me/tuned"}
    return ExportSpec(**(values | changes))  # type: ignore[arg-type]


def test_an_upload_sends_every_file_privately_and_shows_no_key(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "README.md").write_text("# a card")
    (folder / "manifest.json").write_text("{}")
    with FakeHub().serving() as hub:
        said = upload(folder, hub_spec(), {"HF_TOKEN": "hf_secret", "HF_ENDPOINT": hub.url})
    assert said == f"{hub.url}/me/tuned/commit/{'0' * 40}"
    assert json.loads(hub.bodies["/api/repos/create"])["visibility"] == "private"
    (commit,) = (body for path, body in hub.bodies.items() if "/commit/" in path)
    sent = [json.loads(line) for line in commit.splitlines()]
    assert {one["value"]["path"] for one in sent if one["key"] == "file"} == {
        "README.md",
        "manifest.json",
    }
    assert hub.keys == {"Bearer hf_secret"}


def test_a_refused_upload_says_so_without_the_key(tmp_path: Path) -> None:
    with FakeHub(status=403).serving() as hub, pytest.raises(JobError) as raised:
        upload(tmp_path, hub_spec(), {"HF_TOKEN": "hf_secret", "HF_ENDPOINT": hub.url})
    assert "was written, but not sent to me/tuned" in raised.value.what
    assert "hf_secret" not in str(raised.value)


def test_an_upload_that_cannot_work_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match="does not go with --to merged"):
        check_upload(hub_spec(target="merged"), {"HF_TOKEN": "x"})
    with pytest.raises(MachineError, match="key of the Hugging Face Hub is not there"):
        check_upload(hub_spec(), {})
    check_upload(hub_spec(), {"HF_TOKEN": "x"})
