"""A sign-in at Google for training, and what it means in our words where it fails."""

import httpx2 as httpx

from core.google_pass import LOGIN, VARIABLE, GooglePass, SignInFailed
from core.hosted.failures import BadKey, HostedError, Unavailable
from core.hosted.provider import Access
from core.text_safety import clip, visible


class SignIn(GooglePass):
    """Who asks for a training."""

    def __init__(self, access: Access, web: httpx.Client, service: str) -> None:
        super().__init__(access.key, web, access.learn)
        self._cover = access.cover
        self._service = service
        self.words = access.key_words or "Google's own sign-in of this machine"
        """Where the credentials come from; nothing of what they are."""

    def renew_for(self, doing: str) -> None:
        """Have a token that is good now; raise in our words; `doing` completes "could not"."""
        try:
            self.renew()
        except SignInFailed as failed:
            failure = self._failure(failed, doing)
        else:
            return
        raise failure

    def _failure(self, failed: SignInFailed, doing: str) -> HostedError:
        """Return what a sign-in that failed means; nothing was asked of the service yet."""
        said = visible(clip(self._cover(clip(failed.said, 4000)), 200)).strip()
        match failed.kind:
            case "unreachable":
                return Unavailable(
                    what=f"Could not sign in at Google to {doing}.",
                    why=f"The connection failed or was cut ({said}).",
                    remedy="Check the network, and a proxy if one is set; a job that runs there"
                    " goes on without us.",
                )
            case "missing":
                return BadKey(
                    what="This machine has no credentials of Google that can be used.",
                    why=f"Google's library says: {said}",
                    remedy=f"`{LOGIN}`, or point {VARIABLE} to the file of a service account,"
                    " then resume.",
                )
            case "refused":
                return BadKey(
                    what=f"Google does not take the credentials to {doing} at {self._service}.",
                    why=f"They are {self.words}. Google says: {said}",
                    remedy=f"`{LOGIN}`, or another service account, then resume; a job that runs"
                    " there is untouched.",
                )
