"""How fast our answering is, beside a loop that asks one prompt after the other.

Both answer the holdout of the sample task with the included model, greedily, up to 128 tokens; the
loop is what anybody writes first: `generate` with its own cache, one row at a time. An arm counts
only if its answers are the loop's. Budget: at least five times as fast.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import ModelSource, embedded_model
from core.contenders.contender import Contender, Conversation
from core.contenders.few_shot import FewShot, choose_shots
from core.contenders.local import LocalModel
from core.data.dataset import SALT_BYTES, dataset_folder, read_part, read_salt
from core.data.holdout_lock import read_lock
from core.data.rows import Example
from core.data.split import split_file
from core.workspace import create_workspace

_LIMIT = 128
_ROUNDS = 3


def main() -> None:
    """Print both arms for each contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--contender", choices=["base", "few_shot"], help="one of them only")
    told = parser.parse_args()
    rounds = told.rounds
    source = ModelSource(str(embedded_model()), None)
    model = LocalModel(source, device="cpu", max_new_tokens=_LIMIT)
    naive = _Loop(source)
    items, shots = _sample()
    base = model.contender("base", tuned=False)
    contenders: list[Contender] = [base, FewShot(base, shots)]
    torch.set_num_threads(1)  # others on the machine would be counted in the waiting of two
    print(f"\nanswers to {len(items)} holdout rows on one thread, ", end="")
    print(f"medians of {rounds} interleaved rounds")
    print(f"{'contender':<12}{'loop CPU-s':>12}{'ours CPU-s':>12}{'ours is':>10}  equal")
    for contender in contenders:
        if told.contender not in {None, contender.name}:
            continue
        asked = [contender.conversation(item) for item in items]
        mine, theirs = (_arm(_texts(contender)), _arm(naive.answer))
        runs = [(theirs(asked), mine(asked)) for _ in range(rounds)]
        same = sum(a == b for a, b in zip(runs[0][0][0], runs[0][1][0], strict=True))
        cpu = median(loop[1] / ours[1] for loop, ours in runs)
        loop_cpu, our_cpu = (median(run[at][1] for run in runs) for at in (0, 1))
        print(
            f"{contender.name:<12}{loop_cpu:>12.2f}{our_cpu:>12.2f}{cpu:>9.1f}x"
            f"  {same} of {len(items)}"
        )


def _arm(
    answer: Callable[[Sequence[Conversation]], list[str]],
) -> Callable[[Sequence[Conversation]], tuple[list[str], float]]:
    """Return the same with CPU-seconds."""

    def timed(asked: Sequence[Conversation]) -> tuple[list[str], float]:
        before = time.process_time()
        texts = answer(asked)
        return texts, time.process_time() - before

    return timed


def _texts(contender: Contender) -> Callable[[Sequence[Conversation]], list[str]]:
    """Return a function that gives a contender's answers in the order of what is asked."""

    def answer(asked: Sequence[Conversation]) -> list[str]:
        texts = {answer.place: answer.text for answer in contender.answer(asked)}
        return [texts[place] for place in range(len(asked))]

    return answer


def _sample() -> tuple[list[Example], list[Example]]:
    """Return the holdout of the sample task, and the examples that its few-shot prompt shows."""
    with tempfile.TemporaryDirectory() as root:
        workspace = create_workspace(Path(root) / "w")
        rows = embedded_model().parent / "support_tickets.jsonl"
        # A drawn salt would draw another holdout, and other examples, in every run.
        workspace.data.mkdir(exist_ok=True)
        (workspace.data / "salt").write_bytes(bytes(range(SALT_BYTES)))
        split_file(workspace, rows, name="tickets", now=datetime.now(UTC))
        folder, salt = dataset_folder(workspace, "tickets"), read_salt(workspace)
        train = read_part(folder.train)
        shots = choose_shots(train, read_lock(folder.lock), salt=salt, holdout=folder.holdout)
        return read_part(folder.holdout), shots


class _Loop:
    """One prompt after the other."""

    def __init__(self, source: ModelSource) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(source.location)
        self._model = AutoModelForCausalLM.from_pretrained(source.location, dtype=torch.float32)
        self._model.eval()

    @torch.inference_mode()
    def answer(self, asked: Sequence[Conversation]) -> list[str]:
        """Return the answers."""
        texts = []
        for one in asked:
            prompt = self._tokenizer.apply_chat_template(
                list(one.messages), tokenize=False, add_generation_prompt=True
            )
            tokens = self._tokenizer(prompt, add_special_tokens=False)["input_ids"]
            ids = torch.tensor([tokens[_LIMIT - self._model.config.max_position_embeddings :]])
            made = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=_LIMIT,
                do_sample=False,
                pad_token_id=1,
            )
            said = made[0, ids.shape[1] :]
            texts.append(self._tokenizer.decode(said, skip_special_tokens=True))
        return texts


if __name__ == "__main__":
    main()
