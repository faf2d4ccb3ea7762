"""Fine-tuning at Fireworks by its HTTP interface; only inside a worker.

The start of a job takes an id of ours, so a job that was started is found by its name, and a
second start of the same one is refused by the service.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import RecipeError
from core.hosted.consignment import Finding, Part, Progress
from core.hosted.failures import HostedError, Rejected, Unsupported, Vanished
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
from core.hosted.read_figures import number, seconds_of, text
from core.hosted.setting_names import unknown_settings
from core.hosted.spec import HostedSpec, PartName
from core.hosted.walk import moved

LABEL = "Fireworks"
CAPABILITIES = Capabilities(
    methods=("supervised",),
    verbs=frozenset({"cancel"}),
    weights_leave=True,
    price_from_service=False,
    early_stopping=True,
    longest_suffix=40,
    most_bytes=150 * 1024 * 1024,
    hyperparameters=(
        "epochs",
        "learningRate",
        "loraRank",
        "maxContextLength",
        "batchSize",
        "gradientAccumulationSteps",
        "earlyStop",
    ),
)
_JOBS = "supervisedFineTuningJobs"
_READY = frozenset({"READY", "STATE_READY"})
_LOOKS = 120
_EACH = 5.0
"""How often and how long apart it is looked whether a file was taken."""


def make(spec: HostedSpec, access: Access) -> "Fireworks":
    """Return the service of a spec; its account has to be named."""
    if not spec.organization:
        raise RecipeError(
            what="Fireworks needs the name of the account.",
            why="It stands in the address of every request.",
            remedy="Name it: --organization ACCOUNT, as its page shows it.",
        )
    return Fireworks(spec, access, spec.organization)


class Fireworks:
    """One account."""

    def __init__(self, spec: HostedSpec, access: Access, account: str) -> None:
        self._spec = spec
        self._line = HttpLine(spec, access)
        self._world = access.world
        self._account = f"/accounts/{account}"

    def capabilities(self) -> Capabilities:
        """Return what the service can do; asks nobody."""
        return CAPABILITIES

    def validate(self, parts: Sequence[Part], spec: HostedSpec) -> list[Finding]:
        """Return what the service would refuse; nothing leaves."""
        found = list(unknown_settings(spec, CAPABILITIES))
        for part in parts:
            if CAPABILITIES.most_bytes is not None and part.bytes > CAPABILITIES.most_bytes:
                found.append(
                    Finding(
                        severity="blocker",
                        part=part.name,
                        message=f"The file has {part.bytes:,} bytes; {CAPABILITIES.most_bytes:,}"
                        " can be sent in one request.",
                        remedy="Train on fewer or shorter rows.",
                    )
                )
        return found

    def find_file(self, part: Part, known: str | None) -> str | None:
        """Return the id of a dataset that holds exactly this part: its id says the hash."""
        wanted = known or _dataset_id(part)
        try:
            said = self._line.read("look at a dataset", f"{self._account}/datasets/{wanted}")
        except (Vanished, Rejected):
            return None
        same = wanted == _dataset_id(part) and _state(said) in _READY
        return wanted if same else None

    def upload(self, part: Part, progress: Progress) -> str:
        """Make a dataset, send its rows, and wait until the service has read them."""
        doing, id = f"upload the {part.name} rows", _dataset_id(part)
        try:
            self._line.read(doing, f"{self._account}/datasets/{id}")
        except Vanished:
            dataset = {"userUploaded": {}, "exampleCount": str(part.rows), "format": "CHAT"}
            body = {"datasetId": id, "dataset": dataset}
            self._line.send(doing, "POST", f"{self._account}/datasets", body=body)
        self._line.upload(doing, f"{self._account}/datasets/{id}:upload", part, {}, progress)
        for _ in range(_LOOKS):
            said = self._line.read(doing, f"{self._account}/datasets/{id}")
            if _state(said) in _READY:
                return id
            self._world.sleep(_EACH)
        raise Rejected(
            what=f"{LABEL} has not read the {part.name} rows.",
            why=f"Its state of the dataset is {self._line.covered(_state(said), 60)}.",
            remedy="Look at the dataset on the service's page, then resume.",
            part=part.name,
        )

    def create(self, spec: HostedSpec, files: Mapping[PartName, str], submission: str) -> JobRef:
        """Start the job under our own id, in one attempt."""
        doing = "start the job"
        body: dict[str, Any] = {
            "baseModel": spec.model,
            "dataset": f"{self._account[1:]}/datasets/{files['train']}",
            "displayName": spec.suffix or "tuningfork",
            "evalAutoCarveout": False,
            **spec.hyperparameters,
        }
        if "validation" in files:
            body["evaluationDataset"] = f"{self._account[1:]}/datasets/{files['validation']}"
        path = f"{self._account}/{_JOBS}"
        said = self._line.send(
            doing,
            "POST",
            path,
            body=body,
            query={"supervisedFineTuningJobId": _job_id(submission)},
            deadline=CREATE,
            creates=True,
        )
        ref = _ref(said)
        if ref is None:
            raise self._line.unusable(doing, creates=True)
        return ref

    def find(self, submission: str, since: float) -> list[JobRef]:
        """Return the job that carries the submission as its id, if it is there."""
        path = f"{self._account}/{_JOBS}/{_job_id(submission)}"
        try:
            found = _ref(self._line.read("look for the job", path))
        except (Vanished, Rejected):
            return []
        return [found] if found else []

    def poll(self, ref: JobRef, cursor: Cursor) -> Poll:
        """Return the job, and how far it is since the cursor."""
        said = self._line.read("look at the job", f"{self._account}/{_JOBS}/{ref.id}")
        job, items = self._job(said), []
        progress = said.get("jobProgress")
        percent = number(progress.get("percent")) if isinstance(progress, dict) else None
        if percent is not None and f"percent:{percent:g}" not in cursor.ids:
            epoch = number(progress.get("epoch")) if isinstance(progress, dict) else None
            words = f"{percent:g} % done" + (f", epoch {epoch:g}" if epoch is not None else "")
            items.append(
                Item(
                    id=f"percent:{percent:g}",
                    at=self._world.now().timestamp(),
                    kind="message",
                    text=words,
                )
            )
        return Poll(job=job, items=tuple(items), cursor=moved(cursor, items))

    def checkpoints(self, ref: JobRef) -> list[HostedCheckpoint]:
        """Return none: the interface lists no models from before the end."""
        return []

    def cancel(self, ref: JobRef) -> JobView:
        """Ask for an end; a job that has ended stays as it is."""
        path = f"{self._account}/{_JOBS}/{ref.id}"
        try:
            self._line.send("cancel the job", "POST", f"{path}:cancel", body={})
        except Rejected:
            job = self._job(self._line.read("look at the job", path))
            if job.stage in ENDED:
                return job
            raise
        return self._job(self._line.read("look at the job", path))

    def pause(self, ref: JobRef) -> JobView:
        """Refuse: no such request is known."""
        raise _no("pause")

    def resume(self, ref: JobRef) -> JobView:
        """Refuse: nothing was paused."""
        raise _no("resume")

    def outcome(self, ref: JobRef) -> Outcome:
        """Return what the job left."""
        said = self._line.read("look at the result", f"{self._account}/{_JOBS}/{ref.id}")
        return Outcome(model=self._job(said).model)

    def forget(self, files: Sequence[str]) -> list[str]:
        """Delete datasets and return the ids that are gone; gone before counts, too."""
        gone = []
        for one in files:
            try:
                self._line.send("delete a dataset", "DELETE", f"{self._account}/datasets/{one}")
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
        """Return a job as the service describes it; one without name and state is none."""
        ref, state = _ref(said), _state(said)
        if ref is None or not state:
            raise self._line.unusable("look at the job")
        stage = stage_of(state)
        status = said.get("status")
        told = status if isinstance(status, dict) else {}
        fault = None
        if stage.stage == "failed":
            fault = JobFault(
                code=self._line.covered(told.get("code"), 60),
                message=self._line.covered(told.get("message")) or "no reason",
            )
        model = text(said.get("outputModel"))
        return JobView(
            ref=ref,
            status=self._line.covered(state, 60),
            stage=stage.stage,
            phase=stage.phase,
            known=stage.known,
            note=self._line.covered(told.get("message"), 200) if fault is None else "",
            model=self._line.covered(model) or None if stage.stage == "finished" else None,
            fault=fault,
        )


def _dataset_id(part: Part) -> str:
    """Return the id of a part's dataset: the same for the same bytes."""
    return f"tuningfork-{part.sha256[:24]}"


def _job_id(submission: str) -> str:
    """Return the id of a submission's job; ids begin with a letter."""
    return f"tf-{submission}"


def _state(said: Mapping[str, Any]) -> str:
    return text(said.get("state"))


def _ref(said: Mapping[str, Any]) -> JobRef | None:
    """Return the job of a reply by the last part of its name; None where it names none."""
    id = text(said.get("name")).rpartition("/")[2]
    return JobRef(id=id, created_at=seconds_of(said.get("createTime"))) if id else None


def _no(verb: str) -> Unsupported:
    return Unsupported(
        what=f"{LABEL} cannot {verb} a job.",
        why="No such request of its interface is known here.",
        remedy="`stop` cancels it.",
    )
