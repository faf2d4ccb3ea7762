"""Launches the jobs of a release: the one that makes it, and the gateway that serves it."""

from collections.abc import Mapping
from datetime import datetime

from core.contenders.endpoint import choose_endpoints, refuse_interface
from core.errors import JobError
from core.extras import require_gateway, require_local
from core.jobs.launch import launch
from core.jobs.turn import is_alive
from core.machine import expected_device, read_gpus
from core.release.gateway.specs import Live, MakeSpec, ServeSpec, read_live
from core.release.release_plan import ReleasePlan
from core.release.releases import ReleaseFolder, folder_of, open_release, sealed
from core.text_safety import visible
from core.workspace import RunFolder, Workspace


def start_making(
    workspace: Workspace,
    plan: ReleasePlan,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the job that asks every arm and makes the release; return its folder."""
    require_gateway()
    if folder_of(workspace, plan.name).plan.exists():
        raise JobError(
            what=f"There already is a release {plan.name}.",
            why="What was released stays as it was, so that its log can be trusted.",
            remedy="Give the plan another name.",
        )
    device = "network"
    if any(not arm.endpoint for arm in plan.arm.values()):
        require_local()
        device = expected_device("auto", read_gpus()[0])
    spec = MakeSpec(plan=sealed(plan).model_dump(mode="json"))
    return launch(
        workspace,
        kind="release",
        name=f"release {plan.name}",
        spec=spec.model_dump(mode="json"),
        device=device,
        keys=keys_of(workspace, plan),
        now=now,
        token=token,
        environment=environment,
    )


def start_gateway(
    workspace: Workspace,
    name: str,
    *,
    now: datetime,
    token: str,
    environment: Mapping[str, str],
) -> RunFolder:
    """Launch the gateway of a release; one that already answers is refused."""
    require_gateway()
    folder, plan = open_release(workspace, name)
    live = serving(workspace, folder)
    if live is not None:
        raise JobError(
            what=f"{name} already answers at {live.url}.",
            why="Two gateways would write one log.",
            remedy=f"`tuningfork stop {live.job}` ends that one.",
        )
    return launch(
        workspace,
        kind="gateway",
        name=f"gateway {name}",
        spec=ServeSpec(release=name).model_dump(mode="json"),
        device=f"port:{plan.listen.port}",
        keys=keys_of(workspace, plan),
        now=now,
        token=token,
        environment=environment,
    )


def serving(workspace: Workspace, folder: ReleaseFolder) -> Live | None:
    """Return where a release is served, None where nobody does."""
    live = read_live(folder.live)
    return live if live is not None and is_alive(workspace.run(live.job)) else None


def keys_of(workspace: Workspace, plan: ReleasePlan) -> tuple[str, ...]:
    """Return the names of the environment variables that the gateway needs."""
    named = choose_endpoints(workspace, [one.endpoint for one in plan.arm.values() if one.endpoint])
    for name, one in named.items():
        refuse_interface(name, one)
    keys = {one.key for one in named.values() if one.key}
    return tuple(sorted(keys | ({plan.listen.token} if plan.listen.token else set())))


def leaving(workspace: Workspace, plan: ReleasePlan) -> list[str]:
    """Return a line for every arm whose requests leave this machine."""
    named = choose_endpoints(workspace, [one.endpoint for one in plan.arm.values() if one.endpoint])
    return [
        f"requests of the arm {name} go to {visible(named[arm.endpoint].origin)}"
        for name, arm in plan.arm.items()
        if arm.endpoint and not named[arm.endpoint].stays_here
    ]
