"""The endpoints that a workspace names: `[endpoint.NAME]` tables in `endpoints.toml`."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from core.contenders.kinds import KINDS
from core.errors import RecipeError
from core.redaction import looks_like_a_key
from core.spec_file import Spec, build, read_toml
from core.text_safety import clip, visible
from core.workspace import Workspace

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")


class EndpointSpec(Spec):
    """A server that speaks the chat completions interface, and how it is asked."""

    base_url: str = Field(min_length=1, max_length=400)
    """Address up to /v1 or what stands for it, as in http://127.0.0.1:11434/v1."""
    model: str = Field(min_length=1, max_length=200)
    """What the server calls the model."""
    interface: Literal["chat", "gemini"] = "chat"
    """What it speaks: chat completions, or Gemini on Vertex AI with Google's own sign-in."""
    key: str | None = None
    """Name of the environment variable that holds the key; never the key itself."""
    max_tokens: int = Field(default=512, ge=1, le=131_072)
    """Longest answer in tokens."""
    limit_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls that limit; newer OpenAI models take only max_completion_tokens."""
    temperature: float | Literal["server"] = Field(default=0.0)
    """0 gives the likeliest answer; "server" sends none, for models that refuse it."""
    extra: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Further fields of the request, as in reasoning_effort = "low"."""
    at_once: int = Field(default=4, ge=1, le=256)
    """Requests under way at the same time."""
    timeout_seconds: float = Field(default=120.0, gt=0, le=3600)
    """Longest wait for one whole reply."""
    tries: int = Field(default=6, ge=1, le=20)
    """How often one item is asked at most."""
    plain_http: bool = False
    """Whether http to another machine is wanted; everybody on the way can read rows and key."""
    price: str | None = Field(default=None, max_length=80)
    """Item in the price files that says what tokens cost; without it no cost is shown."""

    @field_validator("temperature")
    @classmethod
    def _warm(cls, value: float | str) -> float | str:
        if isinstance(value, float | int) and not 0 <= value <= 2:
            raise ValueError('write a number from 0 to 2, or "server"')
        return value

    @property
    def variables(self) -> frozenset[str]:
        """Return the names of the environment variables that whoever asks it needs."""
        signed = "GOOGLE_APPLICATION_CREDENTIALS" if self.interface == "gemini" else None
        return frozenset(name for name in (self.key or signed,) if name)

    @property
    def origin(self) -> str:
        """Return where the rows go: the server's address without its path."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def stays_here(self) -> bool:
        """Return whether the server is this very machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


class Address(Protocol):
    """What is known of a server before it is asked anything."""

    @property
    def base_url(self) -> str:
        """Return its address up to /v1."""
        ...

    @property
    def plain_http(self) -> bool:
        """Return whether http to another machine is wanted."""
        ...

    @property
    def stays_here(self) -> bool:
        """Return whether it is this very machine."""
        ...


def is_loopback(host: str) -> bool:
    """Return whether a host can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_endpoints(workspace: Workspace) -> dict[str, EndpointSpec]:
    """Return the endpoints of a workspace by name: those of its file, and of its hosted runs."""
    files = [one.endpoint for one in workspace.run_folders() if one.endpoint.exists()]
    files += [workspace.endpoints] if workspace.endpoints.exists() else []
    return {name: one for file in files for name, one in _read_file(file).items()}


def _read_file(path: Path) -> dict[str, EndpointSpec]:
    """Return the endpoints that a file names."""
    values = read_toml(path, error=RecipeError)
    shown = visible(str(path))
    tables = values.pop("endpoint", {})
    values.pop("embedding", None)
    if values or not isinstance(tables, dict):
        found = ", ".join(visible(clip(name, 40)) for name in values) or "endpoint"
        raise RecipeError(
            what=f"{shown}: {found} is not a table of an endpoint.",
            why="The file holds tables named [endpoint.NAME], one [embedding], and nothing else.",
            remedy="Write [endpoint.NAME] above the fields base_url and model.",
        )
    return {name: make_endpoint(shown, name, table) for name, table in tables.items()}


def choose_endpoints(workspace: Workspace, names: Collection[str]) -> dict[str, EndpointSpec]:
    """Return the endpoints of these names, or say which ones there are."""
    if not names:
        return {}
    known = read_endpoints(workspace)
    for name in names:
        if name not in known:
            there = f"It names: {', '.join(known)}." if known else "It names none yet."
            raise RecipeError(
                what=f"There is no endpoint {clip(visible(name), 40)!r}.",
                why=f"Endpoints stand in {visible(str(workspace.endpoints))}. {there}",
                remedy=f"Add a table [endpoint.{clip(visible(name), 40)}] with base_url and model.",
            )
    return {name: known[name] for name in dict.fromkeys(names)}


def key_of(name: str, spec: EndpointSpec, environment: Mapping[str, str]) -> str | None:
    """Return the key of an endpoint; None where it needs none."""
    return key_of_table(f"endpoint {name}", spec.key, environment)


def key_of_table(name: str, variable: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the key that a table names; None where it names none."""
    if variable is None:
        return None
    value = environment.get(variable, "").strip()
    if not value:
        raise RecipeError(
            what=f"The key of the {name} is not there.",
            why=f"Its table names the environment variable {variable}, which is not set.",
            remedy=f"Set it for this shell: read -rs {variable} && export {variable}",
        )
    return value


def make_endpoint(shown: str, name: str, table: Any) -> EndpointSpec:
    """Return one endpoint; no complaint ever quotes what may be a key."""
    where = f"{shown}, endpoint.{clip(visible(name), 40)}"
    if not _NAME.fullmatch(name) or name in KINDS:
        raise RecipeError(
            what=f"{where}: this cannot be the name of an endpoint.",
            why=f"Names have small letters, digits, - and _; taken are {', '.join(KINDS)}.",
            remedy="Name it for the model, as in [endpoint.qwen].",
        )
    if not isinstance(table, dict):
        raise RecipeError(
            what=f"{where} is not a table.",
            why="An endpoint has at least base_url and model.",
            remedy=f"Write [endpoint.{name}] and the fields below it.",
        )
    refuse_secrets(where, table)
    spec = build(EndpointSpec, table, where=where, error=RecipeError)
    check_address(where, spec)
    return spec


def refuse_secrets(where: str, table: Mapping[str, Any]) -> None:
    """Refuse a key in the file, without saying it."""
    key = table.get("key")
    if key is not None and (
        not isinstance(key, str) or not _VARIABLE.fullmatch(key) or looks_like_a_key(key)
    ):
        raise _secret(where, "key")
    for field in ("api_key", "token", "password", "authorization", "secret"):
        if field in table:
            raise _secret(where, field)
    extra = table.get("extra")
    for place, values in (("", table), ("extra.", extra if isinstance(extra, dict) else {})):
        for field, value in values.items():
            if field != "model" and isinstance(value, str) and looks_like_a_key(value):
                raise _secret(where, f"{place}{clip(visible(field), 40)}")
    address = table.get("base_url")
    if isinstance(address, str):
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise _secret(where, "base_url")


def _secret(where: str, field: str) -> RecipeError:
    return RecipeError(
        what=f"{where}: {field} seems to hold a key, or something else that must stay secret.",
        why="Files of a workspace are copied and shared; keys stand in the environment only.",
        remedy='Put the key into an environment variable and name it: key = "OPENAI_API_KEY".',
    )


def check_address(where: str, spec: Address) -> None:
    """Refuse an address that cannot be asked, or not without being overheard."""
    parts = urlsplit(spec.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RecipeError(
            what=f"{where}: base_url is no web address.",
            why="It must begin with https://, or with http:// for a server on this machine.",
            remedy='Write it as in base_url = "https://api.openai.com/v1".',
        )
    if parts.scheme == "http" and not spec.stays_here and not spec.plain_http:
        raise RecipeError(
            what=f"{where}: base_url leads to another machine without encryption.",
            why="Everybody on the way could read the rows and the key.",
            remedy="Use https://, or say plain_http = true if the network is your own.",
        )


def refuse_interface(name: str, spec: EndpointSpec) -> None:
    """Refuse an endpoint that does not speak chat completions itself."""
    if spec.interface != "chat":
        raise RecipeError(
            what=f"The endpoint {clip(visible(name), 40)} cannot stand behind a gateway.",
            why="It speaks Gemini's own language, which a gateway does not pass on.",
            remedy="Name an endpoint that speaks chat completions; a scoring can ask this one.",
        )
