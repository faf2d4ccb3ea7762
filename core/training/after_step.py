"""What happens between one step and the next: a look, a checkpoint, an end."""

from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from core.training.loop import Loop


class AfterStep(TrainerCallback):  # type: ignore[misc]
    """Decides after every step whether to evaluate, save or stop."""

    def __init__(self, loop: "Loop") -> None:
        self.loop = loop

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Set what happens between this step and the next."""
        loop, recipe = self.loop, self.loop.recipe
        step, total = state.global_step, len(loop.updates)
        every = loop.eval_every
        control.should_evaluate = step % every == 0 or step == total
        save_every = recipe.checkpoint.every or every
        control.should_save = step % save_every == 0 or step == total
        if step == total:
            loop.reason = "final"
        job = loop.job
        asked = (job.take_checkpoint_request(), job.stop_requested(), job.pausing)
        save_now, stop_now, job.pausing = loop.together.same(asked)
        if save_now:
            control.should_save, loop.reason = True, "requested"
        if stop_now:
            loop.stopping, loop.reason = True, "requested"
            control.should_training_stop = control.should_save = True
            control.should_evaluate = False
        return control
