"""Whether the steps of a log go forward; one that comes again may have a second writer."""

import msgspec
from msgspec.structs import replace

from core.events.rule import Rule
from core.events.schema import AlertRaised, Event, Resumed, StepLogged, WorkerStarted


class StepBackwards(msgspec.Struct, frozen=True, kw_only=True):
    """A step is not after the one before it, and no resume says why."""

    newest: int = 0
    resumed: bool = False
    """Whether this worker has said already from where it goes on."""
    said: bool = False

    def look(self, event: Event) -> tuple["StepBackwards", AlertRaised | None]:
        """Say it once an episode; a resume may go back, once a worker and before its steps."""
        if isinstance(event, WorkerStarted):
            return replace(self, resumed=False), None
        if isinstance(event, Resumed):
            after = replace(self, newest=event.from_step, resumed=True)
            if not self.resumed or event.from_step >= self.newest:
                return replace(after, said=False), None
            return replace(after, said=True), _alert(event.from_step, self.newest, twice=True)
        if not isinstance(event, StepLogged):
            return self, None
        if event.step > self.newest:
            return replace(self, newest=event.step, said=False), None
        if self.said:
            return self, None
        return replace(self, said=True), _alert(event.step, self.newest, twice=False)


def _alert(step: int, before: int, *, twice: bool) -> AlertRaised:
    """Return the finding in words."""
    how = "A second resume went back" if twice else "The log went back"
    return AlertRaised(
        rule="step_backwards",
        level="critical",
        step=step,
        message=f"{how} from step {before:,} to {step:,} in one attempt.",
        action="Two trainings may write to one log, or one was restarted in place: stop all but "
        "one, and give each a folder of its own.",
        evidence={"step": float(step), "newest_before": float(before)},
        key="stop",
    )


RULES: tuple[type[Rule], ...] = (StepBackwards,)
