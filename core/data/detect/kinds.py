"""The table of everything that is looked for, and what is not, for people and for journals."""

from core.data.detect import cards, emails, ibans, networks, phones, ssn
from core.data.detect.rules import Rule
from core.data.detect.secrets import families, keys, keywords
from core.data.detect.spans import Group

RULES_VERSION = "4"
"""Changes whenever a rule finds something else, so that stored findings are known to be stale."""

NOT_SCANNED = ("names", "postal addresses", "birth dates", "health", "national ids but the SSN")
"""What no rule here can find reliably; said beside every result."""

_RULES: tuple[Rule, ...] = (
    keys.PEM,
    *(family.rule for family in families.FAMILIES),
    keys.HOOK,
    keys.URL,
    keywords.RULE,
    ibans.RULE,
    cards.RULE,
    ssn.RULE,
    emails.RULE,
    phones.RULE,
    networks.IP,
    networks.MAC,
)
"""Most harmful first: where spans overlap, the earlier rule keeps the place."""

GROUPS: dict[str, Group] = {rule.kind: rule.group for rule in _RULES}
"""Group of each kind."""
RANKS: dict[str, int] = {rule.kind: rank for rank, rule in enumerate(_RULES)}
"""Place of each kind in the order of harm."""


def kinds() -> tuple[Rule, ...]:
    """Return every rule, most harmful first."""
    return _RULES
