"""Looks at the validation rows: their loss, and answers to fixed prompts."""

import contextlib
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch.nn import functional

from core.data.rows import Example
from core.events.schema import AlertRaised, SampleTaken
from core.jobs.context import JobContext
from core.text_safety import clip
from core.training.batching import micro_batches
from core.training.collate import Batch, live_length, padded
from core.training.masks import TokenRow
from core.training.memorising import Seen
from core.training.recipe import Recipe
from core.training.renderer import TokenizerRenderer
from core.training.sharding import is_sharded
from core.training.together import Together

_SAMPLE_LIMIT = 8000
_SHOWN_LIMIT = 2000
_REFERENCES = 200


class Mean(NamedTuple):
    """A mean over supervised tokens and how sure it is."""

    mean: float
    stderr: float
    """Standard error over rows; NaN for a single one."""


@torch.no_grad()
def mean_loss(
    model: Any,
    rows: Sequence[TokenRow],
    *,
    tokens: int,
    pad: int,
    around: Callable[[], Any],
    together: Together,
    on_batch: Callable[[int, int], None],
) -> Mean:
    """Return sum of losses over number of supervised tokens, whatever the grouping."""
    model.eval()
    lengths = [live_length(row) for row in rows]
    whole = micro_batches(range(len(lengths)), lengths, tokens)
    groups = whole[together.rank :: together.size]
    sums: list[tuple[float, int]] = []
    for done, group in enumerate(groups, start=1):
        with around():
            sums += row_losses(model, padded(rows, group, pad).to(model.device))
        on_batch(done, len(groups))
    if is_sharded(model) and len(groups) < len(whole[:: together.size]):
        with around():  # keeps step with those that have one batch more
            row_losses(model, padded(rows, whole[0], pad).to(model.device))
    sums = [one for part in together.gather(sums) for one in part]
    counted = sum(count for _, count in sums)
    mean = math.fsum(one for one, _ in sums) / counted
    if len(sums) == 1:
        return Mean(mean, math.nan)
    spread = math.fsum((one - mean * count) ** 2 for one, count in sums)
    return Mean(mean, math.sqrt(spread * len(sums) / (len(sums) - 1)) / counted)


def row_losses(model: Any, batch: Batch) -> list[tuple[float, int]]:
    """Return each row's summed loss and its number of supervised tokens."""
    logits = model(
        input_ids=batch.ids,
        attention_mask=batch.seen,
        logits_to_keep=batch.keep,
        use_cache=False,
    ).logits
    if logits.dim() == 3:  # a model that does not know the argument computes them all
        logits = logits[batch.keep]
    each = functional.cross_entropy(logits.float(), batch.targets, reduction="none").double()
    counts = batch.keep.sum(1)
    owner = torch.repeat_interleave(torch.arange(len(counts), device=each.device), counts)
    sums = torch.zeros(len(counts), dtype=each.dtype, device=each.device)
    sums.index_add_(0, owner, each)
    return list(zip(sums.tolist(), counts.tolist(), strict=True))


class Samples:
    """Answers the same validation prompts at every look, to show what a loss means."""

    def __init__(
        self,
        job: JobContext,
        recipe: Recipe,
        renderer: TokenizerRenderer,
        prompts: Sequence[Example],
        train: Sequence[TokenRow],
    ) -> None:
        self._job, self._renderer = job, renderer
        self._prompts = prompts[: recipe.evaluate.samples]
        self._tokens = recipe.evaluate.sample_tokens
        self._seen = self._watched(prompts, train) if self._prompts else None

    def _watched(self, examples: Sequence[Example], train: Sequence[TokenRow]) -> Seen | None:
        """Return what an answer should not repeat; None where answers repeat by their nature."""
        seen = Seen(train)
        references = [
            self._renderer.encode(example.reference)[0] for example in examples[:_REFERENCES]
        ]
        return None if seen.natural(references) else seen

    @torch.no_grad()
    def take(self, model: Any, step: int, around: Callable[[], Any]) -> None:
        """Write the model's answers as they are after `step`; at 0 with prompt and reference."""
        model.eval()
        for done, example in enumerate(self._prompts):
            self._job.phase("sampling", done, len(self._prompts), "answers")
            answer = self._answer(model, example, around, self._tokens)
            self._write(step, example, answer)

    @torch.no_grad()
    def rehearse(self, model: Any, tokens: int) -> None:
        """Answer the first prompt with a few tokens, for the time it takes."""
        for example in self._prompts[:1]:
            self._answer(model, example, contextlib.nullcontext, tokens)

    def _answer(
        self, model: Any, example: Example, around: Callable[[], Any], tokens: int
    ) -> list[int]:
        raw = [message.raw for message in example.prompt]
        text = self._renderer.render(raw, example.tools, opening=True)
        ids = torch.tensor([self._renderer.encode(text)[0]], device=model.device)
        with around():
            whole = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=tokens,
                do_sample=False,
                pad_token_id=self._renderer.tokenizer.pad_token_id or 0,
                eos_token_id=sorted(self._renderer.stop_ids),
                synced_gpus=is_sharded(model),
            )[0]
        found: list[int] = whole[ids.shape[1] :].tolist()
        return found

    def _write(self, step: int, example: Example, answer: list[int]) -> None:
        key = f"validation row {example.row}"
        said = self._renderer.tokenizer.decode(answer, skip_special_tokens=True)
        prompt = example.prompt[-1].text if example.prompt and step == 0 else ""
        self._job.emit(
            SampleTaken(
                step=step,
                key=key,
                text=clip(said, _SAMPLE_LIMIT),
                tokens=len(answer),
                prompt=clip(prompt, _SHOWN_LIMIT),
                reference=clip(example.reference, _SHOWN_LIMIT) if step == 0 else "",
                stopped=bool(answer) and answer[-1] in self._renderer.stop_ids,
            )
        )
        own = self._renderer.encode(example.reference)[0]
        row = None if self._seen is None or step == 0 else self._seen.repeated(answer, own)
        if row is not None:
            self._job.emit(
                AlertRaised(
                    rule="memorising",
                    level="warning",
                    step=step,
                    message=f"The answer to {key} repeats train row {row} word for word.",
                    action="Look for duplicates in the data, or keep an earlier checkpoint.",
                    evidence={"sample": key, "train_row": str(row)},
                )
            )
