"""The job that asks an export the holdout and compares it with the model that was scored."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from core.catalog.base_models import locate_model
from core.contenders.answers import read_answers
from core.contenders.contender import Conversation, plain_conversation
from core.contenders.endpoint import key_of
from core.data.dataset import dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.keys import merkle_root, row_keys
from core.data.rows import Example
from core.errors import DataError, JobError
from core.events.schema import MessageLogged
from core.jobs.context import Finished, JobContext, Outcome, Stopped
from core.jobs.record import read_record
from core.release.parity.compare import Again, Answered, common, part
from core.release.parity.result import Item, Parity, item
from core.release.parity.spec import ParitySpec
from core.release.proof_file import PROOF, proven_files, write_proof
from core.release.spec import read_trained
from core.release.verify import read_manifest, verify
from core.spec_file import build
from core.storage import replace_file
from core.text_safety import visible
from core.workspace import Workspace

_MODELS = "core.release.parity.models"
_SERVER = "core.release.parity.server"
"""Import torch and openai, so they are named here and resolved in the worker."""
_ROUNDED = ("bfloat16", "float16")
_EXPLAINED = 20
"""Differing answers that are asked again; for all others the first reasons are enough."""


class _Question(NamedTuple):
    """One holdout row with the scored answer."""

    name: str
    asked: Conversation
    wanted: Answered


def run(job: JobContext) -> Outcome:
    """Compare answers and put the proof beside the export."""
    spec = build(ParitySpec, job.spec, where=job.record.name, error=JobError)
    folder = Path(spec.folder)
    manifest = read_manifest(folder)
    if not verify(folder).intact:
        text = "The export is not as it was written; it is proven as it lies there now."
        job.emit(MessageLogged(level="warning", text=text))
    files = proven_files(folder)
    trained = read_trained(job.workspace, spec.run)
    job.phase("reading_data")
    split = trained.recipe.data.split if trained.recipe.data else ""
    rows, names = holdout_items(job.workspace, split, spec.items)
    job.phase("loading_model")
    torch_side = import_module(_MODELS)
    recipe = trained.recipe
    source = locate_model(recipe.model.base, recipe.model.revision)
    device, limit = job.record.device, spec.max_new_tokens
    scored = torch_side.scored_model(source, trained, device=device, limit=limit)
    conversations = [plain_conversation(row) for row in rows]
    job.phase("answering", 0, 2 * len(rows), "answers")
    wanted = scored.answers([scored.prompt(one) for one in conversations])
    questions = [_Question(*one) for one in zip(names, conversations, wanted, strict=True)]
    job.phase("answering", len(rows), 2 * len(rows), "answers")
    if job.stop_requested():
        return Stopped(reason="asked to stop; no proof was written")
    with ExitStack() as leaving:
        if spec.server is None:
            precision = str(manifest.get("equality", {}).get("precision", "float32"))
            asking: _InProcess | _AtServer = _InProcess(
                torch_side.exported_model(folder, device=device, limit=limit), scored, precision
            )
        else:
            server = import_module(_SERVER).Server(
                spec.server,
                key_of("export", spec.server, os.environ),
                encode=lambda text: scored.tokenizer(text, add_special_tokens=False)["input_ids"],
                limit=limit,
                now=lambda: datetime.now(UTC),
            )
            leaving.callback(server.close)
            asking = _AtServer(server, scored, spec.server.origin)
            questions = [one._replace(wanted=asking.as_text(one.wanted)) for one in questions]
        found = Parity(
            items=tuple(_items(job, asking, questions, edge_tokens(scored.tokenizer))),
            through=asking.through,
            other_stops=asking.other_stops,
            stored=_given_again(job.workspace, spec.run, scored.tokenizer, questions),
        )
    if len(found.items) < len(questions):
        return Stopped(reason="asked to stop; no proof was written")
    write_proof(folder, found.as_json(), files)
    replace_file(job.folder.path / PROOF, (folder / PROOF).read_bytes())
    return Finished(reason=found.sentence, best_path=PROOF)


def holdout_items(workspace: Workspace, split: str, most: int) -> tuple[list[Example], list[str]]:
    """Return the first rows of the locked holdout with their keys."""
    folder = dataset_folder(workspace, split)
    rows, salt = read_part(folder.holdout), read_salt(workspace)
    keys = [row_keys(row, salt).row for row in rows]
    if merkle_root(keys).hex() != read_lock(folder.lock).root:
        raise DataError(
            what="The holdout is not the one that was locked.",
            why="Its rows give another root than the lock names.",
            remedy="Put back holdout.jsonl as it was split.",
        )
    return rows[:most], [key.hex() for key in keys[:most]]


def edge_tokens(tokenizer: Any) -> frozenset[int]:
    """Return the tokens that open and close texts."""
    found = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    return frozenset(one for one in found if one is not None)


class _InProcess:
    """Asks an export that was loaded here."""

    through = "loaded in process"

    def __init__(self, export: Any, scored: Any, precision: str) -> None:
        self._export, self._scored, self._precision = export, scored, precision
        self.other_stops = bool(export.stop != scored.stop)
        self._rounded: dict[str, Any] = {}

    def answers(self, questions: Sequence[_Question]) -> Iterator[Answered]:
        """Yield an answer to each."""
        yield from self._export.answers([self._export.prompt(one.asked) for one in questions])

    def again(self, question: _Question, got: Answered) -> Again:
        """Return the ways to ask it once more."""
        export, wanted = self._export, question.wanted
        prompt = wanted.prompt or ()

        def with_stop() -> Answered:
            said: Answered = export.answers([prompt], stop=self._scored.stop)[0]
            return said

        def rounded() -> bool | None:
            if self._precision not in _ROUNDED:
                return None
            if self._precision not in self._rounded:
                self._rounded[self._precision] = self._scored.rounded(self._precision)
            (said,) = self._rounded[self._precision].answers([prompt])
            (mine,) = export.answers([prompt])
            return bool(said.ids == mine.ids)

        return Again(
            right_prompt=lambda: export.answers([prompt])[0],
            right_stop=with_stop,
            rounded=rounded,
            margin=_margin(self._scored, wanted, got),
        )


class _AtServer:
    """Asks an export behind an address."""

    other_stops = False

    def __init__(self, server: Any, scored: Any, origin: str) -> None:
        self._server, self._scored = server, scored
        self.through = f"asked at {visible(origin)}"

    def as_text(self, answer: Answered) -> Answered:
        """Return an answer with the tokens of its text: all that a server says is text."""
        tokenizer = self._scored.tokenizer
        text = tokenizer.decode(list(answer.ids), skip_special_tokens=True)
        return replace(answer, ids=tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))

    def answers(self, questions: Sequence[_Question]) -> Iterator[Answered]:
        """Yield an answer to each."""
        for one in questions:
            yield self._server.ask(one.asked)

    def again(self, question: _Question, got: Answered) -> Again:
        """Return the ways to ask it once more."""
        scored, wanted = self._scored, question.wanted
        stop = scored.tokenizer.convert_ids_to_tokens(sorted(scored.stop))

        def rounded() -> bool | None:
            for precision in _ROUNDED:
                (said,) = scored.rounded(precision).answers([wanted.prompt])
                if self.as_text(said).ids == got.ids:
                    return True
            return None

        return Again(
            right_prompt=lambda: self._server.complete(scored.text(question.asked)),
            right_stop=lambda: self._server.ask(question.asked, stop=stop),
            rounded=rounded,
            margin=_margin(scored, wanted, got),
        )


def _margin(scored: Any, wanted: Answered, got: Answered) -> Callable[[], float | None]:
    """Return what says how surely the scored model chose otherwise where the answers part."""

    def found() -> float | None:
        at = common(wanted.ids, got.ids)
        if wanted.prompt is None or at in {len(wanted.ids), len(got.ids)}:
            return None
        context = (*wanted.prompt, *wanted.ids[:at])
        return float(scored.margin(context, wanted.ids[at], got.ids[at]))

    return found


def _items(
    job: JobContext,
    asking: _InProcess | _AtServer,
    questions: Sequence[_Question],
    edge: frozenset[int],
) -> Iterator[Item]:
    """Yield what came of each row; fewer than asked where somebody wants an end."""
    explained, asked = 0, len(questions)
    for done, (question, got) in enumerate(
        zip(questions, asking.answers(questions), strict=True), start=1
    ):
        again = asking.again(question, got) if explained < _EXPLAINED else Again()
        parted = part(question.wanted, got, again, edge)
        explained += parted is not None
        yield item(question.name, question.wanted, got, parted)
        job.phase("comparing", done, asked, "answers")
        if job.stop_requested():
            return


def _given_again(
    workspace: Workspace, run: str, tokenizer: Any, questions: Sequence[_Question]
) -> int | None:
    """Return how many of the scored answers the model gives again here; None without any."""
    for folder in reversed(list(workspace.run_folders())):
        record = read_record(folder)
        if record.kind != "score" or record.spec.get("run") != run:
            continue
        stored = read_answers(folder.answers)
        told = {one.item: one.text for one in stored if one.contender == "tuned"}
        if told:
            given = [
                tokenizer.decode(list(one.wanted.ids), skip_special_tokens=True)
                for one in questions
            ]
            pairs = zip(questions, given, strict=True)
            return sum(1 for one, text in pairs if told.get(one.name) == text)
    return None
