"""The ranks of one machine: begun as one, and gone as one.

The worker of a run begins those of node 0. Every other node is begun by hand or by a scheduler,
over the same workspace:

    python -P -m core.training.node WORKSPACE RUN NODE

NODE may be left out where GROUP_RANK, NODE_RANK or SLURM_NODEID says it.
"""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import JobError, TuningforkError
from core.jobs.lock import read_holder
from core.jobs.record import read_record
from core.training.recipe import RuntimeSpec, make_recipe
from core.workspace import RunFolder, open_workspace

_END_SECONDS = 10.0
_LOOK_SECONDS = 0.2
_NUMBERED_BY = ("GROUP_RANK", "NODE_RANK", "SLURM_NODEID")
_ERROR = ".error.json"
LAUNCHED = "TUNINGFORK_LAUNCHED"
"""Set in the environment of a worker whose ranks are begun by somebody else's launcher."""
_SEAT = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a rank is told about the run it belongs to."""

    root: Path
    """The workspace."""
    run: RunFolder
    """The run's folder in it."""
    attempt: int
    """Which time the run is tried."""


def ranks_folder(run: RunFolder) -> Path:
    """Return where ranks leave their output and their errors."""
    return run.path / "ranks"


def error_file(folder: Path, number: int) -> Path:
    """Return where a rank leaves the error it ended with."""
    return folder / f"{number}{_ERROR}"


def told_errors(folder: Path) -> list[int]:
    """Return the ranks, of whatever node, that left an error."""
    found = (one.name.removesuffix(_ERROR) for one in folder.glob(f"*{_ERROR}"))
    return sorted(int(name) for name in found if name.isdecimal())


def forget_errors(folder: Path) -> None:
    """Take away what ranks of an attempt before left."""
    for number in told_errors(folder):
        error_file(folder, number).unlink(missing_ok=True)


def node_command(root: Path, run: str, node: int) -> str:
    """Return what begins the ranks of another node."""
    return shlex.join(["python", "-P", "-m", "core.training.node", str(root), run, str(node)])


def seats(runtime: RuntimeSpec, node: int = 0) -> list[dict[str, str]]:
    """Return what each rank of a node is told of its place, in torch's own words."""
    host, port = (runtime.rendezvous or f"127.0.0.1:{_free_port()}").split(":")
    return [
        {
            "RANK": str(node * runtime.processes + local),
            "LOCAL_RANK": str(local),
            "GROUP_RANK": str(node),
            "WORLD_SIZE": str(runtime.ranks),
            "LOCAL_WORLD_SIZE": str(runtime.processes),
            "MASTER_ADDR": host,
            "MASTER_PORT": port,
        }
        for local in range(runtime.processes)
    ]


def launcher_seat(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the place that a launcher gave to this process."""
    return {name: environment[name] for name in _SEAT if name in environment}


@contextlib.contextmanager
def started(
    place: Place,
    seated: Sequence[Mapping[str, str]],
    environment: Mapping[str, str],
    *,
    ends: tuple[int, int] | None = None,
) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Have ranks for as long as they are needed; rank 0 gets the ends of two pipes."""
    ranks: list[subprocess.Popen[bytes]] = []
    folder = ranks_folder(place.run)
    try:
        for seat in seated:
            number = int(seat["RANK"])
            speaks = ends if ends is not None and number == 0 else ()
            with (folder / f"{number}.log").open("ab") as log:
                ranks.append(
                    subprocess.Popen(
                        [
                            *(sys.executable, "-P", "-m", "core.training.rank"),
                            *(str(place.root), place.run.id, str(place.attempt)),
                            *map(str, speaks or (-1, -1)),
                        ],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        pass_fds=speaks,
                        env={**environment, **seat},
                    )
                )
        yield ranks
    finally:
        _end(ranks)


def _end(ranks: list["subprocess.Popen[bytes]"]) -> None:
    for rank in ranks:
        if rank.poll() is None:
            rank.send_signal(signal.SIGKILL)
    for rank in ranks:
        rank.wait(_END_SECONDS)


def _free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def take_part(root: Path, run_id: str, node: int, environment: Mapping[str, str]) -> int:
    """Run another node's ranks to their end; return 0 when all of them ended well."""
    folder = open_workspace(root).run(run_id)
    recipe = make_recipe(read_record(folder).spec["recipe"], where=run_id)
    runtime, holder = recipe.runtime, read_holder(folder.lock)
    if not 0 < node < runtime.nodes:
        raise JobError(
            what=f"The run has no node {node} to be begun here.",
            why=f"Its recipe says nodes = {runtime.nodes}; its worker begins node 0 itself.",
            remedy=f"Give a number from 1 to {runtime.nodes - 1}.",
        )
    place = Place(root=root, run=folder, attempt=holder.attempt if holder else 1)
    ranks_folder(folder).mkdir(exist_ok=True)
    with started(place, seats(runtime, node), environment) as ranks:
        while any(one.poll() is None for one in ranks) and not any(one.poll() for one in ranks):
            time.sleep(_LOOK_SECONDS)
        return int(any(one.poll() != 0 for one in ranks))


def main(arguments: list[str]) -> int:
    """Take part as the arguments say."""
    root, run_id, *said = arguments
    numbered = [*said, *(os.environ[name] for name in _NUMBERED_BY if name in os.environ)]
    try:
        return take_part(Path(root).absolute(), run_id, int(numbered[0]), os.environ)
    except TuningforkError as error:
        sys.stderr.write(f"{error.what}\n{error.why}\n{error.remedy}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
