"""Which evaluation was best, and whether it is time to end early; kept in every checkpoint."""

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

    def after(self, step: int, loss: float | None) -> "Progress":
        """Return the progress after one more evaluation; a loss of None was not a number."""
        if loss is not None and (self.best_loss is None or loss < self.best_loss):
            return Progress(plan=self.plan, best_step=step, best_loss=loss)
        return msgspec.structs.replace(self, worse=self.worse + 1)
