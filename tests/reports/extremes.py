"""TEST DATA. A made-up run that is very big, and one in which everybody wishes the reader ill."""

from functools import cache

from msgspec.structs import replace

from specdrift.model.contract.contract import DocumentIdentity
from specdrift.model.contract.requirement import Demand
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.reasons import SkipReason, UndecidedReason
from specdrift.model.result.result import (
    Counts,
    Result,
    Skipped,
    Suppression,
    Target,
    UndecidedOperation,
    Undocumented,
)
from specdrift.model.result.setting import Setting
from specdrift.model.result.verdict import Outcome
from tests.reports.factory import operation_result, story
from tests.reports.parts import (
    ADMIN,
    ALICE,
    SELF_SIGNED,
    TLS_13,
    certificate,
    drift,
    location,
    operation,
    probe_record,
)


@cache
def big(operations: int = 1000, identities: int = 12) -> Result:
    """A large run: as many operations and identities as asked for, and one operation in fifty drifts."""
    good = tuple(replace(ALICE, name=f"caller-{n}") for n in range(1, 4))
    bad = tuple(replace(SELF_SIGNED, name=f"profile-{n}") for n in range(4, identities))
    people = (ANONYMOUS, *good, *bad)
    results, probes, drifts = [], [], []
    for number in range(operations):
        op = operation("GET", f"/collection-{number // 40}/things/{number}", 20 + number * 12)
        unguarded = number % 50 == 0
        records = []
        for who in people:
            through = who in good or (unguarded and who is ANONYMOUS)
            outcome = Outcome.ADMITTED if through else Outcome.REFUSED_BY_APPLICATION
            body = f'{{"id": {number}, "name": "thing {number}"}}' if through else "forbidden"
            status = 200 if through else 403
            records.append(probe_record(op, who, outcome, status, body, control=who in good))
        results.append(operation_result(op, records, "open" if unguarded else "layered"))
        probes.extend(records)
        if unguarded:
            drifts.append(drift("mtls-not-enforced", op, ANONYMOUS, f"{op.key} is open.", records[:1]))
    return replace(
        story(),
        identities=people,
        operations=tuple(results),
        probes=tuple(probes),
        drifts=tuple(drifts),
        undocumented=(),
        undecided=(),
        skipped=(),
        counts=Counts(
            operations=operations, probed=operations * identities, requests=operations * identities
        ),
    )


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}</style>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)",
    "<!--",
    "{{ 7 * 7 }}{% raw %}",
    "[bold red]x[/bold red][link=javascript:alert(1)]y[/link]",
    "abc\u202egnp.exe",
    "\x1b[2J\x1b[31mred\x07\x00\x9b1m",
    "zero\u200bwidth\ufeff\u2066isolate",
    "lone \udcff surrogate",
    "`` ``` [x](javascript:alert(1)) @everyone",
)
"""Texts that try to become markup, styles, scripts, terminal commands, or something else than they are."""


def hostile() -> Result:
    """The same run by a server, a document and certificates that all wish the reader ill."""
    bad = " ".join(HOSTILE)
    evil = replace(
        SELF_SIGNED,
        name=HOSTILE[0],
        about=bad,
        certificate=replace(certificate(bad), issuer=bad, serial=bad, sha256=bad),
    )
    op = operation("GET", "/" + bad, 20, Demand.REQUIRED, (ADMIN,), tag=HOSTILE[1])
    place = location(24, bad, bad, file=bad)
    op = replace(
        op,
        operation_id=bad,
        summary=bad,
        location=place,
        declared_at=replace(place, line=20),
        requirement=replace(op.requirement, reason=bad),
    )
    record = probe_record(
        op, evil, Outcome.ADMITTED, 200, bad, headers=((HOSTILE[2], bad), ("content-type", bad))
    )
    observation = replace(record.observation, detail=bad, tls=replace(TLS_13, cipher=bad, alert_received=bad))
    record = replace(record, observation=observation, reason=bad)
    control = probe_record(op, ALICE, Outcome.ADMITTED, 200, bad, control=True)
    found = drift("mtls-not-enforced", op, evil, bad, [record])
    found = replace(found, title=bad, remediation=bad, reproduce=bad, profile=bad, fingerprint=bad)
    result = story()
    return replace(
        result,
        run_id=bad,
        tool_version=bad,
        document=DocumentIdentity(source=bad, sha256=bad, openapi=bad, title=bad),
        target=Target(base_url=bad, addresses=(bad,), listeners=(bad,), tls_versions=(bad,), insecure=True),
        identities=(ANONYMOUS, ALICE, evil),
        operations=(operation_result(op, [control, record], "open"),),
        drifts=(found, replace(found, rule=HOSTILE[0], operation=None, probes=())),
        undocumented=(Undocumented(method=bad, path=bad, kind=bad, status=200, admitted=(bad,)),),
        skipped=(Skipped(kind=SkipReason.FILTERED, reason=bad, check=bad),),
        undecided=(
            UndecidedOperation(
                kind=UndecidedReason.INCONCLUSIVE, operation=op.key, reason=bad, how_to_decide=bad
            ),
        ),
        probes=(record, control),
        settings={bad: Setting(value=bad, text=bad, origin=bad, group=bad)},
        suppressed=(Suppression(fingerprint=bad, reason=bad, owner=bad),),
        problem=Problem(kind=ProblemKind.NO_CONTROL, text=bad),
    )


HEBREW, ARABIC = "שירות תשלומים (מבחן)", "خدمة الدفع / إدارة"
LONG = "averylongnamewithoutanyblankinit" * 12
"""Nothing in it tells a browser where to break a line."""


def endless() -> Result:
    """Names of the document, of callers and of the server that are very long, or are read from right to left."""
    caller = replace(ALICE, name=f"{LONG[:90]}-{HEBREW}", roles=frozenset({LONG, ARABIC}))
    op = operation("GET", f"/{ARABIC}/{LONG}/{{{LONG}}}", 20, Demand.REQUIRED, (ADMIN,), tag=HEBREW)
    anonymous = probe_record(op, ANONYMOUS, Outcome.ADMITTED, 200, LONG, headers=(("x-" + LONG, ARABIC * 9),))
    control = probe_record(op, caller, Outcome.ADMITTED, 200, LONG, control=True)
    found = drift("mtls-not-enforced", op, ANONYMOUS, f"{op.key} is open to {HEBREW}.", [anonymous])
    result = story()
    return replace(
        result,
        document=replace(result.document, title=f"{HEBREW} {ARABIC}", source=f"{LONG}/openapi.yaml"),
        identities=(ANONYMOUS, caller),
        operations=(operation_result(op, [anonymous, control], "open"),),
        drifts=(replace(found, reproduce=f"curl -i https://api.example.test:8443/{LONG}"),),
        undocumented=(
            Undocumented(method="GET", path=f"/{LONG}", kind="leaks", status=200, admitted=(LONG,)),
        ),
        skipped=(Skipped(kind=SkipReason.FILTERED, check=LONG, reason=ARABIC),),
        undecided=(
            UndecidedOperation(
                kind=UndecidedReason.INCONCLUSIVE, operation=op.key, reason=HEBREW, how_to_decide=LONG
            ),
        ),
        probes=(anonymous, control),
        settings={LONG: Setting(value=LONG, text=LONG, origin=f"{HEBREW}.toml:3")},
    )
