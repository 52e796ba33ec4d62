"""AuthorizationPolicy: which requests a gateway or sidecar of Istio answers with 403."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.truth import Truth, Unknown, all_of, any_of, negated
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes import shapes
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.policies.policy_conditions import (
    CONDITIONS,
    HEADER,
    OPERATIONS,
    SOURCES,
    Attempt,
    PeerIdentity,
    Test,
    header_test,
)

DRY_RUN = "istio.io/dry-run"
OTHER_NAME = "specdrift.invalid"
"""A name that no policy mentions."""
MOST_TRIED = 20
"""Maximum number of names with which a request is decided."""


class PolicyDecision(Struct, frozen=True):
    """What policies decide: the statement that refuses, or what the decision depends on."""

    refused: Truth
    at: SourceLocation | None = None


class ScopedPolicy(Struct, frozen=True):
    """A policy, and whether it applies to the workload."""

    policy: KubernetesObject
    applies: Truth

    @property
    def action(self) -> str:
        return shapes.text(self.policy.spec.get("action"), "ALLOW")

    @property
    def place(self) -> SourceLocation:
        return self.policy.place


def decision(policies: Sequence[ScopedPolicy], names: Sequence[str], attempt: Attempt) -> PolicyDecision:
    """Return whether the policies of a workload refuse a request, for the best of the names that a client may have.

    ``names`` are those of ``names_in``.
    """
    if attempt.identity is not PeerIdentity.NAMED:
        return _decided(policies, attempt)
    last = PolicyDecision(refused=False)
    unknown: PolicyDecision | None = None
    for name in (OTHER_NAME, *names[:MOST_TRIED]):
        last = _decided(policies, replace(attempt, name=name))
        if last.refused is False:
            return last
        unknown = last if isinstance(last.refused, Unknown) else unknown
    if unknown is None and len(names) > MOST_TRIED and last.at is not None:
        return PolicyDecision(refused=Unknown(f"more than {MOST_TRIED} names in policies", last.at))
    return unknown or last


def names_in(policies: Sequence[ScopedPolicy]) -> tuple[str, ...]:
    """Return principals that the policies mention, or that a pattern in them fits."""
    found: dict[str, None] = {}
    for one in policies:
        for rule in _rules(one):
            for source in rule.get("from").items():
                _collect(source.get("source"), found)
            for condition in rule.get("when").items():
                _collect_values(condition.get("key").written, condition, found)
    return tuple(found)


def _collect(source: YamlNode, found: dict[str, None]) -> None:
    for name, values in source.entries():
        for one in values.items():
            if name in ("principals", "notPrincipals"):
                found[_named(one.written)] = None
            elif name in ("namespaces", "notNamespaces"):
                found[f"cluster.local/ns/{_named(one.written)}/sa/{OTHER_NAME}"] = None


def _collect_values(key: str, condition: YamlNode, found: dict[str, None]) -> None:
    for values in (condition.get("values"), condition.get("notValues")):
        for one in values.items():
            if key == "source.principal":
                found[_named(one.written)] = None
            elif key == "source.namespace":
                found[f"cluster.local/ns/{_named(one.written)}/sa/{OTHER_NAME}"] = None


def _named(pattern: str) -> str:
    return pattern.strip("*") or OTHER_NAME


def _decided(policies: Sequence[ScopedPolicy], attempt: Attempt) -> PolicyDecision:
    """Return what the policies decide for one name: CUSTOM, then DENY, then ALLOW.

    What surely refuses decides before what is unknown.
    """
    active = [one for one in policies if one.applies is not False and not _is_dry(one.policy)]
    allowing = [one for one in active if one.action == "ALLOW"]
    unknown: Truth = False
    for one in active:
        if one.action in ("ALLOW", "AUDIT"):
            continue
        matched = all_of((one.applies, _matches(one, attempt)))
        if one.action == "DENY" and matched is True:
            return PolicyDecision(refused=True, at=_deciding(one, attempt))
        if one.action != "DENY" and matched is not False:
            matched = Unknown(f"{one.policy} with the action {one.action[:40]}", one.place)
        unknown = any_of((unknown, matched))
    # A policy that may not apply may also be the one whose presence refuses everything else.
    allowed = any_of(all_of((one.applies, _matches(one, attempt))) for one in allowing)
    if allowing and allowed is False:
        certainly = any_of(one.applies for one in allowing)
        if certainly is True:
            place = next(one.place for one in allowing if one.applies is True)
            return PolicyDecision(refused=True, at=place)
        allowed = certainly
    if isinstance(allowed, Unknown):
        unknown = any_of((unknown, allowed))
    return PolicyDecision(refused=unknown, at=unknown.at if isinstance(unknown, Unknown) else None)


def _is_dry(policy: KubernetesObject) -> bool:
    """Return whether a policy only writes what it would do into logs."""
    own = policy.annotations.entry(DRY_RUN)
    return own is not None and own.written.lower() == "true"


def _rules(one: ScopedPolicy) -> Iterator[YamlNode]:
    yield from one.policy.spec.get("rules").items()


def _matches(one: ScopedPolicy, attempt: Attempt) -> Truth:
    shaped = all_of((shapes.mapping(one.policy.spec), shapes.sequence(one.policy.spec.get("rules"))))
    if isinstance(shaped, Unknown):
        return shaped
    for name, node in one.policy.spec.entries():
        if name not in ("selector", "targetRef", "targetRefs", "rules", "action", "provider"):
            return Unknown(f"{name[:60]} of {one.policy}", node.place)
    return any_of(_rule(rule, attempt) for rule in _rules(one))


def _deciding(one: ScopedPolicy, attempt: Attempt) -> SourceLocation:
    return next((rule.place for rule in _rules(one) if _rule(rule, attempt) is True), one.place)


def _rule(rule: YamlNode, attempt: Attempt) -> Truth:
    if not isinstance(rule.value, dict):
        return Unknown("a rule that is no mapping", rule.place)
    return all_of(_part(name, node, attempt) for name, node in rule.entries())


def _part(name: str, node: YamlNode, attempt: Attempt) -> Truth:
    match name:
        case "from":
            return _any_item(node, "source", SOURCES, attempt)
        case "to":
            return _any_item(node, "operation", OPERATIONS, attempt)
        case "when":
            return all_of((shapes.sequence(node), *(_condition(one, attempt) for one in node.items())))
    return Unknown(f"a rule by {name[:60]}", node.place)


def _any_item(node: YamlNode, member: str, tests: Mapping[str, Test], attempt: Attempt) -> Truth:
    items = tuple(node.items())
    if not items:
        return Unknown("an empty list in a rule", node.place)
    return any_of(_fields(one.get(member), tests, attempt) for one in items)


def _fields(node: YamlNode, tests: Mapping[str, Test], attempt: Attempt) -> Truth:
    fields = tuple(node.entries())
    if not fields:
        return Unknown("an empty condition in a rule", node.place)
    return all_of(_field(name, values, tests, attempt) for name, values in fields)


def _field(name: str, values: YamlNode, tests: Mapping[str, Test], attempt: Attempt) -> Truth:
    plain = name.startswith("not") and name[3:4].isupper()
    asked = name[3].lower() + name[4:] if plain else name
    test = tests.get(asked)
    texts = tuple(one.written for one in values.items())
    if test is None or not texts:
        return Unknown(f"a policy by {name[:60]}", values.place)
    found = any_of(test(text, attempt, values.place) for text in texts)
    return negated(found) if plain else found


def _condition(node: YamlNode, attempt: Attempt) -> Truth:
    key = node.get("key").written
    header = HEADER.fullmatch(key)
    test = header_test(header[1]) if header else CONDITIONS.get(key)
    if test is None:
        return Unknown(f"a condition on {key[:60]}", node.place)
    checks: list[Truth] = []
    for name, wanted in (("values", True), ("notValues", False)):
        texts = tuple(one.written for one in node.get(name).items())
        if texts:
            found = any_of(test(text, attempt, node.place) for text in texts)
            checks.append(found if wanted else negated(found))
    if not checks:
        return Unknown("a condition without values", node.place)
    return all_of(checks)


def weight_of(policies: Sequence[ScopedPolicy]) -> int:
    """Return how many rules the policies try for one request."""
    rules = sum(1 + len(tuple(_rules(one))) for one in policies)
    return rules * (1 + min(MOST_TRIED, len(names_in(policies))))


def scoped(policies: Iterable[tuple[KubernetesObject, Truth]]) -> tuple[ScopedPolicy, ...]:
    """Return the policies that apply to a workload, or may."""
    return tuple(ScopedPolicy(policy, applies) for policy, applies in policies if applies is not False)
