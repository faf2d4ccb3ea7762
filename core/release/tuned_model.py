"""Loads what a training left, merges it, writes it and compares; runs only inside a worker."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import ModelSource
from core.data.rows import Example
from core.errors import JobError, RecipeError
from core.machine import usable_cores
from core.release.dressing.artefact import Artefact
from core.release.equality import Difference
from core.release.spec import Precision, Trained
from core.text_safety import clip, visible
from core.training.renderer import make_renderer

_POSITIONS = 32
"""Compared at the end of each row, so that logits of a large vocabulary stay few."""

Logits = list[torch.Tensor]
"""For each row the logits of its last positions, in float32."""


class TunedModel:
    """The model as it was trained: base and adapter, or whole, computed in float32."""

    def __init__(self, source: ModelSource, trained: Trained, *, device: str) -> None:
        torch.set_num_threads(usable_cores())
        self._source, self._trained, self._device = source, trained, device
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(
                source.location, revision=source.revision
            )
            config = AutoConfig.from_pretrained(source.location, revision=source.revision)
            self.model = self._loaded(config).to(device).eval()
        except (OSError, ValueError) as error:
            raise RecipeError(
                what=f"The model of {trained.run} cannot be loaded.",
                why=f"transformers says: {clip(visible(str(error)), 300)}",
                remedy="Put the base model and the run's adapter back where they were.",
            ) from error
        self._stored = str(config.dtype or torch.float32).removeprefix("torch.")
        self.renderer = make_renderer(
            self.tokenizer,
            eos_ids=self.model.generation_config.eos_token_id,
            extra=trained.recipe.model.stop,
            template=trained.template,
        )
        self._context = int(getattr(config, "max_position_embeddings", 0) or 2**30)

    def _loaded(self, config: Any) -> Any:
        """Return the model with its adapter on."""
        source, folder = self._source, str(self._trained.folder)
        if not self._trained.is_adapter:
            return AutoModelForCausalLM.from_pretrained(folder, config=config, dtype=torch.float32)
        base = AutoModelForCausalLM.from_pretrained(
            source.location, revision=source.revision, dtype=torch.float32
        )
        _untie(base, PeftConfig.from_pretrained(folder))
        return PeftModel.from_pretrained(base, folder)

    def artefact(self, name: str, examples: Sequence[Example], *, adapter: bool) -> Artefact:
        """Return what a server must know to use the model as it was trained."""
        tokenizer = self.tokenizer
        bos = tokenizer.bos_token or ""
        bare = tokenizer("a")["input_ids"]
        template = tokenizer.chat_template
        settings = self._peft_settings()
        return Artefact(
            name=name,
            adapter=adapter,
            base=self._source.location,
            revision=self._source.revision,
            rank=max([settings.r, *settings.rank_pattern.values()]) if settings else 0,
            context=min(self._context, 131_072),
            template=template if isinstance(template, str) else template["default"],
            render=lambda turns: self.renderer.render(turns, None, opening=True),
            stop=tuple(tokenizer.convert_ids_to_tokens(sorted(self.renderer.stop_ids))),
            bos=bos,
            adds_bos=bool(bos) and bare[:1] == [tokenizer.bos_token_id],
            prompts=tuple(
                tuple(message.raw for message in example.prompt)
                for example in examples
                if not example.tools
            ),
        )

    def _peft_settings(self) -> Any:
        """Return how the adapter was made; None where there is none, or it was merged."""
        return getattr(self.model, "peft_config", {}).get("default")

    def precision(self, asked: Precision) -> str:
        """Return the numbers the weights are written in."""
        return self._stored if asked == "base" else asked

    def rows(self, examples: Sequence[Example]) -> list[list[int]]:
        """Return conversations with their answers as the model reads them, cut to what fits."""
        found: list[list[int]] = []
        for example in examples:
            raw = [message.raw for message in example.prompt]
            text = self.renderer.render(raw, example.tools, opening=True) + example.reference
            found.append(self.renderer.encode(text)[0][-self._context :])
        return found

    def logits(self, rows: Sequence[Sequence[int]], seen: Callable[[int], None]) -> Logits:
        """Return what the model, as it is now, makes of the rows."""
        return list(_logits(self.model, rows, self._device, seen))

    def merge(self) -> None:
        """Put the adapter into the weights; weights that are no numbers are refused."""
        try:
            self.model = self.model.merge_and_unload(safe_merge=True)
        except ValueError as broken:
            raise JobError(
                what="The adapter cannot be merged.",
                why=f"peft says: {broken}",
                remedy="Export the run's adapter instead, or train again with a smaller rate.",
            ) from broken

    def write_merged(self, folder: Path, precision: str) -> None:
        """Write weights, settings, tokenizer and template; the model in memory is used up."""
        self.model.generation_config.eos_token_id = sorted(self.renderer.stop_ids)
        self.model.to(getattr(torch, precision)).save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        self.model = None

    def written_merged(
        self, folder: Path, rows: Sequence[Sequence[int]], seen: Callable[[int], None]
    ) -> Logits:
        """Return what the written model makes of the rows, loaded as anybody would load it."""
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        return list(_logits(model.to(self._device).eval(), rows, self._device, seen))

    def write_adapter(self, folder: Path) -> None:
        """Write the adapter with its settings, its tokenizer and template."""
        settings = self.model.peft_config["default"]
        settings.base_model_name_or_path = self._source.location
        settings.revision = self._source.revision
        self.model.save_pretrained(folder, save_embedding_layers=False)
        # peft adds a card of its own that says nothing.
        (folder / "README.md").unlink(missing_ok=True)
        self.tokenizer.save_pretrained(folder)

    def written_adapter(
        self, folder: Path, rows: Sequence[Sequence[int]], seen: Callable[[int], None]
    ) -> Logits:
        """Return what the base with the written adapter makes of the rows."""
        base = AutoModelForCausalLM.from_pretrained(
            self._source.location, revision=self._source.revision, dtype=torch.float32
        )
        model = PeftModel.from_pretrained(base, str(folder)).to(self._device).eval()
        return list(_logits(model, rows, self._device, seen))


def difference(one: Logits, other: Logits) -> Difference:
    """Return how far two models are apart."""
    pairs = list(zip(one, other, strict=True))
    largest = max((float((a - b).abs().max()) for a, b in pairs), default=0.0)
    same = [a.argmax(-1) == b.argmax(-1) for a, b in pairs]
    count = sum(len(row) for row in same)
    return Difference(
        largest=largest, same_choice=sum(int(row.sum()) for row in same) / max(1, count)
    )


@torch.inference_mode()
def _logits(
    model: Any, rows: Sequence[Sequence[int]], device: str, seen: Callable[[int], None]
) -> Iterator[torch.Tensor]:
    """Yield the logits of the last positions of each row, alone in its batch: nothing padded."""
    for done, row in enumerate(rows, start=1):
        ids = torch.tensor([list(row)], device=device)
        logits = model(input_ids=ids, use_cache=False).logits[0, -_POSITIONS:]
        yield logits.float().cpu()
        seen(done)


def _untie(base: Any, settings: Any) -> None:
    """Give head and embedding weights of their own where an adapter changes only one of them.

    Merged into a shared matrix, what was learned for the one would change the other as well.
    """
    if not base.config.get_text_config().tie_word_embeddings:
        return
    targets = settings.target_modules
    named = {targets} if isinstance(targets, str) else set(targets or ())
    changed = {
        one.rpartition(".")[2] for one in itertools.chain(named, settings.modules_to_save or ())
    }
    head, embedding = base.get_output_embeddings(), base.get_input_embeddings()
    tied = {
        name.rpartition(".")[2]
        for name, module in base.named_modules()
        if module in (head, embedding)
    }
    if changed & tied:
        head.weight = torch.nn.Parameter(head.weight.detach().clone())
        base.config.get_text_config().tie_word_embeddings = False
