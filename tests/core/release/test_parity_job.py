"""An export is asked the holdout, and what makes it another model is named."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from core.contenders.contender import Conversation
from core.errors import DataError, JobError
from core.jobs.context import Finished
from core.release.export_job import run as run_export
from core.release.parity.models import exported_model
from core.release.parity_job import run
from core.release.verify import verify
from core.workspace import Workspace
from tests.support.fake_chat import completion
from tests.support.path_job import SPLIT, make_workspace, open_job
from tests.support.tiny_families import save_tiny_family
from tests.support.tuned_run import RUN, add_tuned_run

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated")
LIMIT = 12
_END = 257
"""Id of the token that ends an answer."""


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.release.tuned_model.usable_cores", lambda: 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path / "ws")
    base = save_tiny_family(tmp_path / "base", "llama", tied=False)
    _pair_the_tokens(base)
    add_tuned_run(workspace, base)
    return workspace


def _pair_the_tokens(base: Path) -> None:
    """Make every second token a hair likelier than the one before, which bfloat16 cannot hold.

    One 1024th is less than half a step between neighbours there, so that the two become equal and
    the first one wins: rounding surely changes answers, on every processor. No answer ends by
    itself, whatever rows are drawn for the holdout.
    """
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    rows = model.lm_head.weight.data
    rows[::2] = rows[::2].to(torch.bfloat16).float()
    rows[1::2] = rows[: 2 * (len(rows) // 2) : 2] * (1 + 2**-10)
    rows[_END - 1 : _END + 1] = 0
    model.save_pretrained(base)


def export(workspace: Workspace, to: Path, target: str = "merged", **changes: Any) -> Path:
    spec = {"run": RUN, "target": target, "destination": str(to), "prompts": 1} | changes
    assert isinstance(run_export(open_job(workspace, "export", spec, id="export")), Finished)
    return to


def prove(workspace: Workspace, folder: Path, **changes: Any) -> Any:
    spec = {"folder": str(folder), "run": RUN, "items": 3, "max_new_tokens": LIMIT} | changes
    outcome = run(open_job(workspace, "parity", spec, id="parity"))
    assert isinstance(outcome, Finished)
    proof = json.loads((folder / "proof.json").read_bytes())
    assert outcome.reason == proof["sentence"]
    return proof


@pytest.mark.parametrize("target", ["merged", "adapter", "ollama"])
def test_an_export_that_answers_alike_is_proven(
    workspace: Workspace, tmp_path: Path, target: str
) -> None:
    folder = export(workspace, tmp_path / "out", target)
    assert not verify(folder).proven
    proof = prove(workspace, folder)
    assert proof["passed"]
    assert (proof["identical"], proof["items"], proof["token_agreement"]) == (3, 3, 1.0)
    found = verify(folder)
    assert found.proven
    assert found.intact, "the proof itself is no stranger"
    weights = next(folder.rglob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert not verify(folder).proven, "a proof of other files is none"


def mend(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_wrong_template_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("<|assistant|>", "<|assistant|>\n"))
    proof = prove(workspace, folder)
    assert not proof["passed"]
    assert set(proof["causes"]) == {"template"}
    assert all(one["parted"]["confirmed"] for one in proof["differing"])
    assert "another chat template" in proof["sentence"]


def test_a_token_too_many_at_the_edge_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    template = folder / "chat_template.jinja"
    template.write_text("<|end|>" + template.read_text())
    proof = prove(workspace, folder)
    assert set(proof["causes"]) == {"bos_eos"}


def test_a_wrong_stop_word_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    mend(folder / "generation_config.json", eos_token_id=list(range(_END)))
    proof = prove(workspace, folder)
    assert not proof["passed"]
    assert set(proof["causes"]) == {"stop_words"}
    assert all(one["parted"]["confirmed"] for one in proof["differing"])


def test_a_stop_word_that_no_answer_met_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    settings = json.loads((folder / "generation_config.json").read_bytes())
    mend(folder / "generation_config.json", eos_token_id=[*_ends(settings), _END - 1])
    proof = prove(workspace, folder)
    assert not proof["passed"]
    assert proof["causes"]["stop_words"] == 3 - proof["identical"]


def _ends(settings: dict[str, Any]) -> list[int]:
    found = settings["eos_token_id"]
    return [found] if isinstance(found, int) else found


def test_a_wrong_stop_word_of_a_modelfile_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out", "ollama")
    modelfile = folder / "Modelfile"
    words = [chr(one) for one in range(33, 127) if chr(one) != '"']
    modelfile.write_text(
        "".join(f'PARAMETER stop "{one}"\n' for one in words) + modelfile.read_text()
    )
    assert set(prove(workspace, folder)["causes"]) == {"stop_words"}


def test_a_half_precision_merge_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out", precision="bfloat16")
    proof = prove(workspace, folder)
    assert set(proof["causes"]) == {"precision"}
    assert all(one["parted"]["confirmed"] for one in proof["differing"])
    assert not proof["passed"], "more than one answer in ten differs"


def test_other_weights_are_called_so(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.lm_head.weight.data = model.lm_head.weight.data.flip(0)
    model.save_pretrained(folder)
    assert set(prove(workspace, folder)["causes"]) <= {"weights", "stop_words"}
    assert "weights" in prove(workspace, folder)["causes"]


class ServedExport:
    """An export behind a server on loopback that may put prompts and ends otherwise."""

    def __init__(self, folder: Path) -> None:
        self.model = exported_model(folder, device="cpu", limit=LIMIT)
        self.extra_prompt = 0
        self.limit = LIMIT
        self.goes_on = False
        self.other: Callable[[str], str] = lambda text: text
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, reply = served.reply(self.path, request)
                content = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def reply(self, path: str, request: Any) -> tuple[int, Any]:
        if path != "/v1/chat/completions":
            return 404, {"error": {"message": "not here"}}
        prompt = self.model.prompt(Conversation(tuple(request["messages"])))
        (said,) = self.model.answers([prompt])
        ids = said.ids[: self.limit]
        text = self.other(self.model.tokenizer.decode(list(ids), skip_special_tokens=True))
        if self.goes_on and "stop" not in request:
            text += " and so on"
        cut = not said.stopped or len(ids) < len(said.ids)
        reply = completion(text, finish="length" if cut and not self.goes_on else "stop")
        reply["usage"]["prompt_tokens"] = len(prompt) + self.extra_prompt
        return 200, reply

    @contextmanager
    def serving(self) -> Iterator[dict[str, Any]]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            port = self._server.server_address[1]
            yield {"base_url": f"http://127.0.0.1:{port}/v1", "model": "tuned", "tries": 1}
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def test_a_server_that_answers_alike_is_proven(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    with ServedExport(folder).serving() as server:
        proof = prove(workspace, folder, server=server)
    assert proof["passed"], proof
    assert proof["through"].startswith("asked at http://127.0.0.1:")


@pytest.mark.parametrize(("more", "cause"), [(1, "bos_eos"), (7, "template")])
def test_a_server_that_puts_prompts_otherwise_is_named(
    workspace: Workspace, tmp_path: Path, more: int, cause: str
) -> None:
    folder = export(workspace, tmp_path / "out")
    served = ServedExport(folder)
    served.extra_prompt, served.other = more, lambda text: "quite another answer"
    with served.serving() as server:
        assert prove(workspace, folder, server=server)["causes"] == {cause: 3}


def test_a_server_with_a_length_limit_is_named(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    served = ServedExport(folder)
    served.limit = 2
    with served.serving() as server:
        proof = prove(workspace, folder, server=server)
    assert proof["causes"] == {"length_limit": 3}


def test_a_server_that_does_not_answer_is_an_error_with_its_words(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = export(workspace, tmp_path / "out")
    with ServedExport(folder).serving() as server:
        server["base_url"] += "/nowhere"
        with pytest.raises(JobError, match="did not answer") as raised:
            prove(workspace, folder, server=server)
    assert "not here" in raised.value.why
    assert not (folder / "proof.json").exists()


def test_a_holdout_that_was_changed_proves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    folder = export(workspace, tmp_path / "out")
    held = workspace.data / SPLIT / "holdout.jsonl"
    held.chmod(0o600)
    held.write_text(held.read_text().replace("red", "rot").replace("blue", "blau"))
    with pytest.raises(DataError, match="not the one that was locked"):
        prove(workspace, folder)
