"""What the document promises and what was observed, operation by operation, as written in a result."""

from collections.abc import Iterable
from typing import Any

from specdrift.model.contract.operation import (
    Operation,
    OperationKey,
    OwnValues,
    ParameterValue,
    RequestBody,
    ValueSource,
)
from specdrift.model.contract.requirement import (
    Demand,
    Origin,
    Requirement,
    SchemeType,
    SchemeUse,
    SecurityScheme,
)
from specdrift.model.result.evidence import Evidence
from specdrift.model.result.result import OperationResult
from specdrift.model.result.verdict import (
    Basis,
    Confidence,
    Enforcement,
    IdentityOutcome,
    Layer,
    Outcome,
    Verdict,
)
from specdrift.result.schema.codec import Member, array, choice, mapping, member, nullable, record
from specdrift.result.schema.places import LOCATION
from specdrift.result.schema.scalars import BLANK, BYTES, COUNT, FLAG, HEADERS, NAMES, PAIR, TEXT, TEXTS


def _use(*, scheme: str, type: SchemeType, scopes: Any, **rest: Any) -> SchemeUse:  # noqa: A002, ANN401
    return SchemeUse(scheme=SecurityScheme(name=scheme, type=type, **rest), scopes=scopes)


SCHEME_USE = record(
    "scheme_use",
    "A security scheme inside an alternative, all of whose schemes are needed together.",
    (
        member("scheme", TEXT, "scheme.name"),
        member("type", choice(SchemeType), "scheme.type"),
        member("scopes", TEXTS, about="Scopes; role names for mutualTLS."),
        member("parameter", nullable(PAIR), "scheme.parameter", about="Where an apiKey goes, and its name."),
        member("http_scheme", BLANK, "scheme.http_scheme"),
    ),
    _use,
)


def _outcome(*, probe: str, more_probes: tuple[str, ...], **values: Any) -> IdentityOutcome:  # noqa: ANN401
    return IdentityOutcome(probes=(*((probe,) if probe else ()), *more_probes), **values)


OUTCOME = record(
    "identity_outcome",
    "What one identity got from the operation.",
    (
        member("identity", TEXT),
        member("outcome", choice(Outcome)),
        member(
            "basis",
            choice(Basis),
            about="probed: by requests for this operation; listener: decided before any HTTP, for all operations.",
        ),
        Member(
            "probe", BLANK, lambda outcome: next(iter(outcome.probes), ""), "Id of the exchange behind it."
        ),
        Member("more_probes", TEXTS, lambda outcome: outcome.probes[1:], "Ids of further ones."),
        member("reason", BLANK),
    ),
    _outcome,
)


BODY = record(
    "request_body",
    "The body that its requests carry.",
    (
        member("media_type", TEXT),
        member("content", BYTES),
        member("source", choice(ValueSource)),
        member("required", FLAG, about="The document requires a body.", default=False),
        member(
            "origin",
            BLANK,
            about="Its configuration key, if it is that of one identity; or that the server did not take another.",
            default="",
        ),
    ),
    RequestBody,
)
VALUE = record(
    "parameter_value",
    "A value that its requests carry, and where the value came from.",
    (
        member("name", TEXT),
        member("location", TEXT, about="path, query, header or cookie."),
        member("value", TEXT),
        member("source", choice(ValueSource)),
        member(
            "origin",
            BLANK,
            about="Where a learned value was found: an operation, or file and line. The configuration key of a value "
            "that is that of one identity.",
            default="",
        ),
    ),
    ParameterValue,
)


def _named(parameters: Iterable[ParameterValue]) -> dict[str, ParameterValue]:
    """Values by the parameter's name; those that share a name with an earlier one get a mark behind it."""
    named: dict[str, ParameterValue] = {}
    for value in parameters:
        name = value.name
        while name in named:
            name += f" ({value.location})"
        named[name] = value
    return named


def _own(*, values: dict[str, ParameterValue], **rest: Any) -> OwnValues:  # noqa: ANN401
    return OwnValues(parameters=tuple(values.values()), **rest)


OWN_VALUES = record(
    "own_values",
    "The values of an identity for which the configuration has some. All others send those of the operation.",
    (
        member("identity", TEXT),
        Member("values", mapping(VALUE), lambda own: _named(own.parameters), "As of the operation."),
        member("target", TEXT, about="Request target below the server's base path."),
        member("headers", HEADERS),
        member("body", nullable(BODY)),
        member("missing", TEXTS, about="Required parameters without a value."),
    ),
    _own,
)


def _operation(**values: Any) -> OperationResult:  # noqa: ANN401
    requirement = Requirement(**{name: values.pop(name) for name in _REQUIREMENT})
    observed = {name: values.pop(name) for name in _SEEN}
    operation = Operation(
        key=OperationKey(method=values.pop("method"), path=values.pop("path")),
        requirement=requirement,
        parameters=tuple(values.pop("values").values()),
        **values,
    )
    return OperationResult(operation=operation, **observed)


_REQUIREMENT = ("demand", "origin", "alternatives", "reason")
_SEEN = ("enforcement", "layer", "verdict", "confidence", "outcomes", "evidence")

EVIDENCE = record(
    "evidence",
    "What a drift or a consistent operation rests on, where answers were compared.",
    (
        member("shared", TEXTS, about="Values of the resource that the answer carries, masked."),
        member("share", COUNT, about="Part of the resource that the answer carries, in percent."),
        member("denial_status", COUNT, about="Status of the server's denial; 0 if none was learned."),
        member("denial_operations", COUNT, about="Operations that returned this denial."),
        member("attempts", COUNT, about="Exchanges of this caller that show it."),
        member("recognisable", FLAG, about="The resource has values of its own to look for.", default=False),
        member(
            "learned", TEXTS, about="Learned values of the request, and where they were found.", default=[]
        ),
    ),
    Evidence,
)
OPERATION = record(
    "operation",
    "One operation: what the document demands of its callers, and what the server does.",
    (
        member("method", TEXT, "operation.key.method"),
        member("path", TEXT, "operation.key.path"),
        member("operation_id", BLANK, "operation.operation_id"),
        member("summary", BLANK, "operation.summary"),
        member("tags", TEXTS, "operation.tags"),
        member("demand", choice(Demand), "operation.requirement.demand"),
        member("origin", choice(Origin), "operation.requirement.origin"),
        member(
            "alternatives",
            array(array(SCHEME_USE)),
            "operation.requirement.alternatives",
            about="An OR of ANDs; an empty alternative is anonymous access.",
        ),
        member("reason", BLANK, "operation.requirement.reason", about="Why the demand is unknown."),
        member("location", LOCATION, "operation.location", about="The deciding security member."),
        member("declared_at", LOCATION, "operation.declared_at", about="The operation itself."),
        member("path_at", nullable(LOCATION), "operation.path_at", about="Its path.", default=None),
        member("enforcement", choice(Enforcement)),
        member("layer", nullable(choice(Layer))),
        member("verdict", choice(Verdict)),
        member("confidence", choice(Confidence)),
        member("outcomes", array(OUTCOME)),
        member(
            "evidence",
            nullable(EVIDENCE),
            about="What the refusal of the anonymous caller rests on; of consistent operations.",
            default=None,
        ),
        Member(
            "values",
            mapping(VALUE),
            lambda result: _named(result.operation.parameters),
            "Values by the name of the parameter.",
        ),
        member("target", TEXT, "operation.target", about="Request target below the server's base path."),
        member("servers", TEXTS, "operation.servers"),
        member(
            "server_choices",
            TEXTS,
            "operation.server_choices",
            about="URLs with each value that the document lists for a variable; empty if no variable has several.",
            default=[],
        ),
        member("headers", HEADERS, "operation.headers"),
        member("body", nullable(BODY), "operation.body"),
        member("missing", TEXTS, "operation.missing", about="Required parameters without a value."),
        member("allow_roles", NAMES, "operation.allow_roles"),
        member("own", array(OWN_VALUES), "operation.own", default=[]),
    ),
    _operation,
)
