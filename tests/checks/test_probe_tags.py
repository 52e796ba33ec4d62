"""Tags: the check recognises its exchanges by them, also in a recording."""

from __future__ import annotations

from msgspec.structs import replace

from specdrift.checks.core.confirm import CONFIRMATIONS, as_control, attempts_of, repeat
from specdrift.model.exchange.identity import ANONYMOUS
from specdrift.model.exchange.probe import Control, Phase, Probe, ProbeTag, Reuse, TlsRange
from specdrift.model.result.result import ProbeRecord
from specdrift.model.result.verdict import Outcome
from specdrift.result.schema.probes import PROBE
from tests.checks.plan_builders import context, http, observation_of, planned, play

TAG = ProbeTag(
    name="X-A + X-B as PEM",
    subject="X-A + X-B",
    headers=("X-A", "X-B"),
    encoding="PEM",
    control=Control.NOISE,
)


def probe(tag: ProbeTag | None) -> Probe:
    """Build a probe of a check."""
    return Probe(
        check="forwarded",
        operation=planned().key,
        identity=ANONYMOUS.name,
        connection=context(planned()).connection(TlsRange.ANY),
        request=planned().request,
        phase=Phase.MAIN,
        tag=tag,
    )


def test_a_tag_survives_a_recording() -> None:
    """Judging a recording again needs only the tag."""
    sent = probe(TAG)
    record = ProbeRecord(probe=sent, observation=observation_of(sent, http(200)), outcome=Outcome.ADMITTED)
    assert PROBE.load(PROBE.dump(record)).probe == sent


def test_a_probe_of_an_older_result_has_no_tag() -> None:
    """A result without the member can be read."""
    sent = probe(None)
    record = ProbeRecord(probe=sent, observation=observation_of(sent, http(200)), outcome=Outcome.ADMITTED)
    older = {name: value for name, value in PROBE.dump(record).items() if name != "tag"}
    assert PROBE.load(older).probe.tag is None


def test_repetitions_are_found_by_the_tag_and_controls_are_not() -> None:
    """The name is for display; only the tag counts."""
    first = replace(probe(replace(TAG, control=None)), variant="another name")
    assert first.tag is not None
    repeated = [*repeat(first)]
    control = replace(first, variant="a control", tag=as_control(first.tag, Control.NOISE))

    class Fixed:
        name, rules = "forwarded", frozenset[str]()

        def plan(self, _: object) -> list[Probe]:
            return [first, *repeated, control]

        def follow_up(self, *_: object) -> list[Probe]:
            return []

    log = play((Fixed(),), context(planned()), lambda _: http(200))  # type: ignore[arg-type]
    found = attempts_of(log, "forwarded", planned().key, [ANONYMOUS.name], first.tag)
    assert [entry.probe.attempt for entry in found] == [1, *range(2, 2 + CONFIRMATIONS)]
    assert {entry.probe.connection.reuse for entry in found[1:]} == {Reuse.FRESH}
