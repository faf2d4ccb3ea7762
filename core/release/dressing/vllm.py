"""The command that lets vLLM serve an export, with the chat template that it was trained with."""

import shlex

from core.release.dressing.artefact import Artefact, Dressing

TEMPLATE = "chat_template.jinja"
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` takes."""


def dress(artefact: Artefact) -> Dressing:
    """Return template and command; an adapter is served as a LoRA module over its base."""
    template = ["--chat-template", TEMPLATE, "--max-model-len", str(artefact.context)]
    if not artefact.adapter:
        words = ["vllm", "serve", ".", "--served-model-name", artefact.name, *template]
        return _dressing(artefact, words)
    rank = next((one for one in _RANKS if one >= artefact.rank), artefact.rank)
    words = ["vllm", "serve", artefact.base]
    if artefact.revision:
        words += ["--revision", artefact.revision]
    words += ["--enable-lora", "--max-lora-rank", str(rank)]
    words += ["--lora-modules", f"{artefact.name}=.", *template]
    return _dressing(artefact, words)


def _dressing(artefact: Artefact, words: list[str]) -> Dressing:
    command = shlex.join(words)
    notes = []
    if artefact.stop:
        listed = ", ".join(artefact.stop)
        notes.append(f"vLLM stops at {listed} by generation_config.json; ask with temperature 0.")
    if artefact.adapter:
        notes.append(
            "For an adapter vLLM reads generation_config.json of the base; where the base does not "
            "stop by itself, send stop words with each request."
        )
    return Dressing(
        files={
            TEMPLATE: artefact.template,
            "serve.sh": f'#!/bin/sh\ncd "$(dirname "$0")"\nexec {command}\n',
        },
        serve="sh serve.sh",
        notes=tuple(notes),
    )
