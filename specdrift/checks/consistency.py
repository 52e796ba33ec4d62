"""Asks again and again, by every way in: one back end of several without the guard is a door.

A caller without a certificate is sent on fresh connections, at least ``ENOUGH`` over the whole API and ``EACH`` to
each guarded operation, over HTTP/2 too, and to each address that the host resolves to. A single admission makes
every guarded operation be asked ``CLOSER`` times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from specdrift.checks.base import Check, Conclusions, PlanContext, Subject
from specdrift.checks.certificate_findings import confidence
from specdrift.checks.presence import ASKED_BY, presence, read
from specdrift.classify.evidence import CONSISTENCY, Evidence, Reader, Seen
from specdrift.model.finding import Finding
from specdrift.model.identity import ANONYMOUS
from specdrift.model.probe import Phase, Probe, Reuse
from specdrift.model.verdict import Outcome

RULE = "enforcement-inconsistent"
EACH = 3
"""Fresh connections to each guarded operation."""
ENOUGH = 24
"""Fresh connections over all: one open back end of four stays unseen once in a thousand runs."""
CLOSER = 16
"""Fresh connections to each guarded operation once one was admitted and another was not."""


@dataclass(frozen=True, slots=True)
class Consistency:
    """The anonymous caller, repeated."""

    name: str = CONSISTENCY
    rules: frozenset[str] = frozenset({RULE})

    def plan(self, context: PlanContext) -> Iterator[Probe]:
        """Fresh connections to each guarded operation, spread over all ways in."""
        subjects = context.guarded
        if subjects:
            attempts = max(EACH, -(-ENOUGH // len(subjects)))
            for subject in subjects:
                yield from self._attempts(context, subject, range(1, attempts + 1))

    def _attempts(self, context: PlanContext, subject: Subject, numbers: range) -> Iterator[Probe]:
        ways = context.ways
        for number in numbers:
            yield Probe(
                check=self.name,
                operation=subject.key,
                identity=ANONYMOUS.name,
                connection=replace(ways[number % len(ways)], reuse=Reuse.FRESH),
                request=subject.request,
                phase=Phase.MAIN,
                variant=f"again-{number}",
                why="whether every attempt gets the same answer",
            )

    def follow_up(self, context: PlanContext, evidence: Evidence) -> Iterator[Probe]:
        """Where attempts disagreed anywhere, a closer look at every guarded operation."""
        reader = evidence.reader()
        subjects = context.guarded
        if any(len(_outcomes(subject, reader)) > 1 for subject in subjects):
            for subject in subjects:
                for probe in self._attempts(context, subject, range(1, CLOSER + 1)):
                    yield replace(probe, phase=Phase.CONFIRM)

    def judge(self, context: PlanContext, reader: Reader) -> Conclusions:
        """One finding for each operation that let the anonymous caller in sometimes."""
        findings = (self._finding(context, subject, reader) for subject in context.guarded)
        return Conclusions(findings=tuple(finding for finding in findings if finding))

    def _finding(self, context: PlanContext, subject: Subject, reader: Reader) -> Finding | None:
        got = _outcomes(subject, reader)
        if len(got) < 2:
            return None
        state = presence(context, subject, reader)
        admitted, refused = got[Outcome.ADMITTED], [seen for o, s in got.items() if o.refused for seen in s]
        total = len(admitted) + len(refused)
        return Finding(
            rule=RULE,
            operation=subject.key,
            identity=ANONYMOUS.name,
            message=f"A caller without a client certificate is admitted in {len(admitted)} of {total} attempts"
            f"{_pattern(admitted, refused)}.",
            confidence=confidence(state, state.anonymous),
            probes=tuple(seen.probe.id for seen in (*admitted[:3], *refused[:3])) + state.control.probes[:1],
        )


def _outcomes(subject: Subject, reader: Reader) -> dict[Outcome, list[Seen]]:
    """Admitted and refused attempts of the anonymous caller on an operation; what told nothing is left out."""
    outcomes: dict[Outcome, list[Seen]] = {}
    for check in ASKED_BY:
        for seen in reader.evidence.of(check, subject.key, ANONYMOUS.name):
            outcome = read(reader, ANONYMOUS, seen, subject.operation).outcome
            if outcome is Outcome.ADMITTED or outcome.refused:
                key = outcome if outcome is Outcome.ADMITTED else Outcome.REFUSED_BY_APPLICATION
                outcomes.setdefault(key, []).append(seen)
    return outcomes


def _pattern(admitted: list[Seen], refused: list[Seen]) -> str:
    """What the admitted attempts have in common that the refused ones lack, in words."""
    for words, trait in TRAITS:
        inside = {trait(seen) for seen in admitted}
        outside = {trait(seen) for seen in refused}
        if not inside & outside and len(inside) == 1:
            return f", all of them {words} {inside.pop()}"
    return ""


def _version(seen: Seen) -> str:
    return seen.observation.tls.version


def _protocol(seen: Seen) -> str:
    return seen.observation.http.http_version if seen.observation.http else seen.observation.tls.alpn


def _address(seen: Seen) -> str:
    return seen.observation.address


TRAITS = (("over", _version), ("over", _protocol), ("at address", _address))


CHECK: Check = Consistency()
