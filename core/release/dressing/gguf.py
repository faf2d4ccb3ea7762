"""Turns merged weights into one GGUF file with the converter of an installed llama.cpp."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from core.errors import JobError, MachineError
from core.release.dressing.artefact import Artefact, Dressing
from core.text_safety import clip, visible

CONVERTER = "convert_hf_to_gguf.py"
WEIGHTS = "model.gguf"
_WHERE = "LLAMA_CPP"
"""Environment variable that names the folder of llama.cpp."""
GET_IT = (
    "git clone --depth 1 https://github.com/ggml-org/llama.cpp ~/llama.cpp && "
    "pip install gguf sentencepiece"
)
_FURTHER = (Path("/opt/llama.cpp"), Path("/usr/share/llama.cpp"))
_TYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16"}


def find_converter(environment: Mapping[str, str]) -> Path:
    """Return the converter, or say how to get it."""
    named = environment.get(_WHERE, "")
    places = [Path(named)] if named else []
    if on_path := shutil.which(CONVERTER, path=environment.get("PATH", "")):
        places.append(Path(on_path).parent)
    for place in (*places, Path.home() / "llama.cpp", *_FURTHER):
        if (place / CONVERTER).is_file():
            return (place / CONVERTER).absolute()
    raise MachineError(
        what="No converter to GGUF is installed here.",
        why=f"{CONVERTER} of llama.cpp is neither on PATH, nor in ~/llama.cpp, nor where the"
        f" variable {_WHERE} points.",
        remedy=f"Get it with: {GET_IT}",
    )


def convert(converter: Path, weights: Path, out: Path, *, precision: str) -> None:
    """Write the GGUF file; the converter's last words become the error where it fails."""
    words = [sys.executable, str(converter), str(weights), "--outfile", str(out / WEIGHTS)]
    words += ["--outtype", _TYPES.get(precision, "f16")]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        words, capture_output=True, text=True, errors="replace", check=False, env=environment
    )
    if done.returncode or not (out / WEIGHTS).is_file():
        said = " ".join(line for line in done.stderr.strip().splitlines()[-3:])
        raise JobError(
            what=f"{CONVERTER} did not write a GGUF file.",
            why=f"Its last words: {clip(visible(said or 'none'), 300)}",
            remedy="It knows some families of models only; `git pull` in llama.cpp brings newer "
            "ones. --to merged writes weights that other servers read.",
        )


def dress(artefact: Artefact) -> Dressing:
    """Return the command; the chat template travels inside the file and is used as Jinja."""
    return Dressing(
        files={"chat_template.jinja": artefact.template},
        serve=f"llama-server -m {WEIGHTS} --alias {artefact.name} --jinja "
        f"--chat-template-file chat_template.jinja -c {artefact.context} --temp 0",
        notes=("Smaller: llama-quantize model.gguf small.gguf Q4_K_M; then prove that one anew.",),
    )
