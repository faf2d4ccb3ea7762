"""What becomes of every row of a recipe, as a launch would find it."""

from dataclasses import dataclass

from core.errors import RecipeError
from core.events.schema import MaskLedger
from core.training.ledger import MaskFinding, find, refusal, summary
from core.training.recipe import Recipe
from core.training.token_cache import TokenCache
from core.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The ledger of a whole split, summed up."""

    ledger: MaskLedger
    findings: tuple[MaskFinding, ...]
    """The worst first."""
    refusal: RecipeError | None
    """Why a launch would be refused; None where it would not."""
    limit: int
    """Longest sequence that was allowed."""

    def as_json(self) -> dict[str, object]:
        """Return the form inside `train --dry-run --json`."""
        return {
            "limit": self.limit,
            "rows": self.ledger.rows,
            "zero": self.ledger.zero,
            "cut": self.ledger.cut,
            "supervised_cut": self.ledger.supervised_cut,
            "findings": [finding.as_json() for finding in self.findings],
            "refused": self.refusal.as_json() if self.refusal else None,
        }


def account_of(workspace: Workspace, recipe: Recipe, cache: TokenCache) -> Account:
    """Return the account of the rows in a cache, as they were read for a recipe."""
    of_model = recipe.data is None or recipe.data.max_tokens is None
    path = str(cache.ledger.relative_to(workspace.root))
    return Account(
        ledger=summary(cache.entries, path=path),
        findings=tuple(find(cache.entries, cache.about.template)),
        refusal=refusal(cache.entries, limit=cache.about.limit, of_model=of_model),
        limit=cache.about.limit,
    )
