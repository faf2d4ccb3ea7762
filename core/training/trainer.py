"""Trains a LoRA adapter with transformers and peft; runs only inside a worker process."""

import os
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import locate_model
from core.errors import MachineError, RecipeError
from core.events.schema import (
    DataReady,
    MessageLogged,
)
from core.jobs.context import JobContext, Outcome, Stopped
from core.machine import usable_cores
from core.storage import replace_file
from core.text_safety import clip, visible
from core.training.ledger import find, summary
from core.training.loop import Loop
from core.training.mask_view import paddings
from core.training.methods import loading_options
from core.training.peak_memory import PeakMemory
from core.training.ranks import RankContext, supervise
from core.training.recipe import Recipe, make_recipe
from core.training.renderer import TokenizerRenderer, make_renderer
from core.training.rows import Parts, Prepared, check_holdout, read_parts, row_limit, tokenize
from core.training.templates import chosen_template

_ROWS_NAMED = 20
_ROWS_BETWEEN_QUESTIONS = 100


class _StopAsked(Exception):
    """Leaves the tokenising when somebody asks for an end."""


def run(job: JobContext) -> Outcome:
    """Train what the record asks for, from the newest checkpoint if there is one."""
    recipe = make_recipe(job.spec["recipe"], where=job.folder.record.name)
    if recipe.data is None:
        raise AssertionError("a local recipe has data")
    if recipe.runtime.ranks > 1 and not isinstance(job, RankContext):
        return supervise(job, recipe.runtime, os.environ)
    torch.set_num_threads(max(1, usable_cores() // recipe.runtime.processes))
    device = _device(recipe.device if not isinstance(job, RankContext) else _own(recipe, job))
    transformers.set_seed(recipe.seed)
    transformers.utils.logging.disable_progress_bar()

    job.phase("reading_data")
    parts = read_parts(job.workspace, recipe.data.split)
    job.phase("checking_holdout", 0, len(parts.train) + len(parts.validation), "rows")
    lock = check_holdout(job.workspace, recipe.data.split, parts)
    job.emit(
        MessageLogged(
            level="info",
            text=f"{len(parts.train) + len(parts.validation)} rows checked against the holdout"
            f" {lock.root[:12]}: none in common.",
        )
    )
    job.phase("loading_model")
    resident = PeakMemory(device).resident()
    renderer, model = _load(recipe, device)
    try:
        limit = row_limit(recipe, model.config)
        train, validation = _prepare(job, recipe, parts, renderer, limit)
    except _StopAsked:
        return Stopped(reason="asked to stop while the rows were tokenised")
    if recipe.model.template is not None:
        text = renderer.tokenizer.chat_template
        replace_file(job.folder.chat_template, text.encode(), mode=0o600)
    parts = _shown(parts, validation)
    loop = Loop(job, recipe, renderer, model, device, train, validation, parts.validation, resident)
    return loop.run()


def _own(recipe: Recipe, job: RankContext) -> str:
    """Return the device of a rank: the GPU of its place on its node, or the shared processor."""
    return "cpu" if recipe.device == "cpu" else f"cuda:{job.rank % recipe.runtime.processes}"


def _device(name: str) -> torch.device:
    """Return the device of the recipe, hiding every other GPU; MachineError when it is missing."""
    if name == "cpu":
        return torch.device("cpu")
    number = int(name.partition(":")[2])
    if number >= torch.cuda.device_count():
        raise MachineError(
            what=f"There is no device {name}.",
            why=f"This machine shows {torch.cuda.device_count()} GPUs to torch.",
            remedy='Use device = "cpu"; `tuningfork doctor` says what is there.',
        )
    torch.cuda.set_device(number)
    return torch.device(name)


def _load(recipe: Recipe, device: torch.device) -> tuple[TokenizerRenderer, Any]:
    """Return the base model, as the method wants it, and its tokenizer."""
    source = locate_model(recipe.model.base, recipe.model.revision)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.location, revision=source.revision)
        model = AutoModelForCausalLM.from_pretrained(
            source.location, revision=source.revision, **loading_options(recipe, device)
        )
    except (OSError, ValueError) as error:
        raise RecipeError(
            what=f"The base model {visible(clip(recipe.model.base, 120))} cannot be loaded.",
            why=f"transformers says: {clip(visible(str(error)), 300)}",
            remedy="Check model.base and model.revision; without a network, name a local folder.",
        ) from error
    eos = model.generation_config.eos_token_id
    template = chosen_template(recipe.model.template)
    renderer = make_renderer(tokenizer, eos_ids=eos, extra=recipe.model.stop, template=template)
    return renderer, model


def _prepare(
    job: JobContext, recipe: Recipe, parts: Parts, renderer: TokenizerRenderer, limit: int
) -> tuple[Prepared, Prepared]:
    """Return the sequences of both parts, counting rows on the way, and log what they are."""
    total = len(parts.train) + len(parts.validation)
    job.phase("tokenizing", 0, total, "rows")

    def count(done: int) -> None:
        job.phase("tokenizing", done, total, "rows")
        if done % _ROWS_BETWEEN_QUESTIONS == 0 and job.stop_requested():
            raise _StopAsked

    tokenized = tokenize(job.workspace, recipe, parts, renderer, limit=limit, on_row=count)
    cache = tokenized.cache
    job.emit(summary(cache.entries, path=str(cache.ledger.relative_to(job.workspace.root))))
    for finding in find(cache.entries, cache.about.template):
        if finding.meaning.severity in {"high", "review"}:
            text = f"{finding.sentence(_ROWS_NAMED)}. {finding.meaning.remedy}"
            job.emit(MessageLogged(level="warning", text=text[0].upper() + text[1:]))
    train, validation = tokenized.part("train"), tokenized.part("validation")
    padding = sum(paddings(train.lengths, recipe, "train"))
    job.emit(
        DataReady(
            rows=len(train.rows),
            validation_rows=len(validation.rows),
            tokens=train.tokens,
            supervised=train.supervised,
            longest=max(train.longest, validation.longest),
            padding_share=padding / (padding + train.tokens),
            cache_hit=tokenized.hit,
        )
    )
    return train, validation


def _shown(parts: Parts, validation: Prepared) -> Parts:
    """Return the parts without the validation rows that were left out: none is sampled."""
    left = set(validation.left_out)
    return parts._replace(validation=[one for one in parts.validation if one.row not in left])
