"""`tuningfork tune`: train at a service, after saying what leaves and what it costs."""

import getpass
import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from core.errors import MachineError, RecipeError, UsageError
from core.hosted.account_look import can_look, look_at_account
from core.hosted.counting import Counting
from core.hosted.draft import setting_of
from core.hosted.keys import Key, find_key
from core.hosted.plan import HostedPlan, Wish, make_plan, refuse_blocked, start_hosted
from core.training.mix import refuse_to_send
from core.training.recipe import read_recipe
from core.workspace import Workspace
from tui.commands.detached import say_detached
from tui.commands.place import moment, token, workspace_of
from tui.commands.progress_line import ProgressLine
from tui.commands.watch import follow
from tui.hosted_lines import plan_json, plan_lines
from tui.widgets.page import Hanging, Line

_YES = frozenset({"y", "yes"})


def run(arguments: Namespace) -> int:
    """Show the plan; start it after a yes. Return 1 where it would not be started."""
    if arguments.provider is None:
        return _who(arguments)
    if arguments.model is None:
        raise UsageError(
            what="tuningfork tune: no model was named.",
            why="A service tunes a base model that it has itself.",
            remedy=f"--model NAME; `tuningfork tune {arguments.rows}` lists models by service.",
        )
    workspace, today = workspace_of(arguments), moment().date()
    plan = _planned(workspace, arguments, today)
    if arguments.dry_run:
        return _print_plan(plan, today, as_json=arguments.json)
    if not arguments.json:
        _print_plan(plan, today, as_json=False)
    refuse_blocked(plan)
    typed = _typed_key(plan, arguments)
    if not arguments.yes and not _asked(plan):
        print("Not started; nothing was sent.")
        return 1
    folder = start_hosted(
        workspace, plan, now=moment(), token=token(), environment=os.environ, typed=typed
    )
    if arguments.detach:
        return say_detached(folder, as_json=arguments.json)
    return follow(folder, as_json=arguments.json)


def _planned(workspace: Workspace, arguments: Namespace, today: date) -> HostedPlan:
    """Return the plan, with its tokens counted where somebody can, and the account if asked for."""
    wish = _wish(arguments)
    plan = make_plan(workspace, wish, today=today, environment=os.environ)
    counted = _counted(workspace, plan, arguments)
    account = None
    if arguments.ask_account and can_look(plan):
        account = look_at_account(workspace, plan, os.environ)
    if not counted and account is None:
        return plan
    return make_plan(
        workspace,
        wish,
        today=today,
        environment=os.environ,
        leaving=plan.leaving,
        account=account,
    )


def _counted(workspace: Workspace, plan: HostedPlan, arguments: Namespace) -> bool:
    """Count the tokens of a plan; return whether there are counts that it does not have."""
    if plan.counter is None or plan.counts is not None or not plan.counter.installed:
        return False
    counting = Counting(workspace, plan.counter, plan.leaving, os.environ)
    line = ProgressLine()
    try:
        counting.count(
            lambda words, done, total: line.share(words, done / total if done and total else None),
            fetch=arguments.fetch_tokenizer,
        )
    except MachineError as error:
        line.clear()
        if arguments.fetch_tokenizer:
            raise
        print(f"Not counted: {error.what} {error.why} {error.remedy}", file=sys.stderr)
        return False
    except KeyboardInterrupt:
        counting.cancel()
        raise
    line.clear()
    return True


def _wish(arguments: Namespace) -> Wish:
    """Return what the words ask for; a recipe gives its split and its name."""
    split, suffix, epochs = arguments.rows, arguments.suffix, arguments.epochs
    if Path(split).suffix in {".toml", ".yaml", ".yml"} and Path(split).is_file():
        recipe = read_recipe(Path(split))
        if recipe.data is None:
            raise RecipeError(
                what="This recipe is a rehearsal: it has no rows.",
                why="There is nothing to send.",
                remedy="Name a recipe with a split, or the split itself.",
            )
        refuse_to_send(recipe.data.mix)
        split, suffix = recipe.data.split, suffix or recipe.name[:40]
    return Wish(
        provider=arguments.provider,
        model=arguments.model,
        split=split,
        method=arguments.method,
        epochs=None if epochs == "auto" else int(epochs),
        base_url=arguments.base_url,
        key=arguments.key,
        organization=arguments.organization,
        project=arguments.project,
        region=arguments.region,
        bucket=arguments.bucket,
        suffix=suffix,
        tokenizer=arguments.tokenizer,
        hyperparameters=dict(map(setting_of, arguments.set)),
        allow=tuple(kind for one in arguments.allow for kind in one.split(",")),
        recent_use={"yes": True, "no": False}.get(arguments.recent_use),
        again=arguments.again,
    )


def _asked(plan: HostedPlan) -> bool:
    """Ask once; everything but a yes is a no."""
    if not sys.stdin.isatty():
        raise UsageError(
            what="Not started: nobody could be asked.",
            why="Rows would leave this machine, and the training has to be paid.",
            remedy="Add --yes once you have read `--dry-run`.",
        )
    return input(f"Send the rows to {plan.spec.origin} and pay? [y/N] ").strip().lower() in _YES


def _typed_key(plan: HostedPlan, arguments: Namespace) -> Key | None:
    """Return a key typed for this run, where none was found and somebody is there to type."""
    if plan.keyless is None:
        return None
    if arguments.yes or not sys.stdin.isatty():
        raise plan.keyless
    variable = plan.spec.key or ""
    typed = getpass.getpass(f"Key for {plan.kind.label}, for this run only (not shown): ")
    return find_key(variable, service=plan.kind.label, environment={}, typed=typed)


def _print_plan(plan: HostedPlan, today: date, *, as_json: bool) -> int:
    """Print all there is to know; return 1 where it would not be started."""
    if as_json:
        print(json.dumps(plan_json(plan, today), ensure_ascii=False))
    else:
        _print_lines(plan_lines(plan, today))
        for one in plan.blockers:
            print(f"REFUSED: {one}")
    return int(bool(plan.blockers))


def _who(arguments: Namespace) -> int:
    """Print which services would take these rows today, and the models they tune."""
    from core.hosted.offers import offers

    found = offers(moment().date())
    if arguments.json:
        print(json.dumps([one.as_json() for one in found], ensure_ascii=False))
        return 0
    from tui.hosted_lines import eligibility_lines

    for one in found:
        named = f" (--provider {one.kind.name})" if one.kind else " (not reachable from here)"
        print(f"{one.service.name}{named}")
        _print_lines(eligibility_lines(one.eligibility))
        for model in one.models:
            print(f"          --model {model.id}{f', ends {model.ends}' if model.ends else ''}")
    return 0


def _print_lines(lines: Iterable[Line]) -> None:
    """Print lines as they stand on a screen."""
    for line in lines:
        print((line.text if isinstance(line, Hanging) else line).plain.rstrip())
