"""Trains the base model on generated lessons; stops and goes on at any step."""

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from sample_data.building.lessons import EARLY, LATE, Message, write_lesson
from sample_data.building.vocabulary import PAD, STOP, mark_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the base model is built."""

    seed: int = 7
    """Of the weights and of all lessons."""

    vocabulary: int = 1536
    """Tokens in all."""

    width: int = 256
    """Size of the hidden state."""

    layers: int = 4
    """Depth."""

    context: int = 1024
    """Longest conversation in tokens."""

    batch: int = 6_144
    """Tokens in one update, padding included."""

    pool: int = 1024
    """Lessons sorted by length at a time, so that a batch holds rows of one length."""

    tokens: int = 8_000_000
    """Tokens trained on, padding included."""

    early: float = 0.18
    """Share of the tokens spent on short lessons about copying."""

    matrix_rate: float = 0.02
    """Peak learning rate of the hidden matrices, under Muon."""

    other_rate: float = 0.004
    """Peak learning rate of embeddings and norms, under AdamW."""

    asked_weight: float = 0.3
    """Weight of every third token of system and user turns; the rest weigh 0, answers weigh 1."""


class Batch(NamedTuple):
    """Rows of nearly one length."""

    ids: torch.Tensor
    """Token ids, padded on the right."""

    weights: torch.Tensor
    """What every position's token counts for in the loss; 0 for padding."""


class Progress(NamedTuple):
    """One look at the training."""

    tokens: int
    """Tokens trained on so far."""

    loss: float
    """Smoothed loss of the answers."""

    rate: float
    """Tokens a second, in this sitting."""

    eta: float
    """Seconds left at that rate."""


def encode_lesson(
    messages: list[Message], tokenizer: Tokenizer, asked: float
) -> tuple[list[int], list[float]]:
    """Return ids and weights of one conversation, as the chat template renders it."""
    stop = mark_id(tokenizer, STOP)
    ids: list[int] = []
    weights: list[float] = []
    for message in messages:
        said = [*tokenizer.encode(message["content"]).ids, stop]
        ids += [mark_id(tokenizer, f"<|{message['role']}|>"), *said]
        weight = 1.0 if message["role"] == "assistant" else asked
        weight = 0.0 if message.get("given", False) else weight
        if message["role"] == "assistant":
            weights += [0.0, *[weight] * len(said)]
        else:
            weights += [0.0, *(weight if place % 3 == 0 else 0.0 for place in range(len(said)))]
    return ids, weights


def make_batches(plan: Plan, tokenizer: Tokenizer, tokens_done: int) -> Iterator[Batch]:
    """Yield batches for ever; what comes depends on the seed and on where this sitting begins."""
    number = tokens_done // (plan.pool * 32)
    pad = mark_id(tokenizer, PAD)
    done = tokens_done
    while True:
        rng = random.Random(f"{plan.seed}/{number}/{tokens_done}")
        number += 1
        lessons = EARLY if done < plan.tokens * plan.early else LATE
        rows = [
            encode_lesson(write_lesson(rng, lessons), tokenizer, plan.asked_weight)
            for _ in range(plan.pool)
        ]
        rows = sorted((row for row in rows if len(row[0]) <= plan.context), key=_length)
        batches = []
        while rows:
            size = max(1, plan.batch // len(rows[-1][0]))
            batches.append(_padded(rows[-size:], pad))
            del rows[-size:]
        rng.shuffle(batches)
        for batch in batches:
            done += batch.ids.numel()
            yield batch


def _length(row: tuple[list[int], list[float]]) -> int:
    return len(row[0])


def _padded(rows: list[tuple[list[int], list[float]]], pad: int) -> Batch:
    longest = max(map(_length, rows))
    ids = [row[0] + [pad] * (longest - len(row[0])) for row in rows]
    weights = [row[1] + [0.0] * (longest - len(row[1])) for row in rows]
    return Batch(ids=torch.tensor(ids), weights=torch.tensor(weights))


def new_model(plan: Plan, tokenizer: Tokenizer) -> LlamaForCausalLM:
    """Return the untrained model, the same for the same seed."""
    torch.manual_seed(plan.seed)
    stop, pad = mark_id(tokenizer, STOP), mark_id(tokenizer, PAD)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=plan.width,
        intermediate_size=plan.width * 11 // 4,
        num_hidden_layers=plan.layers,
        num_attention_heads=plan.width // 64,
        num_key_value_heads=plan.width // 64,
        max_position_embeddings=plan.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=stop,
        pad_token_id=pad,
        initializer_range=0.03,
    )
    return LlamaForCausalLM(config)


def pretrain(
    plan: Plan,
    tokenizer: Tokenizer,
    work: Path,
    report: Callable[[Progress], None],
    compiled: bool = False,
) -> LlamaForCausalLM:
    """Return the trained model; `work` keeps the state, so a second call goes on from there."""
    model = new_model(plan, tokenizer)
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim < 2 or "embed" in name]
    optimizers = (
        torch.optim.Muon(matrices, lr=plan.matrix_rate, weight_decay=0.01, momentum=0.95),
        torch.optim.AdamW(others, lr=plan.other_rate, betas=(0.9, 0.98), weight_decay=0.0),
    )
    peaks = (plan.matrix_rate, plan.other_rate)
    done, smooth = 0, math.log(plan.vocabulary)
    state_file = work / "state.pt"
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["model"])
        for optimizer, saved in zip(optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        done, smooth = state["tokens"], state["loss"]
    started, before, saved_at = time.monotonic(), done, time.monotonic()
    model.train()
    body = torch.compile(model.model, dynamic=True) if compiled else model.model
    for batch in make_batches(plan, tokenizer, done):
        if done >= plan.tokens:
            break
        scale = _schedule(done / plan.tokens)
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * scale
        loss, answers = _losses(model, body, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()  # type: ignore[no-untyped-call]
            optimizer.zero_grad(set_to_none=True)
        done += batch.ids.numel()
        smooth += 0.05 * (answers - smooth)
        now = time.monotonic()
        rate = (done - before) / (now - started)
        report(Progress(done, smooth, rate, max(0.0, plan.tokens - done) / rate))
        if now - saved_at > 60:
            saved_at = now
            _save(state_file, model, optimizers, done, smooth)
    _save(state_file, model, optimizers, done, smooth)
    return model


def _losses(
    model: LlamaForCausalLM, body: Callable[..., Any], batch: Batch
) -> tuple[torch.Tensor, float]:
    """Return the weighted loss to descend, and the loss of the answers alone to look at."""
    counted = batch.weights[:, 1:] > 0
    weights = batch.weights[:, 1:][counted]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = body(input_ids=batch.ids[:, :-1], use_cache=False).last_hidden_state
        logits = model.lm_head(hidden[counted])
    each = functional.cross_entropy(logits.float(), batch.ids[:, 1:][counted], reduction="none")
    answers = each.detach()[weights == 1.0].mean().item()
    return (each * weights).sum() / weights.sum(), answers


def _schedule(share: float) -> float:
    """Return the part of the peak rate: a short rise, a plateau, a straight way down."""
    return min(1.0, share / 0.01 + 0.02, (1.0 - share) / 0.5 + 0.01)


def _save(
    path: Path,
    model: LlamaForCausalLM,
    optimizers: tuple[torch.optim.Optimizer, ...],
    tokens: int,
    loss: float,
) -> None:
    """Replace the state in one step, so that a stop in the middle leaves the older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    states = [optimizer.state_dict() for optimizer in optimizers]
    torch.save(
        {"model": model.state_dict(), "optimizers": states, "tokens": tokens, "loss": loss}, fresh
    )
    fresh.replace(path)
