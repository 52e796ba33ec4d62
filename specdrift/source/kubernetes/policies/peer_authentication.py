"""PeerAuthentication: whether a sidecar requires a certificate of the mesh."""

from collections.abc import Iterable, Iterator
from enum import Enum

from msgspec import Struct

from specdrift.model.contract.location import SourceLocation
from specdrift.source.gateway.truth import Truth, Unknown, all_of
from specdrift.source.kubernetes import shapes
from specdrift.source.kubernetes.manifests import KubernetesObject
from specdrift.source.kubernetes.workloads import Scopes, Workload, selects


class PeerMode(Enum):
    """What a sidecar does about connections without a certificate of the mesh."""

    STRICT = "STRICT"
    PERMISSIVE = "PERMISSIVE"
    DISABLE = "DISABLE"


class PeerDecision(Struct, frozen=True):
    """The mode of a port, and the statement that sets it."""

    mode: PeerMode | Unknown
    at: SourceLocation


class _Candidate(Struct, frozen=True):
    policy: KubernetesObject
    applies: Truth
    mode: str
    at: SourceLocation


def mode_of(
    policies: Iterable[KubernetesObject], scopes: Scopes, workload: Workload, port: int | None
) -> PeerDecision | None:
    """Return the mode of a port of a workload; ``None`` if no policy of the files applies to it.

    A policy with a selector overrides that of its namespace, and this one that of the mesh; UNSET inherits. ``port`` is
    that of the pod.
    """
    levels: tuple[list[_Candidate], ...] = ([], [], [])
    for policy in policies:
        level, applies = _level(policy, scopes, workload)
        if applies is not False:
            levels[level].extend(_modes(policy, applies, port))
    for candidates in levels:
        if not candidates:
            continue
        found = _of_level(candidates)
        if found is not None:
            return found
    return None


def _level(policy: KubernetesObject, scopes: Scopes, workload: Workload) -> tuple[int, Truth]:
    """Return how specific a policy is, the most specific first, and whether it applies."""
    for name, node in policy.spec.entries():
        if name not in ("selector", "mtls", "portLevelMtls"):
            return 0, Unknown(f"{name[:60]} of {policy}", node.place)
    applies = scopes.applies(policy, workload)
    selective = next(policy.spec.get("selector", "matchLabels").entries(), None) is not None
    if scopes.is_root(policy):
        # Of those with a selector there, only the workloads of that namespace could be meant, and Istio ignores them.
        if selective:
            return 0, _ignored(policy, applies, workload)
        return 2, applies
    return (0 if selective else 1), applies


def _ignored(policy: KubernetesObject, applies: Truth, workload: Workload) -> Truth:
    if workload.namespace != policy.namespace:
        return False
    chosen = all_of((applies, selects(policy.spec.get("selector"), workload)))
    return Unknown(f"{policy} with a selector in the root namespace", policy.place) if chosen else False


def _modes(policy: KubernetesObject, applies: Truth, port: int | None) -> Iterator[_Candidate]:
    own = policy.spec.get("mtls", "mode")
    ports = policy.spec.get("portLevelMtls")
    overrides = tuple(ports.entries())
    if overrides and port is None:
        unknown = Unknown("a mode for a port of the pods", ports.place)
        yield _Candidate(policy, all_of((applies, unknown)), "", ports.place)
    for number, node in overrides:
        if port is not None and number == str(port) and node.get("mode").written not in ("", "UNSET"):
            if not policy.spec.has("selector"):
                applies = Unknown("a mode for a port without a selector", node.place)
            yield _Candidate(policy, applies, node.get("mode").written, node.get("mode").place)
            return
    place = own.place if own else policy.place
    shaped = all_of(
        (applies, shapes.mapping(policy.spec), shapes.mapping(policy.spec.get("mtls")), shapes.mapping(ports))
    )
    yield _Candidate(policy, shaped, shapes.text(own, "UNSET"), place)


def _of_level(candidates: list[_Candidate]) -> PeerDecision | None:
    """Return the mode of the policies of one level; ``None`` if they inherit it."""
    doubtful = next((one.applies for one in candidates if isinstance(one.applies, Unknown)), None)
    modes = {one.mode for one in candidates}
    first = candidates[0]
    if doubtful is not None:
        return PeerDecision(doubtful, first.at)
    if len(modes) > 1:
        return PeerDecision(
            Unknown("several policies of one scope, of which the oldest counts", first.at), first.at
        )
    if first.mode == "UNSET":
        return None
    try:
        return PeerDecision(PeerMode(first.mode), first.at)
    except ValueError:
        return PeerDecision(Unknown(f"the mode {first.mode[:40]}", first.at), first.at)
