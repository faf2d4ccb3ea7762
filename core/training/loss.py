"""The loss of an update: negative log-likelihood summed over the tokens that carry it.

Three ways to compute it, all exact. Which of them a model allows is not looked up in a list of
architectures but tried on real rows.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import torch
from torch import nn
from torch.nn import functional

from core.training.collate import Batch
from core.training.sharding import is_sharded, share_of

LossPath: TypeAlias = Literal["selected", "fused", "model"]
_CHUNK = 256
_TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2, torch.float16: 1e-2}


class Parity(NamedTuple):
    """How far one way is from the model's own loss on the same rows."""

    loss: float
    """Relative difference of the losses."""
    gradient: float
    """Relative difference of the gradients, as vectors."""
    problem: str
    """Why it cannot be used at all; empty when it ran."""

    def within(self, tolerance: float) -> bool:
        """Whether the difference is no more than rounding."""
        return not self.problem and self.loss <= tolerance and self.gradient <= 20 * tolerance


def nll(model: Any, batch: Batch, path: LossPath) -> torch.Tensor:
    """Return the summed loss of a batch; its gradient has the balance of experts in it, if any."""
    match path:
        case "selected":
            return _selected(model, batch)
        case "fused":
            return _fused(model, batch)
        case "model":
            return _by_model(model, batch)


def _call(model: Any, batch: Batch, **more: Any) -> Any:
    given: dict[str, Any] = {"input_ids": batch.ids, "use_cache": False, **more}
    if batch.seen is not None:
        given["attention_mask"] = batch.seen
    if batch.positions is not None:
        given["position_ids"] = batch.positions
    return model(**given)


def _selected(model: Any, batch: Batch) -> torch.Tensor:
    """Compute logits for supervised positions only."""
    found = _call(model, batch, logits_to_keep=batch.keep)
    return _scored(found.logits, batch) + _balance(model, found, batch)


def _by_model(model: Any, batch: Batch) -> torch.Tensor:
    """Compute all logits; the arm that every model knows, and the oracle of the others."""
    found = _call(model, batch)
    return _scored(found.logits, batch) + _balance(model, found, batch)


def _scored(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    if logits.dim() == 3:  # also what a model returns that does not know `logits_to_keep`
        logits = logits[batch.keep]
    return functional.cross_entropy(logits.float(), batch.targets, reduction="sum")


def _fused(model: Any, batch: Batch) -> torch.Tensor:
    """Let the head pass hidden states through, and do its work and the loss in one go."""
    head = _head(model)
    with _passing_through(head):
        found = _call(model, batch, logits_to_keep=batch.keep)
    hidden = found.logits
    if hidden.dim() == 3:
        hidden = hidden[batch.keep]
    loss: torch.Tensor = _FrozenHead.apply(hidden, head.weight, head.bias, batch.targets)  # type: ignore[no-untyped-call]
    return loss + _balance(model, found, batch)


def _balance(model: Any, found: Any, batch: Batch) -> torch.Tensor | float:
    """Return 0 with the gradient of a mixture's own loss for an even use of its experts.

    Models whose settings ask for it (`output_router_logits`) compute it with every call. Like the
    rest it is summed over supervised tokens; as a value it stays out, so that losses compare.
    """
    uneven = getattr(found, "aux_loss", None)
    if uneven is None or not isinstance(uneven, torch.Tensor):
        return 0.0
    weight = float(getattr(model, "module", model).config.router_aux_loss_coef)
    whole = weight * len(batch.targets) * uneven
    return whole - whole.detach()


def _head(model: Any) -> nn.Linear:
    head: nn.Linear = getattr(model, "module", model).get_output_embeddings()
    return head


@contextlib.contextmanager
def _passing_through(head: nn.Linear) -> Iterator[None]:
    stock = head.forward
    head.forward = lambda input: input  # type: ignore[method-assign]
    try:
        yield
    finally:
        head.forward = stock  # type: ignore[method-assign]


class _FrozenHead(torch.autograd.Function):
    """Head and loss together, chunk by chunk; the gradient is made in the forward pass.

    No logits are kept and nothing is computed twice, which a frozen head allows.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        targets: torch.Tensor,
    ) -> torch.Tensor:
        gradient = torch.empty_like(hidden)
        total = torch.zeros((), dtype=torch.float32, device=hidden.device)
        for start in range(0, hidden.shape[0], _CHUNK):
            part = slice(start, start + _CHUNK)
            logits = functional.linear(hidden[part], weight, bias).float()
            wanted = targets[part, None]
            normaliser = logits.logsumexp(1, keepdim=True)
            total += (normaliser - logits.gather(1, wanted)).sum()
            logits.sub_(normaliser).exp_()
            logits.scatter_add_(1, wanted, -torch.ones_like(wanted, dtype=logits.dtype))
            gradient[part] = logits.to(weight.dtype) @ weight
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream.to(gradient.dtype), None, None, None


def allowed(model: Any) -> tuple[LossPath, ...]:
    """Return the ways worth trying: fusing needs a head that is frozen, plain and here."""
    head = model.get_output_embeddings()
    plain = type(head) is nn.Linear and head.weight.dtype in _TOLERANCE
    frozen = plain and not any(one.requires_grad for one in head.parameters())
    return ("selected", "fused") if frozen and not is_sharded(model) else ("selected",)


def tolerance(model: Any) -> float:
    """Return the largest difference that is still rounding, for this model's numbers."""
    return _TOLERANCE.get(next(model.parameters()).dtype, 1e-5)


Backward: TypeAlias = Callable[[Batch, LossPath, int], torch.Tensor]
"""Adds the gradient of a batch, its loss divided by a count, and returns that loss."""


class Measured(NamedTuple):
    """What some rows say about a model, by one way of asking."""

    loss: float
    gradient: torch.Tensor


def measured(
    model: Any, batches: Sequence[Batch], path: LossPath, backward: Backward
) -> Measured | str:
    """Return mean loss and gradient with dropout off, or why there are none."""
    was = model.training
    model.eval()
    moving = [one for one in model.parameters() if one.requires_grad]
    count = sum(len(batch.targets) for batch in batches)
    try:
        total = sum(float(backward(batch, path, count)) for batch in batches)
        found = [
            share_of(one.grad).detach().float().flatten() for one in moving if one.grad is not None
        ]
        return Measured(total, torch.cat(found))
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        for one in moving:
            one.grad = None
        model.train(was)


def parity(
    found: Measured | str, oracle: Measured | str, total: Callable[[float], float] = float
) -> Parity:
    """Return how far two ways are apart; `total` adds up what processes hold a share of each."""
    if isinstance(found, str) or isinstance(oracle, str):
        problem = found if isinstance(found, str) else str(oracle)
        return Parity(float("inf"), float("inf"), problem)
    size = max(_length(oracle.gradient, total), 1e-12)
    apart = found.gradient.shape == oracle.gradient.shape
    off = _length(found.gradient - oracle.gradient, total) if apart else float("inf")
    return Parity(abs(found.loss - oracle.loss) / max(abs(oracle.loss), 1e-12), off / size, "")


def _length(gradient: torch.Tensor, total: Callable[[float], float]) -> float:
    return math.sqrt(total(float(gradient.norm()) ** 2))
