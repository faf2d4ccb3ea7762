"""Where a model answers that a service made, so that it is a contender as soon as there is one."""

import json
import re

from core.hosted.kinds import kind_of
from core.hosted.spec import HostedSpec
from core.storage import replace_file
from core.workspace import RunFolder

_DATE = re.compile(r"^\d{8}-\d{6}-")
_LONGEST = 40


def contender_name(run_id: str) -> str:
    """Return the name under which a run's model is asked: the run's, without its time."""
    name = _DATE.sub("", run_id)
    name = name if name[:1].isalpha() else f"tuned-{name}"
    return name[-_LONGEST:].lstrip("-0123456789_") if len(name) > _LONGEST else name


def offer_contender(folder: RunFolder, spec: HostedSpec, model: str) -> str:
    """Write where the model answers and return the contender's name."""
    name = contender_name(folder.id)
    interface = kind_of(spec.provider).interface
    fields = {
        "base_url": spec.base_url,
        "model": model,
        "interface": "" if interface == "chat" else interface,
        "key": spec.key,
    }
    lines = [f"{field} = {json.dumps(value)}" for field, value in fields.items() if value]
    content = "\n".join([f"[endpoint.{name}]", *lines, ""])
    replace_file(folder.endpoint, content.encode())
    return name
