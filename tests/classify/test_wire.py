"""Classification of exchanges without a response: each ending, each alert, with and without a control."""

import pytest

from specdrift.classify.wire import AMBIGUOUS_ALERTS, CERTIFICATE_ALERTS, UNREADABLE, classify_wire
from specdrift.model.exchange.alerts import ALERTS, NOT_A_REFUSAL
from specdrift.model.exchange.observation import Ending
from specdrift.model.result.verdict import Confidence, Outcome
from tests.classify.exchanges import observed

WITH_HTTP = {Ending.RESPONSE}


@pytest.mark.parametrize("name", sorted({*ALERTS.values(), "alert_255"}))
@pytest.mark.parametrize("through", [True, False])
def test_every_alert_is_classified(name: str, through: bool) -> None:  # noqa: FBT001 - a table's column
    """About the certificate by its name; by a control that is admitted; or inconclusive."""
    reading = classify_wire(observed(Ending.ALERT, alert=name), control_responded=through)
    refused = name in CERTIFICATE_ALERTS or (name in AMBIGUOUS_ALERTS and through)
    assert reading.outcome is (Outcome.REFUSED_IN_TLS if refused else Outcome.INCONCLUSIVE)
    assert (reading.certificate, name in reading.reason) == (refused, True)


@pytest.mark.parametrize(
    ("alert", "alone", "beside"),
    [
        ("certificate_required", Outcome.REFUSED_IN_TLS, Outcome.REFUSED_IN_TLS),
        ("unknown_ca", Outcome.REFUSED_IN_TLS, Outcome.REFUSED_IN_TLS),
        ("decrypt_error", Outcome.REFUSED_IN_TLS, Outcome.REFUSED_IN_TLS),
        ("handshake_failure", Outcome.INCONCLUSIVE, Outcome.REFUSED_IN_TLS),
        ("decode_error", Outcome.INCONCLUSIVE, Outcome.REFUSED_IN_TLS),
        ("internal_error", Outcome.INCONCLUSIVE, Outcome.REFUSED_IN_TLS),
        ("protocol_version", Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE),
        ("unrecognized_name", Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE),
        ("no_application_protocol", Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE),
    ],
)
def test_alerts_of_real_servers_are_classified(alert: str, alone: Outcome, beside: Outcome) -> None:
    """Measured: one defect, many alerts."""
    seen = observed(Ending.ALERT, alert=alert)
    assert classify_wire(seen, control_responded=False).outcome is alone
    assert classify_wire(seen, control_responded=True).outcome is beside


def test_every_listed_alert_has_a_name_of_an_rfc() -> None:
    """A misspelled name would never match."""
    assert set(ALERTS.values()) >= CERTIFICATE_ALERTS | AMBIGUOUS_ALERTS | NOT_A_REFUSAL
    assert not CERTIFICATE_ALERTS & AMBIGUOUS_ALERTS


@pytest.mark.parametrize(
    ("attempts", "through", "outcome"),
    [
        (1, False, Outcome.INCONCLUSIVE),
        (1, True, Outcome.INCONCLUSIVE),
        (2, False, Outcome.INCONCLUSIVE),
        (3, False, Outcome.INCONCLUSIVE),
        (2, True, Outcome.REFUSED_IN_TLS),
        (3, True, Outcome.REFUSED_IN_TLS),
    ],
)
def test_a_close_without_an_alert_needs_a_control_and_a_repetition(
    attempts: int,
    through: bool,  # noqa: FBT001 - a table's column
    outcome: Outcome,
) -> None:
    """Once may be chance; where no certificate is admitted it shows nothing about certificates."""
    reading = classify_wire(observed(Ending.CLOSED, attempts=attempts), control_responded=through)
    assert (reading.outcome, reading.certificate) == (outcome, outcome.refused)
    assert reading.confidence is (Confidence.MEDIUM if outcome.refused else Confidence.HIGH)


@pytest.mark.parametrize(
    ("attempts", "through", "refused"), [(1, True, False), (2, False, False), (2, True, True)]
)
def test_a_refused_stream_needs_a_control_and_a_repetition(
    attempts: int,
    through: bool,  # noqa: FBT001
    refused: bool,  # noqa: FBT001
) -> None:
    """Once may be for too many streams."""
    reading = classify_wire(observed(Ending.STREAM_REFUSED, attempts=attempts), control_responded=through)
    assert reading.outcome is (Outcome.REFUSED_BY_APPLICATION if refused else Outcome.INCONCLUSIVE)


@pytest.mark.parametrize("ending", sorted(UNREADABLE))
@pytest.mark.parametrize("through", [True, False])
def test_no_other_ending_is_an_admission_or_a_refusal(ending: Ending, through: bool) -> None:  # noqa: FBT001
    """Whatever the control got."""
    reading = classify_wire(observed(ending, attempts=3, alert="unknown_ca"), control_responded=through)
    expected = Outcome.UNREACHABLE if ending is Ending.NO_CONNECTION else Outcome.INCONCLUSIVE
    assert (reading.outcome, reading.certificate) == (expected, False)


def test_every_ending_is_classified() -> None:
    """A new one needs a row."""
    assert set(Ending) == {*UNREADABLE, Ending.ALERT, Ending.CLOSED, Ending.STREAM_REFUSED, *WITH_HTTP}


@pytest.mark.parametrize(
    ("detail", "reason"), [("", "no answer in time"), ("10 s", "no answer in time (10 s)")]
)
def test_the_clients_error_text_is_quoted(detail: str, reason: str) -> None:
    """Where it has one."""
    assert classify_wire(observed(Ending.TIMEOUT, detail=detail), control_responded=True).reason == reason
