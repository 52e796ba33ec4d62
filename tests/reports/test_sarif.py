"""SARIF: valid, at the right line, and the same alert again when lines have moved."""

import gzip
import json
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from specdrift.model.result.drift import Drift, DriftStatus
from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import PreviousComparison, Result
from specdrift.offline.linting import lint
from specdrift.reports import RenderOptions, render
from specdrift.reports.ci.sarif import log as sarif_log
from specdrift.settings import Settings
from tests.examples import examples
from tests.reports import extremes, factory, sarif_tools
from tests.reports.strategies import RESULTS

MADE_UP = {
    "story": factory.story(),
    "consistent": factory.consistent(),
    "incomplete": factory.incomplete(),
    "hopeless": factory.hopeless(),
    "document": factory.document_only(),
    "hostile": extremes.hostile(),
    "big": extremes.big(operations=500, identities=3),
}
NO_HOMEPAGE = "SARIF2005"
"""The tool has no page on the web that it could name."""


def log(result: Result, **options: object) -> dict[str, Any]:
    """The whole log, read back."""
    data = render(result, "sarif", RenderOptions(**options))  # type: ignore[arg-type]
    assert data.isascii()
    found: dict[str, Any] = json.loads(data)
    return found


def run(result: Result, **options: object) -> dict[str, Any]:
    """Its only run."""
    (only,) = log(result, **options)["runs"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize(
    ("urls", "shown"),
    [
        ((), None),
        (("Changelog, https://docs.example.test/changes",), None),
        (
            ("Repository, https://git.example.test/x", "Homepage, https://example.test/x"),
            "https://example.test/x",
        ),
        (("Homepage, not a url",), None),
    ],
)
def test_the_tool_has_the_home_page_of_its_package(
    urls: tuple[str, ...], shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``informationUri`` is what the installed distribution states, and nothing made up."""
    stated = Message()
    for url in urls:
        stated["Project-URL"] = url
    monkeypatch.setattr(sarif_log, "metadata", lambda _: stated)
    sarif_log.homepage.cache_clear()
    try:
        assert run(factory.consistent())["tool"]["driver"].get("informationUri") == shown
    finally:
        sarif_log.homepage.cache_clear()


@pytest.mark.parametrize("name", MADE_UP)
def test_it_fits_the_schema_of_the_standard(name: str) -> None:
    """SARIF 2.1.0, as OASIS published it."""
    sarif_tools.schema().validate(log(MADE_UP[name]))


@pytest.mark.slow
@settings(
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
    max_examples=examples(30),
)
@given(RESULTS)
def test_every_result_fits_the_schema(result: Result) -> None:
    """Whatever a server, a document or an older version put into it, but for lines that no file has."""
    for error in sarif_tools.schema().iter_errors(log(result)):
        assert error.validator == "minimum", error


@pytest.mark.slow
def test_the_multitool_has_no_findings(tmp_path: Path) -> None:
    """Neither by the standard's rules, nor by those of code scanning."""
    logs = [tmp_path / f"{name}.sarif" for name in MADE_UP]
    for path, result in zip(logs, MADE_UP.values(), strict=True):
        path.write_bytes(render(result, "sarif"))
    assert {complaint for complaint in sarif_tools.complaints(*logs) if complaint[0] != NO_HOMEPAGE} == set()


def test_every_rule_is_described_and_scored() -> None:
    """Whether it found something or not: so that an alert closes when its cause is gone."""
    rules = run(factory.consistent())["tool"]["driver"]["rules"]
    by_id = {rule["id"]: rule for rule in rules}
    not_enforced = by_id["mtls-not-enforced"]
    facts = not_enforced["properties"]
    assert facts["tags"][:3] == ["mtls", "security", "external/cwe/cwe-306"]
    assert (facts["precision"], facts["security-severity"]) == ("very-high", "9.1")
    assert not_enforced["help"]["markdown"].startswith("# mtls-not-enforced")
    assert "security-severity" not in by_id["no-operations"]["properties"]
    for rule in rules:
        scored = rule["properties"].get("security-severity", "5.0")
        assert 0 < float(scored) <= 10
        assert len(rule["properties"]["tags"]) <= 10
        assert max(len(rule[name]["text"]) for name in ("shortDescription", "fullDescription")) <= 1024
        assert rule["help"]["text"]


def test_a_result_has_the_deciding_line() -> None:
    """With all four numbers, by the name that the repository has for the file, columns in code points."""
    found = run(factory.story(), locate=lambda name: f"api/{name}")
    assert found["columnKind"] == "unicodeCodePoints"
    version = next(item for item in found["results"] if item["ruleId"] == "mtls-over-enforced")
    assert version["level"] == "warning"
    assert version["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "api/openapi.yaml"},
        "region": {
            "startLine": 108,
            "startColumn": 7,
            "endLine": 108,
            "endColumn": 19,
            "snippet": {"text": "      security: []"},
        },
    }
    (related,) = version["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 104
    assert related["message"]["text"] == "The operation: openapi.yaml:104"
    assert found["tool"]["driver"]["rules"][version["ruleIndex"]]["id"] == "mtls-over-enforced"


def test_a_result_without_a_line_is_at_the_beginning_of_the_document() -> None:
    """Code scanning shows no result without a place."""
    leak = next(item for item in run(factory.story())["results"] if item["ruleId"] == "undocumented-endpoint")
    place = leak["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "openapi.yaml"
    assert place["region"] == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert leak["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == "GET /metrics"


YAML_ROOT = """\
openapi: 3.1.0
info: {title: T, version: "1"}
components: {securitySchemes: {cert: {type: mutualTLS}}}
paths:
  /a:
    $ref: paths/a.json
"""
JSON_ITEM = """\
{
  "get": {
    "responses": {"200": {"description": "é"}},
    "security": [{"other": []}]
  }
}
"""


def test_a_line_behind_a_reference_is_that_of_its_own_file(tmp_path: Path) -> None:
    """YAML refers to JSON; the result stands in the JSON, at the scheme that does not exist."""
    (tmp_path / "paths").mkdir()
    (tmp_path / "openapi.yaml").write_text(YAML_ROOT)
    (tmp_path / "paths" / "a.json").write_text(JSON_ITEM)
    linted = lint(Settings(spec=str(tmp_path / "openapi.yaml")))
    found = run(linted, locate=lambda name: str(Path(name).relative_to(tmp_path)))
    item = next(item for item in found["results"] if item["ruleId"] == "undefined-security-scheme")
    place = item["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "paths/a.json"
    region = place["region"]
    line = JSON_ITEM.splitlines()[region["startLine"] - 1]
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == '"other"'


def moved(drift: Drift, lines: int) -> Drift:
    """The same drift after lines were inserted above it."""
    place = drift.location
    if place is None:
        return drift
    return replace(drift, location=replace(place, line=place.line + lines, end_line=place.end_line + lines))


def test_an_alert_survives_moved_lines() -> None:
    """Its fingerprint is ours; that of the line would be another one, and the alert be closed and opened anew."""
    story = factory.story()
    later = replace(story, drifts=tuple(moved(drift, 40) for drift in story.drifts))
    before, after = run(story)["results"], run(later)["results"]
    assert [item["partialFingerprints"] for item in before] == [item["partialFingerprints"] for item in after]
    assert [item["locations"] for item in before] != [item["locations"] for item in after]


def test_drifts_of_one_line_stay_separate() -> None:
    """Many operations inherit the same `security`: to a hash of the line they would all be one alert."""
    story = factory.story()
    twice = replace(story, drifts=(*story.drifts, story.drifts[0]))
    hashes = [
        (item["ruleId"], item["partialFingerprints"]["primaryLocationLineHash"])
        for item in run(twice)["results"]
    ]
    assert len(set(hashes)) == len(hashes) == 10


def test_operations_that_were_not_judged_are_shown() -> None:
    """As notifications: no result says it, and silence would be a pass."""
    (invocation,) = run(factory.story())["invocations"]
    told = [(item["descriptor"]["id"], item["level"]) for item in invocation["toolExecutionNotifications"]]
    assert told == [("undecided", "warning"), ("skipped", "note"), ("skipped", "note"), ("skipped", "note")]
    assert invocation["exitCode"] == 1
    assert invocation["executionSuccessful"] is True
    (failed,) = run(factory.hopeless())["invocations"]
    assert failed["executionSuccessful"] is False
    assert failed["toolExecutionNotifications"][0]["descriptor"]["id"] == "not-judged"
    (stopped,) = run(
        replace(factory.story(), problem=Problem(kind=ProblemKind.STOPPED, text="the time is over"))
    )["invocations"]
    assert stopped["toolExecutionNotifications"][0]["descriptor"]["id"] == "judged-in-part"
    assert stopped["executionSuccessful"] is False


def test_an_accepted_drift_is_suppressed() -> None:
    """With its reason; the others are marked as not suppressed."""
    found = run(factory.story())["results"]
    assert found[-1]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "the second path is removed in June",
            "properties": {"owner": "payments", "expires": "2026-06-30"},
        }
    ]
    assert all(item["suppressions"] == [] for item in found[:-1])
    assert [item["baselineState"] for item in found].count("new") == 6


def test_without_a_baseline_there_is_no_baseline_state() -> None:
    """An absent member means that it was not checked."""
    story = factory.story()
    fresh = tuple(replace(drift, status=DriftStatus.NEW) for drift in story.drifts)
    (first, *_) = run(replace(story, drifts=fresh, suppressed=()))["results"]
    assert not {"suppressions", "baselineState"} & first.keys()


def test_with_an_earlier_run_every_result_has_a_baseline_state() -> None:
    """Also where all of them are."""
    story = factory.story()
    before = PreviousComparison(source="last.json", run_id="1", started_at=story.started_at)
    fresh = tuple(replace(drift, status=DriftStatus.NEW) for drift in story.drifts)
    states = {item["baselineState"] for item in run(replace(story, drifts=fresh, previous=before))["results"]}
    assert states == {"new"}


def test_uploads_of_several_documents_and_targets_do_not_replace_each_other() -> None:
    """The category is all before the last slash."""
    ids = run(factory.story(), locate=lambda name: f"api/{name}")["automationDetails"]["id"]
    assert ids == "specdrift/api/openapi.yaml/api.example.test:8443/20260314T092653-7f3a"


def many(count: int) -> Result:
    """So many errors, and a warning that stands before them."""
    story = factory.story()
    errors = (replace(story.drifts[0], fingerprint=f"{number:016x}") for number in range(count))
    return replace(story, drifts=(story.drifts[4], *errors))


def test_limits_of_code_scanning_are_kept_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most severe results are those that stay."""
    assert (sarif_log.MOST_RESULTS, sarif_log.KEPT_RESULTS) == (25_000, 5_000)
    monkeypatch.setattr(sarif_log, "MOST_RESULTS", 250)
    monkeypatch.setattr(sarif_log, "KEPT_RESULTS", 50)
    found = run(many(350))
    assert len(found["results"]) == 250
    assert {item["ruleId"] for item in found["results"]} == {"mtls-not-enforced"}
    told = [
        item["message"]["text"]
        for item in found["invocations"][0]["toolExecutionNotifications"]
        if item["descriptor"]["id"] == "cut"
    ]
    assert told == [
        "101 of 351 drifts, the least severe, are not in this file; the JSON result has them.",
        "Code scanning keeps 50 results of a file.",
    ]


def test_as_many_results_as_are_taken_are_small_enough() -> None:
    """10 MB, packed."""
    count = 1000
    packed = len(gzip.compress(render(many(count), "sarif")))
    assert packed * sarif_log.MOST_RESULTS / count < 10 * 1024**2


def test_untrusted_text_becomes_no_link() -> None:
    """Messages of SARIF may hold links (§3.11.6); ours never do."""
    found = run(extremes.hostile())
    told = [*found["results"], *found["invocations"][0]["toolExecutionNotifications"]]
    messages = [item["message"]["text"] for item in told]
    assert any("javascript:" in text for text in messages)
    assert not any("](" in text for text in messages)


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("api/openapi.yaml", "api/openapi.yaml"),
        ("a folder/ünder#1?.yaml", "a%20folder/%C3%BCnder%231%3F.yaml"),
        ("/srv/openapi.yaml", "file:///srv/openapi.yaml"),
        ("https://api.example.test/v1?x=1", "https://api.example.test/v1?x=1"),
        ("<stdin>", "%3Cstdin%3E"),
        ("a:b.yaml", "a%3Ab.yaml"),
    ],
)
def test_names_of_files_become_uris(name: str, uri: str) -> None:
    """Relative ones stay relative (RFC 3986), and nothing in a name is taken for something else."""
    found = run(factory.story(), locate=lambda _name: name)["results"][0]
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
