"""What no reply, a lost one and a refusal of a service mean, in our words; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.contenders.pace import told_to_wait
from core.hosted.failures import (
    Ambiguous,
    BadKey,
    HostedError,
    NoQuota,
    NotEligible,
    Rejected,
    Throttled,
    Unavailable,
    Vanished,
)
from core.hosted.read_figures import lines_named

_NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_AS_GOOD_AS_NONE = {408, 409}
"""Refusals after which a job may exist all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer with a status other than 200."""

    status: int
    """The number."""
    code: str = ""
    """The server's own name for what is wrong; safe to show."""
    words: str = ""
    """Its sentence, without its end; covered and safe to show."""
    part: str = ""
    """The file it complains of; empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """For how long it wants to be left alone."""

    @property
    def said(self) -> str:
        """Return the answer in one sentence."""
        code = f", {self.code}" if self.code else ""
        return f"It answered {self.status}{code}{f': {self.words}' if self.words else ''}."


class Telling:
    """Knows the service and the key by their words, and tells failures."""

    def __init__(self, service: str, key_words: str) -> None:
        self._service = service
        self._key = key_words or "missing"

    def lost(self, doing: str, why: str, *, creates: bool) -> HostedError:
        """Return the failure of a call without a whole answer; `doing` completes "could not"."""
        if creates:
            return Ambiguous(
                what=f"Nobody knows whether {self._service} started the job.",
                why=why,
                remedy="It is looked for before anything is sent again.",
            )
        return Unavailable(
            what=f"Could not {doing} at {self._service}.",
            why=why,
            remedy="Check the network, the address, and a proxy if one is set; a job that runs"
            " there goes on without us.",
        )

    def refused(self, answer: Refused, doing: str, *, creates: bool) -> HostedError:
        """Return what an answer with another status than 200 means."""
        status = answer.status
        if status in _AS_GOOD_AS_NONE or status >= 500:
            return self.lost(doing, answer.said, creates=creates)
        if status < 400:
            return Unavailable(
                what=f"{self._service} sends requests elsewhere, which is not followed.",
                why=f"It answered {status}; a key goes only where it was meant to.",
                remedy="Check base_url, or sign in to the network you are in.",
            )
        if status in {401, 403}:
            return self._no_right(answer, doing, creates=creates)
        if status in {402, 429}:
            return self._too_much(answer)
        if status in {404, 410} and not creates:
            return Vanished(
                what=f"{self._service} knows nothing of what was asked for.",
                why=f"Trying to {doing}: {answer.said}",
                remedy="Check the address, and that key and organisation are those it was"
                " made with.",
            )
        return Rejected(
            what=f"{self._service} refused what it was sent; nothing was started.",
            why=answer.said,
            remedy="Mend what it names, then start a new run.",
            part=answer.part,
            lines=lines_named(answer.words),
        )

    def _no_right(self, answer: Refused, doing: str, *, creates: bool) -> HostedError:
        """Return the failure of a key that is wrong or may not do this."""
        if answer.status == 401:
            return BadKey(
                what=f"{self._service} does not take the key.",
                why=f"The key is {self._key}. {answer.said}",
                remedy="Set a key that works, then resume; a job that runs there is untouched.",
            )
        if creates:
            return NotEligible(
                what=f"{self._service} does not let this account start the job; nothing is billed.",
                why=answer.said,
                remedy="The same split trains on this machine or at another service.",
            )
        return BadKey(
            what=f"The key may not {doing} at {self._service}.",
            why=f"The key is {self._key}. {answer.said}",
            remedy="Give its project or role the right to fine-tuning and files, then resume.",
        )

    def _too_much(self, answer: Refused) -> HostedError:
        """Return the failure of an account without money, or of too many requests."""
        if answer.status == 402 or answer.code in _NO_MONEY:
            return NoQuota(
                what=f"The account at {self._service} has nothing left.",
                why=answer.said,
                remedy="Add money or raise the limit on the service's page, then resume.",
            )
        return Throttled(
            what=f"{self._service} wants fewer requests.",
            why=answer.said,
            remedy="It is asked again later.",
            wait=told_to_wait(answer.headers, now=lambda: datetime.now(UTC)),
        )
