"""A judging before it starts: who would be asked, how often, and what that costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from core.catalog.price_list import PriceList
from core.contenders.cost import expected_cost
from core.contenders.endpoint import EndpointSpec, make_endpoint, read_endpoints
from core.errors import UsageError
from core.scoring.judge.pairs import pairs_of
from core.scoring.judge.ready import ready_study
from core.scoring.judge.rubric import VERSION, Question, question
from core.scoring.study.folder import StudyFolder
from core.text_safety import clip, visible
from core.workspace import Workspace

_CHARACTERS_A_TOKEN = 4
"""Of English prose; other languages and code take more tokens."""
_SHORT_REPLY = 12
"""Tokens of a reply that is the choice alone."""
_UNKNOWN = "MODEL"
"""Stands for a model that was not named yet."""


class JudgeField(NamedTuple):
    """One part of a judging to decide on."""

    name: str
    value: str
    """As a person types it."""
    meaning: str
    """What it is, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeDraft:
    """Who would judge a study; every change makes another one."""

    known: Mapping[str, EndpointSpec]
    """The servers of the workspace, by name."""
    contenders: tuple[str, ...]
    """Whose answers are judged."""
    questions: int
    """What would be asked: each pair of different answers in both orders."""
    characters: int
    """Characters of all questions."""
    example: Question
    """The first of them."""
    server: str = ""
    """Name of a known server, or an address; empty while nobody said."""
    model: str = ""
    """What the server calls the model; empty takes the known server's own."""
    key: str = ""
    """Name of the variable that holds the key; empty takes the known server's own, or none."""

    @property
    def endpoint(self) -> EndpointSpec:
        """Return who judges, or say what is missing."""
        if not self.server:
            raise UsageError(
                what="Nobody is named who judges.",
                why="It is a server of endpoints.toml, or any that speaks chat completions.",
                remedy="Name the server: its name there, or its address up to /v1.",
            )
        if not self.model and self.server not in self.known:
            raise UsageError(
                what="No model is named.",
                why="One server may hold many.",
                remedy="Name the model as the server calls it.",
            )
        return self._described()

    def _described(self) -> EndpointSpec:
        """Return who judges as far as that was said; refuse what cannot be."""
        known = self.known.get(self.server)
        if known is None and "://" not in self.server:
            named = ", ".join(self.known) or "none yet"
            raise UsageError(
                what=f"No server is called {visible(clip(self.server, 60))}.",
                why=f"Servers of endpoints.toml: {named}.",
                remedy="Name one of these, or an address as in http://127.0.0.1:11434/v1.",
            )
        table = {"base_url": self.server} if known is None else known.model_dump(mode="json")
        table |= {"model": self.model or (known.model if known else _UNKNOWN)}
        if self.key:
            table["key"] = self.key
        return make_endpoint("what you typed", "judge", table)

    def fields(self) -> Iterator[JudgeField]:
        """Yield what can be changed, with its value and meaning."""
        known = self.known.get(self.server)
        names = ", ".join(self.known) or "no names yet"
        yield JudgeField(
            "server",
            self.server,
            f"A name of endpoints.toml ({names}), or an address up to /v1.",
        )
        yield JudgeField(
            "model", self.model or (known.model if known else ""), "What the server calls it."
        )
        yield JudgeField(
            "key",
            self.key or (known.key if known and known.key else ""),
            "Name of the environment variable with the key, never the key; empty for none.",
        )
        yield JudgeField(
            "rubric",
            f"1, 3 and 5 as people have it, wording {VERSION}",
            "The same for every judge, or none could be compared; enter shows a whole question.",
        )

    def changed(self, name: str, text: str) -> "JudgeDraft":
        """Return the draft with one field as it was typed; refuse what cannot be."""
        text = text.strip()
        if name == "server":
            changed = replace(self, server=text, model="", key="")
        elif name == "model":
            changed = replace(self, model=text)
        else:
            changed = replace(self, key=text)
        if changed.server:
            changed._described()
        return changed

    def expected(self, prices: PriceList, today: date) -> Iterator[str]:
        """Yield what would be asked, what leaves this machine, and what it costs."""
        tokens = self.characters // _CHARACTERS_A_TOKEN
        yield (
            f"{self.questions:,} questions: every pair of different answers in both orders, about "
            f"{tokens:,} tokens in."
        )
        try:
            endpoint = self.endpoint
        except UsageError as missing:
            yield f"{missing.what} {missing.remedy}"
            return
        if endpoint.stays_here:
            yield "The server is on this machine: nothing leaves it."
        else:
            yield (
                f"Each question, with its prompt and two answers, goes to "
                f"{visible(endpoint.origin)}."
            )
        out = (self.questions * _SHORT_REPLY, self.questions * endpoint.max_tokens)
        yield expected_cost(
            endpoint.price, prices, today, tokens_in=tokens, least_out=out[0], most_out=out[1]
        )
        yield (
            f"{endpoint.at_once} at once; the time left shows once replies come, and what came is "
            "kept when you stop it."
        )
        if self.server in self.contenders:
            yield f"{self.server} also answered in this study: models prefer their own answers."


def draft_judging(workspace: Workspace, folder: StudyFolder) -> JudgeDraft:
    """Return a judging of a study to go on from; refuse one that is not ready to be judged."""
    ready = ready_study(folder)
    known = read_endpoints(workspace)
    asked = [
        question(pair.prompt, pair.reference, *answers)
        for pair in pairs_of(ready.locked, ready.sealed)
        for answers in ((pair.tuned, pair.other), (pair.other, pair.tuned))
    ]
    if not asked:
        raise UsageError(
            what=f"In {folder.id} nothing is to be judged.",
            why="Every contender gave the same answers as the tuned one.",
            remedy="Nothing was asked; a judge could only say that they are equal.",
        )
    return JudgeDraft(
        known=known,
        contenders=ready.table.contenders,
        questions=len(asked),
        characters=sum(len(one.system) + len(one.user) for one in asked),
        example=asked[0],
        server=next(iter(known), ""),
    )
