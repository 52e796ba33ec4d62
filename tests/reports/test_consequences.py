"""What drifts mean for clients: by the rule and by who is admitted, never more than was shown."""

import pytest
from msgspec.structs import replace

from specdrift.model.exchange.identity import ANONYMOUS, ClientIdentity
from specdrift.model.result.drift import Drift, Severity
from specdrift.model.result.result import Result
from specdrift.reports.content.consequences import SHOWN, ClientEffect, consequences
from specdrift.rules import RULES
from tests.reports import factory, parts
from tests.reports.parts import ALICE, operation

A, B = operation("GET", "/a", 1), operation("GET", "/b", 2)


def shown(
    rule: str, who: ClientIdentity | None, *, at: str = "/a", severity: Severity | None = None
) -> Drift:
    """A drift that a probe shows."""
    made = parts.drift(rule, {"/a": A, "/b": B}.get(at), who, "")
    return replace(made, probes=("p",), severity=severity or made.severity)


def said(*drifts: Drift) -> list[tuple[str, str, str]]:
    """Word, places and first words of each consequence of a run with these drifts."""
    run: Result = replace(factory.consistent(), exit_status=1, drifts=drifts)
    return [(one.badge.word, one.places, one.text) for one in consequences(run)]


def test_an_altered_request_does_not_make_an_operation_open_to_everybody() -> None:
    """One operation needs no certificate; the other one requires it, and a header replaces it."""
    first, second = said(
        shown("mtls-not-enforced", ANONYMOUS),
        shown("forwarded-certificate-trusted", ANONYMOUS, at="/b"),
    )
    assert first[:2] == ("Open", "GET /a")
    assert first[2].startswith("1 place needs no certificate")
    assert second[:2] == ("Open", "GET /b")
    assert second[2].startswith("1 place requires a certificate, and can be reached otherwise")


def test_what_is_open_to_everybody_is_not_listed_again() -> None:
    """A wrong certificate changes nothing where none is needed."""
    (only,) = said(
        shown("mtls-not-enforced", ANONYMOUS), shown("invalid-certificate-accepted", factory_identity())
    )
    assert only[1] == "GET /a"


def factory_identity() -> ClientIdentity:
    """A certificate that must be refused."""
    return next(who for who in factory.story().identities if not who.is_control and who != ANONYMOUS)


@pytest.mark.parametrize(
    ("who", "severity", "word"),
    [
        (ANONYMOUS, Severity.ERROR, "Open"),
        (ANONYMOUS, Severity.WARNING, "Open"),
        (ANONYMOUS, Severity.NOTE, "Undocumented"),
        (ALICE, Severity.WARNING, "Undocumented"),
        (ALICE, Severity.ERROR, "Undocumented"),
    ],
)
def test_an_undocumented_endpoint_is_open_if_it_serves_anybody(
    who: ClientIdentity, severity: Severity, word: str
) -> None:
    """A warning that data are served without a certificate is no weakness beside a certificate that decides."""
    ((found, _, text),) = said(shown("undocumented-endpoint", who, at="", severity=severity))
    assert found == word
    assert "decides as declared" not in text


@pytest.mark.parametrize(
    ("rule", "who", "words"),
    [
        ("certificate-never-requested", None, "1 place requests no client certificate"),
        ("data-in-refusal", ANONYMOUS, "1 place refuses clients, who get data"),
        ("effect-despite-refusal", ANONYMOUS, "1 place refuses clients, who get data"),
        ("role-not-enforced", ALICE, "1 place requires a certificate, and can be reached otherwise"),
        (
            "session-replaces-certificate",
            ANONYMOUS,
            "1 place requires a certificate, and can be reached otherwise",
        ),
        ("session-outlives-certificate", ANONYMOUS, "The certificate decides as declared"),
        ("mtls-over-enforced", ANONYMOUS, "Clients are refused"),
    ],
)
def test_each_sort_of_rule_has_its_own_words(rule: str, who: ClientIdentity | None, words: str) -> None:
    """A refusal that discloses something admits no client."""
    ((_, _, text),) = said(shown(rule, who))
    assert text.startswith(words)


def test_every_effect_has_words_and_every_rule_has_an_effect() -> None:
    """A new rule cannot break the page."""
    assert set(SHOWN) == set(ClientEffect)
    assert all(len(said(shown(rule, ANONYMOUS))) == 1 for rule in RULES)
