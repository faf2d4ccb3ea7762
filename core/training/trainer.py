"""Trains a LoRA adapter with transformers and peft; runs only inside a worker process."""

import os
from typing import Any

import msgspec
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from core.catalog.base_models import locate_model
from core.errors import RecipeError
from core.events.schema import DataReady, MessageLogged
from core.jobs.context import JobContext, Outcome, Stopped
from core.machine import usable_cores
from core.storage import replace_file
from core.text_safety import clip, visible
from core.training.arguments import half_precision
from core.training.device import alone, device_words, torch_device
from core.training.ledger import find, summary
from core.training.loop import Loop
from core.training.mask_view import paddings
from core.training.methods import loading_options
from core.training.node import LAUNCHED
from core.training.peak_memory import PeakMemory
from core.training.ranks import RankContext, supervise
from core.training.recipe import Recipe, make_recipe
from core.training.renderer import TokenizerRenderer, make_renderer
from core.training.rows import (
    Parts,
    Prepared,
    check_holdout,
    counted,
    recipe_parts,
    row_limit,
    said_of,
    tokenize,
)
from core.training.templates import chosen_template

_ROWS_NAMED = 20
_TOO_LONG = "sequence-length-is-longer-than-the-specified-maximum"
"""The tokenizer's own name for a warning that it gives once."""
_ROWS_BETWEEN_QUESTIONS = 100


class _StopAsked(Exception):
    """Leaves the tokenising when somebody asks for an end."""


def run(job: JobContext) -> Outcome:
    """Train what the record asks for, from the newest checkpoint if there is one."""
    recipe = make_recipe(job.spec["recipe"], where=job.folder.record.name)
    if recipe.data is None:
        raise AssertionError("a local recipe has data")
    if not isinstance(job, RankContext) and (recipe.runtime.ranks > 1 or LAUNCHED in os.environ):
        return supervise(job, recipe.runtime, os.environ)
    beside = job.beside if isinstance(job, RankContext) else 1
    torch.set_num_threads(max(1, usable_cores() // beside))
    device = _device(recipe, job)
    words = device_words(device, half=half_precision(recipe, device))
    job.emit(MessageLogged(level="info", text=words))
    transformers.set_seed(recipe.seed)
    transformers.utils.logging.disable_progress_bar()

    job.phase("reading_data")
    parts = recipe_parts(job.workspace, recipe)
    job.phase("checking_holdout", 0, len(parts.train) + len(parts.validation), "rows")
    checked = check_holdout(
        job.workspace, recipe.data.split, parts, override=recipe.data.holdout_override
    )
    job.emit(checked.event())
    for said in said_of(checked):
        job.emit(said)
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
    count, train, validation = counted(checked, train, validation)
    loop = Loop(job, recipe, renderer, model, device, train, validation, parts.validation, resident)
    outcome = loop.run()
    job.emit(count.event("read", readings=loop.together.gather(count.reading)))
    return outcome


def _device(recipe: Recipe, job: JobContext) -> torch.device:
    """Return where this process computes: a rank on the GPU of its place on its node."""
    device = torch_device(recipe.device)
    if not isinstance(job, RankContext):
        return alone(device, os.environ)
    if device.type == "cuda":
        device = torch_device(f"cuda:{job.local}")
        torch.cuda.set_device(device)
    return device


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
    # Rows over the limit are counted and refused or cut by us; its warning would stand in the log.
    tokenizer.deprecation_warnings[_TOO_LONG] = True
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
    findings = find(cache.entries, cache.about.template)
    ledger = summary(cache.entries, path=str(cache.ledger.relative_to(job.workspace.root)))
    sentences = tuple(one.sentence(_ROWS_NAMED) for one in findings)
    job.emit(msgspec.structs.replace(ledger, findings=sentences))
    for finding in findings:
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
            vocabulary=len(renderer.tokenizer),
        )
    )
    return train, validation


def _shown(parts: Parts, validation: Prepared) -> Parts:
    """Return the parts without the validation rows that were left out: none is sampled."""
    left = set(validation.left_out)
    return parts._replace(validation=[one for one in parts.validation if one.row not in left])
