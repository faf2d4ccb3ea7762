"""Which evaluation was best, and whether it is time to end early; kept in every checkpoint."""

from typing import Literal

import msgspec


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What the evaluations so far say."""

    plan: str
    """Digest of the sequences and their order; a run never goes on with others."""

    best_step: int | None = None
    """Step of the lowest validation loss; None before the first evaluation."""
    best_loss: float | None = None
    worse: int = 0
    """Evaluations since then."""
    budget: int | None = None
    """Padded tokens in a micro-batch where the plan does not fit; None where it does."""
    packed: bool = False
    """Whether rows are laid end to end."""
    loss_path: Literal["selected", "fused", "model"] = "selected"
    """How the loss is computed; a resume goes on in the same way, bit by bit."""
    whole_tail: bool = False
    """Whether the last layer is computed for every position."""
    checkpointing: bool = False
    """Whether activations are computed twice to keep fewer."""

    def after(self, step: int, loss: float | None, *, min_delta: float = 0.0) -> "Progress":
        """Return the progress after one more evaluation; a loss of None was not a number."""
        if loss is not None and (self.best_loss is None or loss < self.best_loss - min_delta):
            return msgspec.structs.replace(self, best_step=step, best_loss=loss, worse=0)
        return msgspec.structs.replace(self, worse=self.worse + 1)
