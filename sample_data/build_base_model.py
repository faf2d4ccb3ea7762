"""Builds the embedded base model from text of its own: `python -m sample_data.build_base_model`.

A second call with the same `--work` goes on where the first one stopped. Two idle cores of
a small server train on 6,000 to 8,000 tokens a second, about twenty minutes in all; a busy machine
takes several times that. Weights depend on the machine and on where sittings began; the
tokenizer does not.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaForCausalLM

from sample_data.building.lessons import EARLY, LATE, write_lesson
from sample_data.building.pretraining import Plan, Progress, pretrain
from sample_data.building.triage import SYSTEM
from sample_data.building.vocabulary import PAD, STOP, mark_id, save_tokenizer, train_tokenizer

OUT = Path(__file__).parent / "base_model"


def build_tokenizer(plan: Plan) -> Tokenizer:
    """Return the tokenizer, trained on lessons and on the sample task's instructions."""
    rng = random.Random(plan.seed)
    lessons = [write_lesson(rng, EARLY if place % 4 == 0 else LATE) for place in range(12_000)]
    texts = [message["content"] for lesson in lessons for message in lesson]
    return train_tokenizer([*texts, *[SYSTEM] * 50], plan.vocabulary)


def keep_tokenizer(plan: Plan, work: Path) -> Tokenizer:
    """Return the tokenizer of this work folder, made when the first sitting began."""
    file = work / "tokenizer.json"
    if not file.exists():
        work.mkdir(parents=True, exist_ok=True)
        build_tokenizer(plan).save(str(file))
    return Tokenizer.from_file(str(file))


def save_model(model: LlamaForCausalLM, tokenizer: Tokenizer, plan: Plan, folder: Path) -> None:
    """Write what transformers loads: half-precision weights that load as single precision."""
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(tokenizer, folder, plan.context)
    weights = {
        name: value.to(torch.float16).contiguous()
        for name, value in model.state_dict().items()
        if name != "lm_head.weight"  # tied to the embedding
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict() | {"architectures": ["LlamaForCausalLM"], "dtype": "float32"}
    text = json.dumps(config, indent=2, sort_keys=True)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    GenerationConfig(
        eos_token_id=mark_id(tokenizer, STOP),
        pad_token_id=mark_id(tokenizer, PAD),
        do_sample=False,
        max_new_tokens=96,
    ).save_pretrained(folder)


class Printer:
    """Prints one line of progress every twenty updates."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, progress: Progress) -> None:
        """Take one look at the training."""
        self._count += 1
        if self._count % 20 == 1:
            print(
                f"{progress.tokens / 1e6:6.2f} M tokens  answer loss {progress.loss:.3f}  "
                f"{progress.rate:6.0f} tokens/s  {progress.eta / 60:5.1f} min left",
                flush=True,
            )


def main(arguments: list[str]) -> int:
    """Build or go on building, and write the model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    work = Path(tempfile.gettempdir()) / "tuningfork-base-model"
    parser.add_argument("--work", type=Path, default=work, help="keeps the state between calls")
    parser.add_argument("--out", type=Path, default=OUT, help="the model folder to write")
    parser.add_argument("--tokens", type=int, default=Plan().tokens, help="how long to train")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--compile", action="store_true", help="a minute to start, a third faster")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    plan = Plan(tokens=options.tokens)
    tokenizer = keep_tokenizer(plan, options.work)
    model = pretrain(plan, tokenizer, options.work, Printer(), compiled=options.compile)
    save_model(model, tokenizer, plan, options.out)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"wrote {options.out}: {model.num_parameters():,} parameters, {size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
