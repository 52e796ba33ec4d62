"""Code Quality: the fields that GitLab documents, and what it shows of them."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import Result
from specdrift.reports import RenderOptions, render
from tests.reports import extremes, factory

TEXT = {"type": "string", "minLength": 1}
DOCUMENTED = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": False,
            "properties": {
                "description": TEXT,
                "check_name": TEXT,
                "fingerprint": TEXT,
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "additionalProperties": False,
                    "properties": {
                        # A relative path, which does not begin with a dot.
                        "path": {**TEXT, "pattern": "^[^./]"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "additionalProperties": False,
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)
MADE_UP = (
    factory.story(),
    factory.consistent(),
    factory.incomplete(),
    factory.hopeless(),
    factory.document_only(),
    extremes.hostile(),
)


def issues(result: Result, **options: object) -> list[dict[str, Any]]:
    """The findings, checked for form."""
    data = render(result, "gitlab", RenderOptions(**options))  # type: ignore[arg-type]
    assert data.isascii()
    found: list[dict[str, Any]] = json.loads(data)
    DOCUMENTED.validate(found)
    return found


@pytest.mark.parametrize("result", MADE_UP)
def test_it_has_the_documented_fields_and_no_others(result: Result) -> None:
    """GitLab drops a whole report for one finding that it cannot read, and shows one per fingerprint."""
    names = [issue["fingerprint"] for issue in issues(result)]
    assert len(set(names)) == len(names)


def test_a_clean_run_is_an_empty_list() -> None:
    """GitLab compares with it, so it must be there."""
    assert issues(factory.consistent()) == []


def test_findings_stand_at_their_line_the_worst_first() -> None:
    """And what could not be judged comes last: its absence would look like a pass."""
    found = issues(factory.story(), locate=lambda name: f"api/{name}")
    assert [issue["severity"] for issue in found] == ["critical"] * 6 + ["major"] * 2 + ["info"]
    assert found[0]["location"] == {"path": "api/openapi.yaml", "lines": {"begin": 74}}
    assert found[-1]["check_name"] == "undecided"
    assert found[-1]["description"] == (
        "GET /legacy/export could not be judged: the positive control got HTTP 503 three times. "
        "Bring the backend of /legacy/export up, or leave the operation out."
    )


def test_a_finding_is_the_same_one_after_its_line_moved() -> None:
    """The merge request shows neither a new nor a resolved problem."""
    story = factory.story()
    place = story.drifts[0].location
    assert place is not None
    moved = replace(
        story,
        drifts=(replace(story.drifts[0], location=replace(place, line=99, end_line=99)), *story.drifts[1:]),
    )
    before, after = issues(story), issues(moved)
    assert [issue["fingerprint"] for issue in before] == [issue["fingerprint"] for issue in after]
    assert before != after


def test_findings_that_share_a_fingerprint_stay_separate() -> None:
    """Or GitLab would show only the first."""
    story = factory.story()
    twice = replace(story, drifts=(story.drifts[0], story.drifts[0]))
    first, second, _ = (issue["fingerprint"] for issue in issues(twice))
    assert second == f"{first}:2"


def test_a_run_without_verdicts_is_reported_as_such() -> None:
    """An empty list would be a pass."""
    assert issues(factory.hopeless())[0]["check_name"] == "not-judged"
    stopped = issues(
        replace(factory.story(), problem=Problem(kind=ProblemKind.STOPPED, text="the time is over"))
    )[0]
    assert (stopped["check_name"], stopped["severity"]) == ("judged-in-part", "major")


def one_finding_per_fingerprint(result: Result) -> None:
    """Also for arbitrary results."""
    found = json.loads(render(result, "gitlab"))
    assert len({issue["fingerprint"] for issue in found}) == len(found)
