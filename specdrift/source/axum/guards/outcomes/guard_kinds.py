"""The kinds of guards, by what their functions read and by their outcomes without a certificate."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from tree_sitter import Node

from specdrift.model.result.source import Guarding
from specdrift.source.axum.guards.absent.absent_case import AbsentCase
from specdrift.source.axum.guards.absent.absent_forwarding import forwards, is_forward
from specdrift.source.axum.guards.absent.absent_frames import AbsentOutcome
from specdrift.source.axum.guards.absent.absent_requests import RequestFacts
from specdrift.source.axum.guards.access_profiles import AccessProfile, AccessProfiles
from specdrift.source.axum.guards.callers.caller_types import Reads
from specdrift.source.axum.guards.cases.deciding_code import DecidingCode, deciding_code
from specdrift.source.axum.guards.cases.deciding_conditions import depends_on, shown
from specdrift.source.axum.guards.cases.questions import OfRoute
from specdrift.source.axum.guards.closed_gates import condition_of
from specdrift.source.axum.guards.outcomes.refusal_statuses import may_succeed
from specdrift.source.axum.syntax.values import RouterLayer
from specdrift.source.rust.conditions import around_in_builds, undecided_builds
from specdrift.source.rust.items import RustModule
from specdrift.source.rust.syntax import descendants, short, text

ORDER = (
    Guarding.NAMED,
    Guarding.CERTIFICATE,
    Guarding.IDENTITY,
    # What may demand a certificate leaves the route undecided, whatever else it demands.
    Guarding.UNKNOWN,
    Guarding.TOKEN,
    Guarding.NONE,
)
LEAVING = frozenset({"return_expression", "try_expression"})
INPUTS = frozenset({"Json", "Form", "Query", "Path", "Bytes", "String", "Multipart"})
"""Extractors that parse request input."""


class Guard(Struct, frozen=True):
    """The guard of a route."""

    kind: Guarding = Guarding.NONE
    name: str = ""
    """Empty if there is none."""
    conditional: bool = False
    after_input: bool = False
    by_request: bool = False
    outside: int = 0
    """Number of layers around it."""
    to_list: str = ""
    """What the configuration may list as a guard in its place; empty for what it cannot."""


NO_GUARD = Guard()


def checked(kind: Guarding, case: AbsentCase, functions: Iterable[tuple[Node, RustModule, str]]) -> Guarding:
    """Return the kind of a guard; unknown if none of its functions is known to reject without a certificate.

    None for requests that each function passes on, as far as the case is that of one route.
    """
    if not kind.certain:
        return kind
    every = list(functions)
    found = [(case.outcome(*function), forwards(function[0])) for function in every]
    rejecting = [
        one for one, (outcome, _) in zip(every, found, strict=True) if outcome is AbsentOutcome.REJECTS
    ]
    if rejecting:
        doubtful = all(may_succeed(case.profiles, code, module) for code, module, _ in rejecting)
        return Guarding.UNKNOWN if doubtful else kind
    chained = any(chain for _, chain in found)
    deciding = {outcome for outcome, chain in found if chain or not chained}
    passes = deciding == {AbsentOutcome.PASSES} and case.ask(OfRoute())
    return Guarding.NONE if passes else Guarding.UNKNOWN


def of_requests(kinds: Mapping[RequestFacts | None, Guarding]) -> Guarding:
    """Return the kind of a guard by its kinds for the requests of a route; HEAD is no operation of its own."""
    if len(set(kinds.values())) == 1:
        return next(iter(kinds.values()))
    documented = {found for facts, found in kinds.items() if facts is None or facts.method != "HEAD"}
    return Guarding.NONE if documented == {Guarding.NONE} else Guarding.UNKNOWN


def listed_as(layer: RouterLayer) -> str:
    """Return the name by which the configuration lists a layer as a guard; empty for a closure."""
    if layer.function is None:
        return layer.type
    foreign = layer.function.path[-1:] if layer.function.closure is None else ()
    return layer.function.item.name if layer.function.item is not None else "".join(foreign)


def name_of(layer: RouterLayer, case: AbsentCase) -> str:
    """Return the name of a layer that may pass requests without a certificate on.

    With the call that does so, and the condition that it depends on.
    """
    if layer.gate is not None:
        condition = condition_of(layer.gate, case)
        return f"{layer.name}, depending on {shown(*condition)}," if condition is not None else layer.name
    found = [_reasons(one, case) for one in deciding_code(layer, case.profiles)]
    return f"{layer.name}{max(found, key=len, default='')}"


def is_seen_to_pass(layer: RouterLayer, case: AbsentCase) -> bool:
    """Return whether the call is known with which a layer passes requests without a certificate on."""
    return layer.gate is None and any(_reached(one, case) for one in deciding_code(layer, case.profiles))


def _reached(code: DecidingCode, case: AbsentCase) -> Node | None:
    """Return the call that passes a request without a certificate on; ``None`` if none is reached."""
    found = case.alone(*code.parts)
    calls = found.calls if found is not None and found.forwarded else frozenset[int]()
    return next((one for one in descendants(code.node) if one.id in calls and is_forward(one)), None)


def _reasons(code: DecidingCode, case: AbsentCase) -> str:
    call = _reached(code, case)
    features = case.profiles.index.features_of(code.module)
    builds = undecided_builds(code.node, features) if call is not None else ()
    own = around_in_builds(code.node, features) if call is not None and code.item is not None else ()
    built = next(((one[0], one[1]) for one in builds if _decides(one[2])), None) or next(iter(own), None)
    place = code.module.file.place
    depending = (
        f" depending on cfg({built[0]}) ({place(built[1])})" if built is not None else _condition(code, case)
    )
    if call is None:
        return f",{depending}," if depending else ""
    return f", which reaches {short(call)} without one ({place(call)}){depending},"


def with_condition(name: str, codes: Iterable[DecidingCode], case: AbsentCase) -> str:
    """Return the name of a guard with the condition that it depends on, if one is known."""
    found = next(filter(None, (_condition(one, case) for one in codes)), "")
    return f"{name},{found}," if found else name


def _condition(code: DecidingCode, case: AbsentCase) -> str:
    """Return the condition that a guard depends on, as a message has it; empty if none is known."""
    found = depends_on(code, case, lambda other: other.outcome(*code.parts) is AbsentOutcome.REJECTS)
    return f" depending on {shown(*found)}" if found is not None else ""


def _decides(node: Node) -> bool:
    """Return whether some code leaves a guard or passes the request on."""
    return any(one.type in LEAVING or is_forward(one) for one in descendants(node))


def kind_of(profile: AccessProfile) -> Guarding:
    """Return the guard kind of an access profile."""
    if not profile.refuses:
        return Guarding.NONE
    if Reads.CERTIFICATE in profile.reads:
        return Guarding.CERTIFICATE
    if Reads.IDENTITY in profile.reads and Reads.CREDENTIAL not in profile.reads:
        return Guarding.IDENTITY
    if profile.reads & (Reads.CREDENTIAL | Reads.HEADER | Reads.FORWARDED | Reads.IDENTITY):
        return Guarding.TOKEN
    return Guarding.UNKNOWN if Reads.UNTYPED in profile.reads else Guarding.NONE


def needs_certificate(case: AbsentCase, profiles: AccessProfiles, code: Node, module: RustModule) -> bool:
    """Return whether a function that looks at the certificate ends each request without one, as by a panic."""
    reads = profiles.of_node(code, module).reads
    return bool(reads & Reads.CERTIFICATE) and only_with_certificate(case, code, module)


def only_with_certificate(case: AbsentCase, code: Node, module: RustModule) -> bool:
    """Return whether a function rejects every request without a certificate, and not every one."""
    if may_succeed(case.profiles, code, module):
        return False
    return case.rejects(code, module) and not case.otherwise().rejects(code, module)


def is_input(kind: Node) -> bool:
    """Return whether an extractor parses input, also as an option or a result."""
    return any(node.type == "type_identifier" and text(node) in INPUTS for node in descendants(kind))
