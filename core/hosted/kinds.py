"""The services that can train, one line each; their clients are loaded in a worker only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Literal

from core.errors import UsageError
from core.extras import Extra, require_extra
from core.text_safety import clip, visible

if TYPE_CHECKING:
    from core.data.rows import Example
    from core.hosted.provider import Access, Provider
    from core.hosted.spec import HostedSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A service that can be named in a spec."""

    name: str
    """As in a spec."""
    label: str
    """As people call it, and as the catalog's files do."""
    make: str
    """Dotted name of a function (spec, access) -> Provider."""
    lines: str
    """Dotted name of a function (example, method) -> bytes: a row as this service reads it."""
    base_url: str
    """Where requests go unless the spec says otherwise; empty where a person has to say it.

    `{region}` stands for the region that was named."""
    key: str | None
    """Environment variable that usually holds the key; None where the service takes none."""
    rules: str
    """Name of its rules in the catalog; empty for none."""
    extra: Extra | None = None
    """Optional extra of this program that its client needs; None where the base install does."""
    epochs: str = "n_epochs"
    """What it calls the passes over the rows."""
    counts: Literal["", "tiktoken", "transformers", "own-name"] = ""
    """What counts tokens as it does: tiktoken, the tokenizer that the catalog names for a model, or
    that or the one its own model ids name on the Hub; empty for nothing that is known."""
    needs: tuple[str, ...] = ()
    """Fields of a wish without which nothing can be sent there, as its project."""
    sign_in: str = ""
    """Whose credentials are used where there is no key, in words; empty where none are."""
    environment: tuple[str, ...] = ()
    """Further variables that its client reads, which no other worker gets."""
    interface: Literal["chat", "gemini"] = "chat"
    """What its tuned models speak."""
    account: str = ""
    """Dotted name of a function (spec, access) -> Account that asks for nothing; empty for none."""
    answers: bool = False
    """Whether its tuned models answer at `base_url` as soon as they are made."""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="openai",
            label="OpenAI",
            make="core.hosted.openai:make",
            lines="core.hosted.rows:chat_line",
            base_url="https://api.openai.com/v1",
            key="OPENAI_API_KEY",
            rules="openai",
            counts="tiktoken",
            account="core.hosted.openai_account:look",
            answers=True,
        ),
        Kind(
            name="together",
            label="Together",
            make="core.hosted.together:make",
            lines="core.hosted.rows:chat_line",
            base_url="https://api.together.ai/v1",
            key="TOGETHER_API_KEY",
            rules="together",
            counts="own-name",
        ),
        Kind(
            name="fireworks",
            label="Fireworks",
            make="core.hosted.fireworks:make",
            lines="core.hosted.rows:chat_line",
            base_url="https://api.fireworks.ai/v1",
            key="FIREWORKS_API_KEY",
            rules="fireworks",
            counts="transformers",
            epochs="epochs",
        ),
        Kind(
            name="vertex",
            label="Google Vertex AI",
            make="core.hosted.vertex:make",
            lines="core.hosted.vertex_rows:contents_line",
            base_url="https://{region}-aiplatform.googleapis.com",
            key=None,
            rules="vertex",
            extra="vertex",
            epochs="epoch_count",
            needs=("project", "region", "bucket"),
            sign_in="Google's own sign-in of this machine",
            environment=("GOOGLE_APPLICATION_CREDENTIALS",),
            interface="gemini",
            answers=True,
        ),
        Kind(
            name="compatible",
            label="OpenAI-compatible server",
            make="core.hosted.openai:make",
            lines="core.hosted.rows:chat_line",
            base_url="",
            key=None,
            rules="",
            answers=True,
        ),
    )
}


def kind_of(name: str) -> Kind:
    """Return a service by its name, or say which ones there are."""
    try:
        return KINDS[name]
    except KeyError:
        raise UsageError(
            what=f"There is no service called {clip(visible(name), 40)!r}.",
            why=f"Known are: {', '.join(KINDS)}.",
            remedy="Name one of these.",
        ) from None


def make_provider(spec: "HostedSpec", access: "Access") -> "Provider":
    """Return the service of a spec, ready to be asked; loads its client."""
    kind = kind_of(spec.provider)
    if kind.extra:
        require_extra(kind.extra, kind.label)
    maker: Callable[[HostedSpec, Access], Provider] = resolve_name(kind.make)
    return maker(spec, access)


def line_writer(name: str) -> "Callable[[Example, str], bytes]":
    """Return what writes a row, without its line end, as a service reads it."""
    writer: Callable[[Example, str], bytes] = resolve_name(kind_of(name).lines)
    return writer


def names() -> Sequence[str]:
    """Return the services that can be named."""
    return tuple(KINDS)
