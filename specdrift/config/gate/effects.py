"""How each configuration key affects the exit status of a run.

A key that is not listed has the effect ``ANY``, so that a new key is part of the gate until it is listed here.
"""

from collections.abc import Mapping
from enum import Enum, auto

from specdrift.model.policy import FailOn, ProfilePolicy, UnsafeMethods


class GateEffect(Enum):
    """Which changes of a value can make a failing run pass."""

    NONE = auto()
    """No change. Limits and timeouts, for example, can make a run incomplete, but not consistent."""
    ANY = auto()
    """Every change."""
    WEAKENS = auto()
    """What is added: exclusions, and flags that are set."""
    STRENGTHENS = auto()
    """What is removed or replaced."""
    NARROWS = auto()
    """What limits the run to a part. Empty means everything."""


Order = tuple[str, ...]
"""Values from the weakest to the strictest."""

_FAIL_ON: Order = (FailOn.NEVER, FailOn.ERROR, FailOn.WARNING, FailOn.NOTE)
_UNSAFE: Order = (UnsafeMethods.NEVER, UnsafeMethods.HANDSHAKE, UnsafeMethods.HEADERS, UnsafeMethods.SEND)
_POLICY: Order = (ProfilePolicy.SKIP, ProfilePolicy.ACCEPT, ProfilePolicy.REFUSE)

EFFECTS: Mapping[str, GateEffect | Order] = {
    "spec": GateEffect.NONE,  # compared as a file: see specdrift.app.gate_review
    "baseline": GateEffect.NONE,  # compared by its entries
    "base-url": GateEffect.STRENGTHENS,
    "fail-on": _FAIL_ON,
    "allow-incomplete": GateEffect.WEAKENS,
    "not-deployed-ok": GateEffect.WEAKENS,
    "exit-zero": GateEffect.WEAKENS,
    "update-baseline": GateEffect.WEAKENS,
    "baseline-warn-days": GateEffect.NONE,
    "unsafe-methods": _UNSAFE,
    "include-logout": GateEffect.STRENGTHENS,
    "allow-destructive": GateEffect.STRENGTHENS,
    "checks": GateEffect.NARROWS,
    "skip-checks": GateEffect.WEAKENS,
    "exhaustive": GateEffect.STRENGTHENS,
    "profile": GateEffect.STRENGTHENS,
    "include-path": GateEffect.NARROWS,
    "include-method": GateEffect.NARROWS,
    "include-tag": GateEffect.NARROWS,
    "include-operation-id": GateEffect.NARROWS,
    "exclude-path": GateEffect.WEAKENS,
    "exclude-method": GateEffect.WEAKENS,
    "exclude-tag": GateEffect.WEAKENS,
    "exclude-operation-id": GateEffect.WEAKENS,
    "changed-since": GateEffect.WEAKENS,
    "shard": GateEffect.WEAKENS,
    "resume": GateEffect.WEAKENS,
    "record": GateEffect.NONE,
    "previous": GateEffect.NONE,
    "server.ca-file": GateEffect.STRENGTHENS,
    "server.x509-strict": GateEffect.STRENGTHENS,
    "server.insecure": GateEffect.WEAKENS,
    "server.listeners": GateEffect.STRENGTHENS,
    "server.names": GateEffect.STRENGTHENS,
    "server.http3": GateEffect.ANY,  # any value excludes listeners that another one finds
    "server.metadata-fields": GateEffect.WEAKENS,
    "server.metadata-members": GateEffect.WEAKENS,
    "identities.name": GateEffect.NONE,
    "identities.cert-file": GateEffect.STRENGTHENS,
    "identities.key-file": GateEffect.NONE,
    "identities.identity-command": GateEffect.ANY,
    "identities.cert-type": GateEffect.NONE,
    "identities.key-pass": GateEffect.NONE,
    "identities.key-pass-file": GateEffect.NONE,
    "identities.session-file": GateEffect.STRENGTHENS,
    "identities.revoke-command": GateEffect.ANY,
    "identities.revoke-within": GateEffect.WEAKENS,
    "client-ca.cert-file": GateEffect.STRENGTHENS,
    "client-ca.key-file": GateEffect.STRENGTHENS,
    "client-ca.key-pass-file": GateEffect.NONE,
    "client-ca.crl-file": GateEffect.STRENGTHENS,
    "client-ca.server-only-until": GateEffect.WEAKENS,
    "client-ca.short-validity": GateEffect.STRENGTHENS,
    "battery": _POLICY,
    "schemes.kind": GateEffect.STRENGTHENS,
    "schemes.value": GateEffect.NONE,
    "schemes.token": GateEffect.NONE,
    "schemes.tokens": GateEffect.NONE,
    "schemes.bound-tokens": GateEffect.STRENGTHENS,
    "loader.ref-root": GateEffect.NONE,
    "loader.allow-remote-refs": GateEffect.NONE,
    "loader.mtls-extension": GateEffect.STRENGTHENS,
    "loader.validate": GateEffect.STRENGTHENS,
    "loader.max-bytes": GateEffect.NONE,
    "parameters.learn": GateEffect.NONE,  # without them an operation is undecided, never consistent
    "operations.parameters": GateEffect.STRENGTHENS,
    "operations.body": GateEffect.STRENGTHENS,
    "operations.bodies": GateEffect.STRENGTHENS,
    "operations.unsafe-methods": _UNSAFE,
    "operations.allow-destructive": GateEffect.STRENGTHENS,
    "operations.enabled": GateEffect.STRENGTHENS,
    "operations.reason": GateEffect.NONE,
    "undocumented.feeds": GateEffect.STRENGTHENS,
    "source.crate": GateEffect.STRENGTHENS,
    "network.callback-listen": GateEffect.STRENGTHENS,
    "network.concurrency": GateEffect.NONE,
    "network.rate-limit": GateEffect.NONE,
    "network.timeout": GateEffect.NONE,
    "network.expect100-timeout": GateEffect.NONE,
    "network.overall-timeout": GateEffect.NONE,
    "network.retries": GateEffect.NONE,
    "network.max-requests": GateEffect.NONE,
    "network.workers": GateEffect.NONE,
    "network.allow-hosts": GateEffect.NONE,
    "reports": GateEffect.NONE,
    "redact.names": GateEffect.NONE,
}
"""By dotted key; a group whose names the user chooses stands for all of them."""

LIST_DEFAULTS: Mapping[str, object] = {"operations.enabled": True, "identities.expect": "accepted"}
"""Defaults of keys in lists."""


def effect_of(key: str) -> GateEffect | Order:
    """Return the effect of a dotted key without the names that the user chose."""
    return EFFECTS.get(key, GateEffect.ANY)


def weakens(effect: GateEffect | Order, before: object, after: object) -> bool:
    """Return whether the change of a value can make a failing run pass. None means not set."""
    if isinstance(effect, tuple):
        return _is_lower(effect, before, after)
    old, new = _members(before), _members(after)
    match effect:
        case GateEffect.NONE:
            return False
        case GateEffect.ANY:
            return True
        case GateEffect.WEAKENS:
            return not new <= old
        case GateEffect.STRENGTHENS:
            return not old <= new
        case GateEffect.NARROWS:
            return bool(new) and (not old or not old <= new)


def _is_lower(order: Order, before: object, after: object) -> bool:
    """Return whether ``after`` may be weaker. An unset value has a default that is not known here."""
    if before is None or after is None:
        return after != order[-1] if before is None else before != order[0]
    return after not in order or before not in order or order.index(str(after)) < order.index(str(before))


def _members(value: object) -> frozenset[str]:
    """Return what a value consists of; empty for an unset one, false and an empty text."""
    if isinstance(value, list | tuple):
        return frozenset(repr(item) for item in value)
    if isinstance(value, Mapping):
        return frozenset(f"{name}={item!r}" for name, item in value.items())
    return frozenset([repr(value)]) if value else frozenset()
