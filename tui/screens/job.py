"""What a person may ask of a job from its screen, and what exactly the job is."""

import secrets
from datetime import UTC, datetime

from rich.text import Text

from core.errors import TuningforkError
from core.events.envelope import Verb
from core.workspace import RunFolder
from tui.feed import Feed
from tui.hosted_state import stop_words
from tui.keymap import Key
from tui.run_look import RunLook
from tui.screens.ask_text import AskTextScreen
from tui.screens.question import QuestionScreen
from tui.screens.stage import StageScreen
from tui.widgets.page import Line
from tui.widgets.safe_text import safe_lines, safe_text
from tui.wording import LIVE

_RESUMABLE = frozenset({"stopped", "failed", "lost"})


class JobScreen(StageScreen):
    """A screen of one job; its worker is asked by files and answers by events."""

    def __init__(self, folder: RunFolder, mode: str) -> None:
        super().__init__(mode)
        self._folder = folder
        self._look: RunLook | None = None
        """What is on the screen; None before the first look."""

    def follow(self, looks: Feed[RunLook]) -> None:
        """Look at the job while in sight, and again after each request."""
        self._looks = looks
        self.feed(looks)

    def works_now(self, key: Key) -> bool:
        """Return whether the job is in a state for this key."""
        state = self._look.status.state if self._look else None
        match key.id:
            case "checkpoint":
                return state in LIVE and state != "stopping" and not self._hosted
            case "stop" | "pause":
                return state in LIVE and state != "stopping"
            case "resume":
                return state in _RESUMABLE or self._paused
            case "run-rows":
                failure = self._look.state.failure if self._look else None
                return failure is not None and bool(failure.rows)
            case _:
                return True

    @property
    def _hosted(self) -> bool:
        """Whether the run trains at a service."""
        return self._look is not None and self._look.state.hosted is not None

    @property
    def _paused(self) -> bool:
        """Whether the run rests at its service, watched all the while."""
        if self._look is None or not self._hosted:
            return False
        return self._look.status.state in LIVE and self._look.state.phase == "paused"

    def action_stop(self) -> None:
        """Ask, with the consequence, and then ask the worker."""
        if self._look is None or self._look.status.state not in LIVE:
            self._refuse()
            return
        self.tuningfork.ask(self._consequence(self._look), lambda: self._request("stop"))

    def _consequence(self, look: RunLook) -> Text:
        """Return what a stop does to this job now."""
        state = look.state
        if state.hosted is not None:
            return safe_text(stop_words(state), limit=400)
        kept = state.checkpoints[-1].step if state.checkpoints else None
        if look.status.state == "queued":
            return Text("Takes the job out of the line. Nothing has been computed yet.")
        if state.phase != "training":
            return Text("Stops as soon as the phase under way allows. What is on disk is kept.")
        after = f"Stops after step {state.step + 1:,} and saves a checkpoint there first."
        newest = f" The checkpoint of step {kept:,} is kept." if kept is not None else ""
        best = state.best_step
        result = f" The best one, step {best:,}, becomes the result." if best else ""
        return Text(f"{after}{newest}{result} R goes on from the newest later.")

    def action_pause(self) -> None:
        """Ask the worker to save and to free the device."""
        if self._look is None or self._look.status.state not in LIVE:
            self._refuse()
            return
        self._request("pause")

    def action_checkpoint(self) -> None:
        """Ask the worker for a checkpoint."""
        if self._look is None or self._look.status.state not in LIVE:
            self._refuse()
            return
        self._request("checkpoint")

    def action_resume(self) -> None:
        """Start the next attempt; at a service, go on after a pause or watch again."""
        if self._paused:
            self._request("resume")
            return
        if self._look is None or self._look.status.state not in _RESUMABLE:
            self._refuse()
            return

        if self._look.status.record.kind == "hosted":
            self._resume_hosted()
            return

        def resume() -> None:
            from core.jobs.resume import resume as start_again

            environment = self.tuningfork.settings.environment
            start_again(self._folder, now=datetime.now(UTC), environment=environment)

        self.touch_disk(resume, Text("A new worker is starting from the newest checkpoint."))

    def _resume_hosted(self) -> None:
        """Find out what a person has to say first, then watch again."""
        from core.hosted.again import key_to_type, wants_answer

        try:
            missing = key_to_type(self._folder, self.tuningfork.settings.environment)
            ask = wants_answer(self._folder)
        except TuningforkError as error:
            self.show_error(error)
            return
        if missing is not None:
            words = safe_text(f"{missing.what} Type it for this run; it is written nowhere.")
            screen = AskTextScreen(words, secret=True)

            def typed_in(typed: str | None) -> None:
                if typed:
                    self._ask_again(typed, ask)

            self.app.push_screen(screen, typed_in)
        else:
            self._ask_again("", ask)

    def _ask_again(self, typed: str, ask: bool) -> None:
        """Ask whether the job is sent again where nobody knows what became of it."""
        if not ask:
            self._watch_again(typed)
            return
        words = (
            "Nobody knows whether the service started the job, and none is listed. Sent again, "
            "it may be paid for twice: look on the service's page first. n looks for it once "
            "more and sends nothing; y sends it again."
        )
        self.app.push_screen(
            QuestionScreen(Text(words)),
            lambda yes: self._watch_again(typed, send_again=yes is True),
        )

    def _watch_again(self, typed: str, *, send_again: bool = False) -> None:
        """Start a watcher, which goes on where the last one ended."""

        def again() -> None:
            from core.hosted.again import resume_hosted, typed_key
            from core.jobs import process

            resume_hosted(
                self._folder,
                now=datetime.now(UTC),
                environment=self.tuningfork.settings.environment,
                typed=typed_key(self._folder, typed) if typed else None,
                send_again=process.user() if send_again else "",
                host=process.here().host,
            )

        self.touch_disk(again, Text("The run is watched again from where its log ends."))

    def action_open_rows(self) -> None:
        """Open the row that a service refused."""
        failure = self._look.state.failure if self._look else None
        split = self._look.status.record.spec.get("split") if self._look else None
        if failure is None or not failure.rows or not failure.part or not isinstance(split, str):
            self.tuningfork.hint(Text("No row was named.", style="muted"))
            return
        self.tuningfork.show_part_row(split, failure.part, failure.rows[0], failure.why)

    def _refuse(self) -> None:
        state = self._look.status.state if self._look else "not read yet"
        self.tuningfork.tell(Text(f"Nothing to do: the job is {state}.", style="warn"))

    def _request(self, verb: Verb) -> None:
        """Leave a request; the worker's answer arrives as an event, for every viewer."""

        def ask() -> None:
            from core.jobs import process
            from core.jobs.control import request

            request(
                self._folder,
                verb,
                by=process.user(),
                host=process.here().host,
                now=datetime.now(UTC),
                token=secrets.token_hex(4),
            )

        self.touch_disk(
            ask, Text(f"Asked the worker to {verb}; its answer comes with the messages.")
        )

    def exactly(self) -> list[Line]:
        """Return the job's record and recipe as they lie on disk, and the command to watch it."""
        id = self._folder.id
        lines: list[Line] = [
            safe_text(f"tuningfork watch {id}", ink="key"),
            safe_text(f"tuningfork status {id} --json", ink="key"),
        ]
        for path in (self._folder.record, self._folder.recipe):
            try:
                text = path.read_text(errors="replace")
            except OSError:
                continue
            lines += [Text(""), safe_text(str(path), ink="muted"), *safe_lines(text)]
        return lines

    def value(self) -> str:
        """Return the job's id."""
        return self._folder.id
