"""Sends the curves of a run elsewhere, through transformers' own callbacks, and never minds them.

The event log stays the truth: what a sink does wrong becomes an event, and training goes on.
"""

import copy
import math
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from transformers import TrainerCallback
from transformers.integrations import get_reporting_integration_callbacks

from core.events.envelope import Envelope, SinkState
from core.events.schema import Evaluated, MessageLogged, SinkChanged, StepLogged
from core.jobs.context import JobContext
from core.training.report import SinkName, require_sinks, said_safely, surroundings

_PATIENCE = 3
"""Faults in a row after which a sink is left alone."""


def open_sinks(
    names: Sequence[SinkName], job: JobContext, environment: MutableMapping[str, str]
) -> list[TrainerCallback]:
    """Return a callback for each sink; `environment` is this process's own, read by their code."""
    require_sinks(names)
    if names:
        environment.update(surroundings(environment))
    return [Sink(name, job, environment) for name in dict.fromkeys(names)]


class Sink(TrainerCallback):  # type: ignore[misc]
    """One sink, behind a wall that lets no error and no change through."""

    def __init__(
        self, name: SinkName, job: JobContext, environment: MutableMapping[str, str]
    ) -> None:
        self._name = name
        self._job = job
        self._faults = 0
        self._off = False
        self._given: tuple[Any, Any, Any] | None = None
        """Arguments, state and model of the training, once it has begun."""
        self._sink: Any = None
        self._guarded(lambda: self._make(environment))
        job.listen(self._heard)

    def _make(self, environment: MutableMapping[str, str]) -> None:
        (kind,) = get_reporting_integration_callbacks([self._name])
        self._sink = kind()
        if self._name == "tensorboard" and not environment.get("TENSORBOARD_LOGGING_DIR"):
            self._sink.logging_dir = str(self._job.folder.tensorboard)

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **_: Any
    ) -> None:
        """Let the sink set itself up."""
        self._given = (args, state, model)
        began = self._guarded(
            lambda: self._sink.on_train_begin(args, state, copy.copy(control), model=model)
        )
        if began:
            self._say("on", "")

    def on_train_end(
        self, args: Any, state: Any, control: Any, model: Any = None, **_: Any
    ) -> None:
        """Let the sink finish what it holds."""
        self._guarded(lambda: self._sink.on_train_end(args, state, copy.copy(control), model=model))
        self._given = None

    def _heard(self, event: Envelope) -> None:
        """Pass on the figures of an event."""
        if self._given is None:
            return
        match event:
            case StepLogged():
                logs = {
                    "loss": _figure(event.loss),
                    "grad_norm": _figure(event.grad_norm),
                    "learning_rate": event.lr,
                    "epoch": event.epoch,
                }
                self._log(event.step, logs)
            case Evaluated():
                self._log(event.step, {"eval_loss": _figure(event.loss)})

    def _log(self, step: int, logs: dict[str, float]) -> None:
        assert self._given is not None, "figures are passed on while training"
        args, state, model = self._given
        state = copy.copy(state)
        state.global_step = step
        self._guarded(lambda: self._sink.on_log(args, state, None, logs=logs, model=model))

    def _guarded(self, act: Callable[[], object]) -> bool:
        """Do something of the sink's; return whether it went well."""
        if self._off:
            return False
        try:
            act()
        except (Exception, SystemExit) as fault:  # the border to somebody else's code
            self._failed(fault)
            return False
        self._faults = 0
        return True

    def _failed(self, fault: BaseException) -> None:
        self._faults += 1
        self._off = self._sink is None or self._faults >= _PATIENCE
        words = said_safely(fault)
        if self._faults == 1:
            self._say("failed", words)
            text = f"Reporting to {self._name} failed; training goes on. {words}"
            self._job.emit(MessageLogged(level="warning", text=text))
        if self._off:
            self._say("off", words)

    def _say(self, state: SinkState, message: str) -> None:
        self._job.emit(SinkChanged(name=self._name, state=state, message=message))


def _figure(value: float | None) -> float:
    """Return the value; what was not finite is drawn as such."""
    return math.nan if value is None else value
