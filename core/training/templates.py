"""Chat templates that a recipe may choose instead of the base model's own."""

from pathlib import Path

from core.errors import RecipeError
from core.storage import storage_error
from core.text_safety import visible

PLAIN = "plain"
"""The name of the built-in template, for base models that were never taught turns."""
_PLAIN_TEMPLATE = """\
{%- if bos_token %}{{ bos_token }}{% endif -%}
{%- if tools %}{{ '### Tools\\n' + (tools | tojson) + '\\n\\n' }}{% endif -%}
{%- for message in messages -%}
{{- '### ' + (message['role'] | capitalize) + '\\n' -}}
{%- if message['content'] is string -%}
{{- message['content'] -}}
{%- elif message['content'] -%}
{%- for part in message['content'] if part['type'] == 'text' -%}{{- part['text'] -}}{%- endfor -%}
{%- endif -%}
{%- if message['tool_calls'] -%}
{{- '\\n### Calls\\n' + (message['tool_calls'] | tojson) -}}
{%- endif -%}
{%- if message['role'] == 'assistant' %}{{ eos_token }}{% endif -%}
{{- '\\n\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '### Assistant\\n' }}{% endif -%}
"""


def chosen_template(name: str | None) -> str | None:
    """Return the text of the template a recipe names; None leaves the tokenizer's own."""
    if name is None:
        return None
    if name == PLAIN:
        return _PLAIN_TEMPLATE
    path = Path(name)
    try:
        text = path.read_bytes().decode()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise RecipeError(
            what=f"model.template: there is no file {visible(name)}.",
            why="The path leads nowhere, or to a folder.",
            remedy=f'Name a file with a Jinja chat template, or "{PLAIN}" for the built-in one.',
        ) from error
    except UnicodeDecodeError as error:
        raise RecipeError(
            what=f"model.template: {visible(name)} is no text.",
            why="A chat template is a Jinja text in UTF-8.",
            remedy=f'Name such a file, or "{PLAIN}" for the built-in one.',
        ) from error
    except OSError as error:
        raise storage_error(error, path, doing="read the chat template") from error
    if not text.strip():
        raise RecipeError(
            what=f"model.template: {visible(name)} is empty.",
            why="An empty template would show the model nothing.",
            remedy=f'Write a Jinja chat template into it, or choose "{PLAIN}".',
        )
    return text
