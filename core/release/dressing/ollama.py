"""A Modelfile: the template in Go's language, what ends an answer, and greedy answers."""

from core.release.dressing.artefact import Artefact, Dressing
from core.release.dressing.go_template import go_template

MODELFILE = "Modelfile"


def dress(artefact: Artefact, *, weights: str = ".") -> Dressing:
    """Return the Modelfile; `weights` is what stands after FROM."""
    found = go_template(artefact)
    settings = {"temperature": "0", "repeat_penalty": "1.0", "num_ctx": str(artefact.context)}
    lines = [
        f"FROM {weights}",
        f'TEMPLATE """{found.text}"""',
        *(f"PARAMETER stop {_quoted(stop)}" for stop in artefact.stop),
        *(f"PARAMETER {name} {value}" for name, value in settings.items()),
    ]
    return Dressing(
        files={MODELFILE: "\n".join(lines) + "\n"},
        serve=f"ollama create {artefact.name} -f {MODELFILE} && ollama run {artefact.name}",
        notes=found.notes,
        facts={"template_tried_on": found.tried, "template_differs_on": found.differ},
    )


def _quoted(stop: str) -> str:
    marks = '"""' if '"' in stop else '"'
    return f"{marks}{stop}{marks}"
