"""How each configuration key affects the exit status of a run.

A key that is not listed has the effect ``ANY``, so that a new key is part of the gate until it is listed here.
"""

from collections.abc import Callable, Mapping
from enum import Enum, auto

from specdrift.model.contract.roles import admits_no_more
from specdrift.model.policy import FailOn, ProfilePolicy, UnsafeMethods


class GateEffect(Enum):
    """Which changes of a value can make a failing run pass."""

    NONE = auto()
    """No change."""
    LIMITS = auto()
    """Every change where an incomplete run passes. Limits and timeouts, for example, make no run consistent."""
    ANY = auto()
    """Every change."""
    DIRECTS = auto()
    """Every change, except in the first configuration file: there was none whose target it could replace."""
    WEAKENS = auto()
    """What is added: exclusions, and flags that are set."""
    STRENGTHENS = auto()
    """What is removed or replaced. What is added can only make a passing run fail, or an incomplete one complete."""
    NARROWS = auto()
    """What limits the run to a part. Empty means everything."""
    ROLES = auto()
    """Roles of which one is enough: what is added, and the first ones, which replace those of the document."""


Order = tuple[str, ...]
"""Values from the weakest to the strictest."""

_FAIL_ON: Order = (FailOn.NEVER, FailOn.ERROR, FailOn.WARNING, FailOn.NOTE)
_UNSAFE: Order = (UnsafeMethods.NEVER, UnsafeMethods.HANDSHAKE, UnsafeMethods.HEADERS, UnsafeMethods.SEND)
_POLICY: Order = (ProfilePolicy.SKIP, ProfilePolicy.ACCEPT, ProfilePolicy.REFUSE)

EFFECTS: Mapping[str, GateEffect | Order] = {
    "spec": GateEffect.NONE,  # compared as a file: see specdrift.app.gate_review
    "baseline": GateEffect.NONE,  # compared by its entries
    "base-url": GateEffect.DIRECTS,  # without it, the document's server is the target
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
    "contract.roles": GateEffect.ROLES,
    "server.ca-file": GateEffect.DIRECTS,  # without it, the system's CAs verify the server
    "server.x509-strict": GateEffect.STRENGTHENS,
    "server.insecure": GateEffect.WEAKENS,
    "server.listeners": GateEffect.STRENGTHENS,
    "server.names": GateEffect.STRENGTHENS,
    "server.http3": GateEffect.ANY,  # any value excludes listeners that another one finds
    "server.metadata-fields": GateEffect.WEAKENS,
    "server.metadata-members": GateEffect.WEAKENS,
    "identities.name": GateEffect.NONE,
    "identities.cert-file": GateEffect.STRENGTHENS,
    "identities.key-file": GateEffect.LIMITS,
    "identities.identity-command": GateEffect.ANY,
    "identities.cert-type": GateEffect.LIMITS,
    "identities.key-pass": GateEffect.LIMITS,
    "identities.key-pass-file": GateEffect.LIMITS,
    "identities.session-file": GateEffect.STRENGTHENS,
    "identities.revoke-command": GateEffect.ANY,
    "identities.revoke-within": GateEffect.WEAKENS,
    "client-ca.cert-file": GateEffect.STRENGTHENS,
    "client-ca.key-file": GateEffect.STRENGTHENS,
    "client-ca.key-pass-file": GateEffect.LIMITS,
    "client-ca.crl-file": GateEffect.STRENGTHENS,
    "client-ca.server-only-until": GateEffect.WEAKENS,
    "client-ca.short-validity": GateEffect.STRENGTHENS,
    "battery": _POLICY,
    "schemes.kind": GateEffect.ANY,  # the key or token that the document names is no longer required
    "schemes.value": GateEffect.LIMITS,
    "schemes.token": GateEffect.LIMITS,
    "schemes.tokens": GateEffect.LIMITS,
    "schemes.bound-tokens": GateEffect.STRENGTHENS,
    "loader.ref-root": GateEffect.LIMITS,
    "loader.allow-remote-refs": GateEffect.LIMITS,
    "loader.mtls-extension": GateEffect.ANY,  # as schemes.kind
    "loader.validate": GateEffect.STRENGTHENS,
    "loader.max-bytes": GateEffect.LIMITS,
    "parameters.learn": GateEffect.LIMITS,  # without them an operation is undecided, never consistent
    "operations.parameters": GateEffect.STRENGTHENS,
    "operations.body": GateEffect.STRENGTHENS,
    "operations.bodies": GateEffect.STRENGTHENS,
    "operations.unsafe-methods": _UNSAFE,
    "operations.allow-destructive": GateEffect.STRENGTHENS,
    "operations.enabled": GateEffect.STRENGTHENS,
    "operations.allow-roles": GateEffect.ROLES,
    "operations.reason": GateEffect.NONE,
    "undocumented.feeds": GateEffect.STRENGTHENS,
    "source.crate": GateEffect.STRENGTHENS,
    "network.callback-listen": GateEffect.STRENGTHENS,
    "network.concurrency": GateEffect.LIMITS,
    "network.rate-limit": GateEffect.LIMITS,
    "network.timeout": GateEffect.LIMITS,
    "network.expect100-timeout": GateEffect.LIMITS,
    "network.overall-timeout": GateEffect.LIMITS,
    "network.retries": GateEffect.LIMITS,
    "network.max-requests": GateEffect.LIMITS,
    "network.workers": GateEffect.NONE,
    "network.allow-hosts": GateEffect.STRENGTHENS,  # the document's other hosts are probed only if they are named
    "reports": GateEffect.NONE,
    "redact.names": GateEffect.NONE,
}
"""By dotted key; a group whose names the user chooses stands for all of them."""

LIST_DEFAULTS: Mapping[str, object] = {"operations.enabled": True, "identities.expect": "accepted"}
"""Defaults of keys in lists."""


def effect_of(key: str) -> GateEffect | Order:
    """Return the effect of a dotted key without the names that the user chose."""
    return EFFECTS.get(key, GateEffect.ANY)


def judging(effect: GateEffect | Order, *, incomplete_passes: bool) -> GateEffect | Order:
    """Return the effect of a key in a run that passes, or does not pass, if it is incomplete."""
    if effect is not GateEffect.LIMITS:
        return effect
    return GateEffect.ANY if incomplete_passes else GateEffect.NONE


def weakens(effect: GateEffect | Order, before: object, after: object) -> bool:
    """Return whether the change of a value can make a failing run pass. None means not set."""
    if isinstance(effect, tuple):
        return _is_lower(effect, before, after)
    return _WEAKER[effect](_members(before), _members(after))


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


_WEAKER: Mapping[GateEffect, Callable[[frozenset[str], frozenset[str]], bool]] = {
    GateEffect.NONE: lambda _, __: False,
    GateEffect.LIMITS: lambda _, __: True,
    GateEffect.ANY: lambda _, __: True,
    GateEffect.DIRECTS: lambda _, __: True,
    GateEffect.WEAKENS: lambda old, new: not new <= old,
    GateEffect.STRENGTHENS: lambda old, new: not old <= new,
    GateEffect.NARROWS: lambda old, new: bool(new) and (not old or not old <= new),
    GateEffect.ROLES: lambda old, new: not old or not admits_no_more(new, old),
}
"""Whether the members of a value can make a failing run pass, by those before."""
