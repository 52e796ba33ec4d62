"""Why a rule answers for no requirement of the standards."""

from collections.abc import Mapping

from specdrift.rules import RULES, document, source
from specdrift.rules.ids import MTLS_OVER_ENFORCED, RENEWAL_WITHOUT_CLIENT_AUTH, TARGET_DIFFERS
from specdrift.rules.rule import Rule
from specdrift.rules.standards import STANDARD_PROFILES

_OWN: Mapping[str, str] = {
    MTLS_OVER_ENFORCED: "the server requires more than the document, and no standard forbids that",
    RENEWAL_WITHOUT_CLIENT_AUTH: "a forecast about the client's certificate, whose refusal is correct",
    TARGET_DIFFERS: "a comparison of two targets, both of which may fulfil a requirement",
}
_FAMILIES: tuple[tuple[tuple[Rule, ...], str], ...] = (
    (source.RULES, "read from the source or the gateway's configuration: the statuses are those of requests"),
    (document.RULES, "about the document or the configuration: the requirements are about servers"),
)


def rules_without_requirement() -> Mapping[str, str]:
    """Return the reason for each rule that no standard has in a row; empty for a rule without one."""
    mapped = {rule for standard in STANDARD_PROFILES.values() for rule in standard.rules}
    families = {rule.id: reason for rules, reason in _FAMILIES for rule in rules}
    return {rule: _OWN.get(rule) or families.get(rule, "") for rule in RULES if rule not in mapped}
