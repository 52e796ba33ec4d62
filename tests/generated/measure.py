"""Judges generated servers with the real checks and counts false and undecided verdicts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

from msgspec.structs import replace

from specdrift.checks.certificate import certificate, roles, unknown_path
from specdrift.checks.core.base import PlannedOperation
from specdrift.model.contract.operation import OperationKey
from specdrift.model.result.verdict import Verdict
from tests.checks.plan_builders import ALICE, BOB, OLD, SELF_SIGNED, context, planned, play
from tests.generated.faults import Truth
from tests.generated.server import GeneratedServer, Served

BODY = b'{"id": 1}'
CHECKS = (unknown_path.CHECK, certificate.CHECK, roles.CHECK)
RULES = frozenset().union(*(check.rules for check in CHECKS))


class Judged(NamedTuple):
    """One operation of a generated server: its real enforcement and the verdict of the checks."""

    seed: int
    server: GeneratedServer
    operation: Served
    verdict: Verdict
    rules: frozenset[str]

    @property
    def false_consistent(self) -> bool:
        """Whether a faulty operation is judged consistent."""
        return self.operation.truth is not Truth.ENFORCED and self.verdict is Verdict.CONSISTENT

    @property
    def false_drift(self) -> bool:
        """Whether a correct operation is reported as drift."""
        return self.operation.truth is Truth.ENFORCED and (self.verdict is Verdict.DRIFT or bool(self.rules))

    @property
    def undecided(self) -> bool:
        """Whether a correct operation is left undecided."""
        return self.operation.truth is Truth.ENFORCED and self.verdict is Verdict.UNDECIDED

    @property
    def missed(self) -> bool:
        """Whether a faulty operation is left undecided."""
        return self.operation.truth is not Truth.ENFORCED and self.verdict is Verdict.UNDECIDED


def _planned(key: OperationKey, server: GeneratedServer) -> PlannedOperation:
    required = tuple(ALICE.roles) if server.habits.roles else ()
    if key.method == "GET":
        return planned(key.path, roles=required)
    one = planned(key.path, method=key.method, mode=server.mode, roles=required)
    return replace(one, request=replace(one.request, body=BODY))


def judge(seed: int) -> Iterator[Judged]:
    """Judge every operation of one server."""
    server = GeneratedServer(seed)
    operations = tuple(map(_planned, server.keys, repeat(server)))
    callers = (ALICE, *([BOB] if server.habits.roles else []), OLD, SELF_SIGNED)
    plan = context(*operations, identities=callers, rules=RULES)
    log = play(CHECKS, plan, server.answer)
    conclusions = [check.judge(plan, log.classifier()) for check in CHECKS]
    found = [finding for each in conclusions for finding in each.findings]
    for each in conclusions:
        for result in each.operations:
            key = result.operation.key
            rules = frozenset(finding.rule for finding in found if finding.operation == key)
            verdict = Verdict.DRIFT if rules else result.verdict
            yield Judged(seed, server, server.operations[key.path], verdict, rules)


def judge_all(seeds: Iterable[int]) -> list[Judged]:
    """Judge many servers."""
    return [judged for seed in seeds for judged in judge(seed)]


def rates(judged: list[Judged]) -> dict[str, tuple[int, int]]:
    """Count errors, each with the number of operations in which it could occur."""
    correct = sum(each.operation.truth is Truth.ENFORCED for each in judged)
    faulty = len(judged) - correct
    count = Counter[str]()
    for each in judged:
        for name in ("false_consistent", "false_drift", "undecided", "missed"):
            count[name] += getattr(each, name)
    return {
        "false consistent": (count["false_consistent"], faulty),
        "false drift": (count["false_drift"], correct),
        "undecided, correct": (count["undecided"], correct),
        "undecided, faulty": (count["missed"], faulty),
    }
