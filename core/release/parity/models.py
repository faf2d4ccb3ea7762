"""The scored model and its export, both asked in tokens; runs only inside a worker."""

import copy
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import ModelSource
from core.contenders.contender import Conversation
from core.contenders.generation import Generator
from core.errors import JobError
from core.release.dressing.go_render import render as go_render
from core.release.dressing.ollama import MODELFILE
from core.release.parity.compare import Answered
from core.release.spec import Trained
from core.release.tuned_model import TunedModel
from core.text_safety import clip, visible

_ADAPTER = "adapter_config.json"
_STOP = re.compile(r'^PARAMETER stop (?:"""(.*?)"""|"(.*?)")$', re.MULTILINE)
_TEMPLATE = re.compile(r'^TEMPLATE """(.*?)"""$', re.MULTILINE | re.DOTALL)


class Asked:
    """A model with all that its answers depend on."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        *,
        encode: Callable[[Conversation], list[int]],
        stop: Sequence[int],
        device: str,
        limit: int,
    ) -> None:
        self.model, self.tokenizer, self.stop = model, tokenizer, frozenset(stop)
        self._encode, self._device, self._limit = encode, device, limit
        inner = model.get_base_model() if isinstance(model, PeftModel) else model
        self._context = int(getattr(inner.config, "max_position_embeddings", 0) or 2**30)
        pad = tokenizer.pad_token_id
        pad = min(self.stop, default=0) if pad is None else pad
        self._made = {"inner": inner, "device": device, "limit": limit, "pad": pad}

    def prompt(self, asked: Conversation) -> tuple[int, ...]:
        """Return the tokens of a prompt, cut to what leaves room for an answer."""
        room = max(1, self._context - self._limit)
        return tuple(self._encode(asked)[-room:])

    def text(self, asked: Conversation) -> str:
        """Return the prompt as text, marks included."""
        return str(self.tokenizer.decode(list(self.prompt(asked)), skip_special_tokens=False))

    def answers(
        self, prompts: Sequence[tuple[int, ...]], *, stop: frozenset[int] | None = None
    ) -> list[Answered]:
        """Return the answers in the order of the prompts; `stop` in the place of the model's."""
        ends = self.stop if stop is None else stop
        generator = Generator(self.model, stop=ends, **self._made)
        found: dict[int, Answered] = {}
        for place, ids in generator.answer([list(prompt) for prompt in prompts]):
            stopped = bool(ids) and ids[-1] in ends
            said = tuple(ids[:-1] if stopped else ids)
            prompt = prompts[place]
            found[place] = Answered(
                ids=said, stopped=stopped, prompt=prompt, prompt_tokens=len(prompt)
            )
        return [found[place] for place in range(len(prompts))]

    def rounded(self, precision: str) -> "Asked":
        """Return the model merged and stored in coarser numbers; this one stays as it is."""
        model = copy.deepcopy(self.model)
        if isinstance(model, PeftModel):
            model = model.merge_and_unload(safe_merge=True)
        # Parameters alone: what positions are computed from stays exact in a loaded model, too.
        for parameter in model.parameters():
            parameter.data = parameter.data.to(getattr(torch, precision))
        return Asked(
            model,
            self.tokenizer,
            encode=self._encode,
            stop=sorted(self.stop),
            device=self._device,
            limit=self._limit,
        )

    @torch.inference_mode()
    def margin(self, context: Sequence[int], one: int, other: int) -> float:
        """Return how much likelier one token is than another after a context, in logits."""
        ids = torch.tensor([list(context)], device=self._device)
        logits = self.model(input_ids=ids, use_cache=False).logits[0, -1].float()
        return float(logits[one] - logits[other])


def scored_model(source: ModelSource, trained: Trained, *, device: str, limit: int) -> Asked:
    """Return the model as it was scored."""
    tuned = TunedModel(source, trained, device=device)

    def encode(asked: Conversation) -> list[int]:
        text = tuned.renderer.render(list(asked.messages), asked.tools, opening=True)
        return tuned.renderer.encode(text)[0]

    return Asked(
        tuned.model,
        tuned.tokenizer,
        encode=encode,
        stop=sorted(tuned.renderer.stop_ids),
        device=device,
        limit=limit,
    )


def exported_model(folder: Path, *, device: str, limit: int) -> Asked:
    """Return an export as its server would load it: its own template, stop words and numbers."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = _loaded(folder).to(device).eval()
    except (OSError, ValueError) as error:
        raise JobError(
            what=f"The export {clip(visible(str(folder)), 200)} cannot be loaded.",
            why=f"transformers says: {clip(visible(str(error)), 300)}",
            remedy="Serve it and name the address with --base-url, or export the run again.",
        ) from error
    inner = model.get_base_model() if isinstance(model, PeftModel) else model
    listed = inner.generation_config.eos_token_id
    stop = {listed} if isinstance(listed, int) else set(listed or ())
    modelfile = folder / MODELFILE
    if modelfile.is_file():
        encode, words = _as_ollama(tokenizer, modelfile.read_text(encoding="utf-8"))
        stop |= set(tokenizer.convert_tokens_to_ids(words))
    else:
        encode = _as_jinja(tokenizer)
    stop.add(tokenizer.eos_token_id)
    ends = [one for one in stop if one is not None]
    return Asked(model, tokenizer, encode=encode, stop=ends, device=device, limit=limit)


def _loaded(folder: Path) -> Any:
    """Return the weights in the numbers they are stored in."""
    if not (folder / _ADAPTER).is_file():
        return AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    settings = json.loads((folder / _ADAPTER).read_bytes())
    base = AutoModelForCausalLM.from_pretrained(
        settings["base_model_name_or_path"], revision=settings.get("revision"), dtype="auto"
    )
    return PeftModel.from_pretrained(base, str(folder))


def _as_jinja(tokenizer: Any) -> Callable[[Conversation], list[int]]:
    """Return how a server that knows Jinja puts a prompt."""

    def encode(asked: Conversation) -> list[int]:
        text = tokenizer.apply_chat_template(
            list(asked.messages), tools=asked.tools, tokenize=False, add_generation_prompt=True
        )
        ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    return encode


def _as_ollama(
    tokenizer: Any, modelfile: str
) -> tuple[Callable[[Conversation], list[int]], list[str]]:
    """Return how Ollama puts a prompt by a Modelfile, and its stop words."""
    template = _TEMPLATE.search(modelfile)
    if template is None:
        raise ValueError("its Modelfile has no TEMPLATE")

    def encode(asked: Conversation) -> list[int]:
        turns = [{"role": one["role"], "content": one["content"]} for one in asked.messages]
        # Ollama's tokenizer adds what opens a text by itself.
        ids: list[int] = tokenizer(go_render(template[1], turns))["input_ids"]
        return ids

    return encode, [one or other for one, other in _STOP.findall(modelfile)]
