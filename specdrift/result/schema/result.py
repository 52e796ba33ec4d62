"""The whole result, as ``specdrift schema result`` publishes it."""

from collections import Counter
from typing import Any

from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.result.drift import Drift, DriftStatus, Severity
from specdrift.model.result.problem import Problem, ProblemKind, StopReason
from specdrift.model.result.reasons import Remedy, SkipReason, UndecidedReason
from specdrift.model.result.result import (
    SCHEMA_VERSION,
    BaselineReview,
    Counts,
    EarlierRun,
    PreviousComparison,
    Result,
    Skipped,
    Suppression,
    Target,
    UndecidedOperation,
    Undocumented,
)
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Confidence
from specdrift.result.schema.codec import (
    Codec,
    Member,
    Schema,
    array,
    choice,
    derived,
    mapping,
    member,
    nullable,
    record,
)
from specdrift.result.schema.gateways import GATEWAY
from specdrift.result.schema.identities import IDENTITY
from specdrift.result.schema.operations import EVIDENCE, OPERATION
from specdrift.result.schema.places import LOCATION, OPERATION_KEY
from specdrift.result.schema.probes import PROBE
from specdrift.result.schema.routes import SOURCE
from specdrift.result.schema.scalars import BLANK, COUNT, DATE, FLAG, JSON, TEXT, TEXTS, TIME
from specdrift.result.schema.traceability import TRACEABILITY
from specdrift.result.schema.two_targets import TWO_TARGETS

TOOL = record(
    "tool",
    "What wrote the result.",
    (derived("name", TEXT, lambda _: "specdrift"), member("version", TEXT, "tool_version")),
    lambda version: version,
)
SPEC = record(
    "spec",
    "The document that was read.",
    (
        member("source", TEXT, "document.source"),
        member("sha256", TEXT, "document.sha256"),
        member("openapi", TEXT, "document.openapi"),
        member("title", TEXT, "document.title"),
        derived("operations", COUNT, lambda result: len(result.operations)),
    ),
    DocumentIdentity,
)
TARGET = record(
    "target",
    "The server that was checked.",
    (
        member("base_url", TEXT),
        member("addresses", TEXTS),
        member("listeners", TEXTS),
        member("tls_versions", TEXTS, about="TLS versions that the listener speaks."),
        member("insecure", FLAG, about="The server's own certificate was not verified."),
    ),
    Target,
)
DRIFT = record(
    "drift",
    "A finding: the document and the runtime disagree, or something is wrong with the document.",
    (
        member("rule", TEXT),
        member("severity", choice(Severity)),
        member("confidence", choice(Confidence)),
        member("operation", nullable(OPERATION_KEY)),
        member("identity", nullable(TEXT)),
        member("profile", nullable(TEXT)),
        member("title", TEXT),
        member("message", TEXT),
        member("remediation", TEXT),
        member("location", nullable(LOCATION)),
        member("related", array(LOCATION)),
        member("probes", TEXTS, about="Ids of the exchanges that show it."),
        member("subject", BLANK, about="Tells it apart from others of its rule on the same operation."),
        member("fingerprint", TEXT, about="Stays the same when lines move."),
        member("status", choice(DriftStatus)),
        member("reproduce", TEXT, about="A shell command, without secrets."),
        member("evidence", nullable(EVIDENCE), default=None),
    ),
    Drift,
)
UNDOCUMENTED = record(
    "undocumented",
    "Something that answers and is not in the document.",
    (
        member("method", TEXT),
        member("path", TEXT),
        member("kind", TEXT),
        member("status", COUNT),
        member("admitted", TEXTS, about="Identities to whom it answered."),
        member("probes", TEXTS),
        member(
            "source",
            BLANK,
            about="Origin: file and line of imported traffic, or a sibling; null: the built-in list.",
        ),
    ),
    Undocumented,
)
SKIPPED = record(
    "skipped",
    "Something that was deliberately not done.",
    (
        member("operation", nullable(OPERATION_KEY)),
        member("check", BLANK),
        member("kind", choice(SkipReason), default=SkipReason.OTHER.value),
        member("reason", TEXT),
    ),
    Skipped,
)
UNDECIDED = record(
    "undecided",
    "Something declared that could not be judged.",
    (
        member("operation", nullable(OPERATION_KEY)),
        member("kind", choice(UndecidedReason), default=UndecidedReason.OTHER.value),
        member("reason", TEXT),
        member("how_to_decide", TEXT),
        member("remedy", choice(Remedy), about="What decides it.", default=Remedy.OTHER.value),
        member("detail", BLANK, about="What is particular to this operation.", default=""),
    ),
    UndecidedOperation,
)
SUPPRESSION = record(
    "suppression",
    "An entry of the baseline: a drift that is accepted.",
    (
        member("fingerprint", TEXT),
        member("reason", TEXT),
        member("owner", BLANK),
        member("expires", nullable(DATE), about="The last day on which it is accepted."),
        member("rule", BLANK),
        member("operation", nullable(OPERATION_KEY)),
        member("identity", BLANK),
        member("subject", BLANK),
        member("check", BLANK, about="The check whose probes showed it; null: a finding about the document."),
    ),
    Suppression,
)
BASELINE = record(
    "baseline",
    "What became of the entries of the baseline that suppress nothing in this run.",
    (
        member("source", TEXT, about="The file."),
        member("expired", array(SUPPRESSION), about="The drift is there, and counts again."),
        member("fixed", array(SUPPRESSION), about="Looked for in this run, and gone."),
        member("unjudged", array(SUPPRESSION), about="This run could not look for it."),
        member(
            "misnamed",
            array(SUPPRESSION),
            about="It names another rule, operation or identity than the drift of its fingerprint: not accepted.",
            default=[],
        ),
    ),
    BaselineReview,
)
EARLIER_RUN = record(
    "earlier_run",
    "What an earlier run found, in numbers. Drifts that the baseline accepted are left out.",
    (
        member("started_at", TIME),
        member("errors", COUNT),
        member("warnings", COUNT),
        member("undecided", COUNT, about="Operations."),
    ),
    EarlierRun,
)
COMPARISON = record(
    "comparison",
    "Changes since an earlier result. The status of each drift states what is new or known.",
    (
        member("source", TEXT, about="The file of the earlier result."),
        member("run_id", TEXT),
        member("started_at", TIME),
        member("fixed", array(DRIFT), about="Looked for in this run, and gone."),
        member("unjudged", array(DRIFT), about="This run could not look for it."),
        member("undecided", array(UNDECIDED), about="Could not be judged now, and was not undecided then."),
        member(
            "runs",
            array(EARLIER_RUN),
            about="The earlier result, the last, and those that it was compared with itself; at most 30.",
            default=[],
        ),
        member(
            "differences",
            array(TEXT),
            about="How document and target of the earlier result differ, a clause each.",
            default=[],
        ),
    ),
    PreviousComparison,
)


SETTING = record(
    "setting",
    "A setting that something set. Secrets are masked.",
    (
        member("value", JSON),
        member("text", TEXT, about="The value as TOML."),
        member("origin", BLANK, about="What set it: an option, a variable, or file:line."),
        member("group", BLANK, about="The table that the key stands in; null at the top."),
    ),
    Setting,
)
DRIFT_COUNTS = record(
    "drift_counts",
    "Drifts by rule and by severity, suppressed ones included.",
    (
        derived("by_rule", mapping(COUNT), lambda r: dict(sorted(Counter(d.rule for d in r.drifts).items()))),
        derived(
            "by_severity",
            mapping(COUNT),
            lambda r: {s.value: sum(d.severity is s for d in r.drifts) for s in Severity},
        ),
    ),
    lambda: None,
)
_COUNTS = (
    *("operations", "probed", "by_listener", "undecided", "skipped"),
    *("planned", "spared", "follow_ups", "requests", "connections"),
)
COUNTS = record(
    "counts",
    "How much was done. Operations times identities are probed, or decided by listener: never added up.",
    (
        *(member(name, COUNT, f"counts.{name}") for name in _COUNTS),
        derived("drifts", DRIFT_COUNTS, lambda result: result),
    ),
    Counts,
)


def _problem_text(result: Result) -> str:
    return str(result.problem or "")


def _result(
    *,
    tool: str,
    spec: DocumentIdentity,
    config: Any,  # noqa: ANN401
    problem: str,
    problem_kind: ProblemKind | None,
    **values: Any,  # noqa: ANN401
) -> Result:
    return Result(
        problem=Problem(kind=problem_kind, text=problem) if problem_kind else None,
        tool_version=tool,
        document=spec,
        settings=config,
        **values,
    )


_MAJOR_MINOR = Codec({"const": SCHEMA_VERSION}, lambda value: value, TEXT.load)

MEMBERS: tuple[Member[Any], ...] = (
    derived("schema_version", _MAJOR_MINOR, lambda _: SCHEMA_VERSION),
    Member("tool", TOOL, lambda result: result),
    member("run_id", TEXT),
    member("started_at", TIME),
    member("finished_at", TIME),
    member("exit_status", COUNT),
    Member("problem", BLANK, _problem_text, "What kept the run from its job; null if nothing did."),
    Member("problem_kind", nullable(choice(ProblemKind)), lambda r: r.problem and r.problem.kind),
    member(
        "stop_reason",
        nullable(choice(StopReason)),
        about="Why the run stopped early; null if it did not.",
    ),
    derived("interrupted", FLAG, lambda result: result.interrupted),
    Member("spec", SPEC, lambda result: result),
    member("target", TARGET),
    member("config", mapping(SETTING), "settings", about="By dotted key; others kept their defaults."),
    Member("counts", COUNTS, lambda result: result),
    member("identities", array(IDENTITY)),
    member("operations", array(OPERATION)),
    member("drifts", array(DRIFT)),
    member("rules", TEXTS, about="Rules about the runtime that were looked for."),
    member("undocumented", array(UNDOCUMENTED)),
    member("skipped", array(SKIPPED)),
    member("undecided", array(UNDECIDED)),
    member("suppressed", array(SUPPRESSION), about="What the baseline accepts of this run."),
    member("baseline", nullable(BASELINE), about="null: there was none."),
    member("previous", nullable(COMPARISON), about="null: nothing was compared."),
    member("source", nullable(SOURCE), about="null: the source was not read.", default=None),
    member("gateways", array(GATEWAY), about="What is in front comes first.", default=[]),
    member("beside", nullable(TWO_TARGETS), about="null: one target was checked.", default=None),
    member(
        "traceability",
        nullable(TRACEABILITY),
        about="The requirements of the standard that profile names; null: none is named.",
        default=None,
    ),
    member("probes", array(PROBE)),
)
RESULT: Codec[Result] = record("result", "One run of specdrift.", MEMBERS, _result)
SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"urn:specdrift:result:{SCHEMA_VERSION}",
    "title": "specdrift result",
    **RESULT.schema,
    "$defs": dict(sorted(RESULT.defs.items())),
}
