"""Fine-tuning at Together by its HTTP interface; only inside a worker."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.hosted.consignment import Finding, Part, Progress
from core.hosted.failures import HostedError, NoQuota, Rejected, Unsupported, Vanished
from core.hosted.http_line import CREATE, HttpLine
from core.hosted.job_values import (
    ENDED,
    Cursor,
    HostedCheckpoint,
    Item,
    JobFault,
    JobRef,
    JobView,
    Outcome,
    Poll,
)
from core.hosted.mapping import stage_of
from core.hosted.offering import Capabilities
from core.hosted.provider import Access
from core.hosted.read_figures import number, text
from core.hosted.setting_names import unknown_settings
from core.hosted.spec import HostedSpec, PartName
from core.hosted.together_words import (
    MODEL_NAMES,
    asked_training,
    checkpoints_of,
    items_of_events,
    items_of_metrics,
    ref_of,
    same_file,
    whole,
)
from core.hosted.walk import moved, ordered

LABEL = "Together"
_UNITS = 1_000_000_000
"""The service counts money in billionths of a dollar."""
MARK = 12
"""Characters of the submission that a suffix has room for."""
CAPABILITIES = Capabilities(
    methods=("supervised", "dpo"),
    verbs=frozenset({"cancel"}),
    weights_leave=True,
    price_from_service=True,
    early_stopping=True,
    longest_suffix=40 - MARK - 1,
    hyperparameters=(
        "n_epochs",
        "batch_size",
        "learning_rate",
        "n_evals",
        "n_checkpoints",
        "warmup_ratio",
        "weight_decay",
        "max_seq_length",
        "packing",
        "lora_r",
        "lora_alpha",
        "lora_dropout",
        "dpo_beta",
        "early_stopping_enabled",
        "early_stopping_patience",
    ),
)


def make(spec: HostedSpec, access: Access) -> "Together":
    """Return the service of a spec."""
    return Together(spec, access)


class Together:
    """One account."""

    def __init__(self, spec: HostedSpec, access: Access) -> None:
        self._spec = spec
        self._line = HttpLine(spec, access)

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""
        return CAPABILITIES

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse; nothing leaves."""
        found = list(unknown_settings(spec, CAPABILITIES))
        if len(spec.suffix) > CAPABILITIES.longest_suffix:
            found.append(
                Finding(
                    severity="blocker",
                    message=f"The suffix has {len(spec.suffix)} characters;"
                    f" {CAPABILITIES.longest_suffix} are free beside our own mark.",
                    remedy="Shorten it.",
                )
            )
        return found

    def _check_price(self, spec: HostedSpec, files: Mapping[PartName, str]) -> None:
        """Ask the service for its price, which it gives once it has the files.

        Raise where that is more than was confirmed, or more than the account may spend.
        """
        try:
            said = self._line.send(
                "ask for the price",
                "POST",
                "/fine-tunes/estimate-price",
                body=asked_training(spec, files),
            )
        except (Rejected, Vanished):
            return
        amount = number(said.get("estimated_total_price"))
        if said.get("estimation_available") is not True or amount is None:
            return
        price, confirmed = Decimal(str(amount)), spec.price.high
        if confirmed is not None and price > confirmed:
            raise Rejected(
                what=f"{LABEL} asks ${price:,.2f} for this training; ${confirmed:,.2f} was"
                " confirmed. Nothing was started.",
                why="Its own price counts, and it is known only once the files are there.",
                remedy="Put its price into prices.toml, then start a new run.",
            )
        if said.get("allowed_to_proceed") is False:
            raise NoQuota(
                what=f"The account at {LABEL} may not spend the ${price:,.2f} of this training.",
                why="The service says so itself. Nothing was started.",
                remedy="Add money or raise the limit on the service's page, then resume.",
            )

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the id of a file that holds exactly this part."""
        if known is not None:
            try:
                said = self._line.read("look at a file", f"/files/{known}")
            except (Vanished, Rejected):
                said = {}
            if same_file(said, part):
                return known
        listed = self._line.read("list files", "/files").get("data")
        files = listed if isinstance(listed, list) else []
        found = (
            text(one.get("id")) for one in files if isinstance(one, dict) and same_file(one, part)
        )
        return next((one for one in found if one), None)

    def upload(self, part: Part, progress: Progress) -> str:
        """Send a part and return the file's id."""
        doing = f"upload the {part.name} rows"
        fields = {"purpose": "fine-tune", "file_name": part.upload_name, "file_type": "jsonl"}
        said = self._line.upload(doing, "/files/upload", part, fields, progress)
        if not text(said.get("id")):
            raise self._line.unusable(doing)
        return str(said["id"])

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job, in one attempt; no definite answer raises `Ambiguous`.

        The interface takes no name of ours but the suffix, which is why it carries the mark.
        """
        suffix = "-".join(one for one in (spec.suffix, submission[:MARK]) if one)
        doing = "start the job"
        self._check_price(spec, files)
        body = asked_training(spec, files) | {"suffix": suffix, "random_seed": spec.seed}
        said = self._line.send(
            doing, "POST", "/fine-tunes", body=body, deadline=CREATE, creates=True
        )
        ref = ref_of(said)
        if ref is None:
            raise self._line.unusable(doing, creates=True)
        return ref

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the jobs whose suffix carries the submission, oldest first."""
        listed = self._line.read("list jobs", "/fine-tunes").get("data")
        if not isinstance(listed, list):
            raise self._line.unusable("list jobs")
        mark = submission[:MARK]
        found = []
        for one in listed:
            ref = ref_of(one) if isinstance(one, dict) else None
            names = [str(one.get(key)) for key in ("suffix", *MODEL_NAMES)] if ref else []
            if ref is not None and any(mark in name for name in names):
                found.append(ref)
        return sorted(found, key=lambda one: one.created_at or 0.0)

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job, and what it said since the cursor."""
        job = self._job(self._line.read("look at the job", f"/fine-tunes/{ref.id}"))
        items = [*self._events(ref), *self._metrics(ref, cursor.offset)]
        if job.stage not in ENDED:
            items = [one for one in items if one.id not in set(cursor.ids)]
        told = ordered(items)
        steps = [one.step for one in told if one.kind == "metrics" and one.step is not None]
        after = moved(cursor, told)
        offset = max([cursor.offset, *steps])
        newest = Cursor(
            newest_id=after.newest_id, newest_time=after.newest_time, ids=after.ids, offset=offset
        )
        return Poll(job=job, items=told, cursor=newest)

    def _events(self, ref: JobRef) -> list[Item]:
        listed = self._line.read("read the job's events", f"/fine-tunes/{ref.id}/events")
        events = listed.get("data")
        if not isinstance(events, list):
            raise self._line.unusable("read the job's events")
        return items_of_events(events, self._line.covered)

    def _metrics(self, ref: JobRef, after: int) -> list[Item]:
        path = f"/fine-tunes/{ref.id}/metrics"
        try:
            said = self._line.read("read the curve", path, global_step_from=after)
        except (Rejected, Vanished):
            return []
        return items_of_metrics(said.get("metrics"))

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return the models that there are from before the end, oldest first."""
        try:
            listed = self._line.read("list checkpoints", f"/fine-tunes/{ref.id}/checkpoints")
        except (Rejected, Vanished):
            return []
        return checkpoints_of(listed.get("data"))

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end; a job that has ended stays as it is."""
        look = f"/fine-tunes/{ref.id}"
        try:
            self._line.send("cancel the job", "POST", f"{look}/cancel")
        except Rejected:
            job = self._job(self._line.read("look at the job", look))
            if job.stage in ENDED:
                return job
            raise
        return self._job(self._line.read("look at the job", look))

    def pause(self, ref: JobRef) -> JobView:
        """Refuse: there is no such request."""
        raise _no("pause")

    def resume(self, ref: JobRef) -> JobView:
        """Refuse: there is no such request."""
        raise _no("resume")

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left."""
        job = self._job(self._line.read("look at the result", f"/fine-tunes/{ref.id}"))
        return Outcome(
            model=job.model, billed_tokens=job.billed_tokens, billed_amount=job.billed_amount
        )

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete uploaded files and return the ids that are gone; gone before counts, too."""
        gone = []
        for one in files:
            try:
                self._line.send("delete a file", "DELETE", f"/files/{one}")
            except Vanished:
                pass
            except HostedError:
                continue
            gone.append(one)
        return gone

    def close(self) -> None:
        """Let the connection go."""
        self._line.close()

    def _job(self, said: dict[str, Any]) -> JobView:
        """Return a job as the service describes it; one without id and status is none."""
        ref, status = ref_of(said), text(said.get("status"))
        if ref is None or not status:
            raise self._line.unusable("look at the job")
        stage = stage_of(status)
        tokens, price = number(said.get("token_count")), number(said.get("total_price"))
        model = next((text(said.get(name)) for name in MODEL_NAMES if text(said.get(name))), "")
        failed = stage.stage == "failed"
        return JobView(
            ref=ref,
            status=self._line.covered(status, 60),
            stage=stage.stage,
            phase=stage.phase,
            known=stage.known,
            model=self._line.covered(model) or None if stage.stage in ENDED else None,
            total_steps=whole(said.get("total_steps")),
            billed_tokens=whole(tokens) if stage.stage in ENDED else None,
            billed_amount=None
            if price is None or stage.stage not in ENDED
            else Decimal(str(price)) / _UNITS,
            fault=JobFault(code="", message=self._why(said)) if failed else None,
        )

    def _why(self, said: dict[str, Any]) -> str:
        """Return the last thing that was said of a job that was given up."""
        events = said.get("events")
        words = [one.get("message") for one in events or () if isinstance(one, dict)]
        return self._line.covered(words[-1]) if words else "no reason"


def _no(verb: str) -> Unsupported:
    return Unsupported(
        what=f"{LABEL} cannot {verb} a job.",
        why="Its interface has no such request.",
        remedy="`stop` cancels it; steps that are finished are paid.",
    )
