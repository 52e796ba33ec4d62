"""The security report of GitLab: the members of its schema, one finding for each place, and no false all-clear."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from specdrift.model.result.drift import DriftStatus
from specdrift.model.result.result import Result
from specdrift.reports import RenderOptions, render
from tests.reports import extremes, factory

TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}


def members(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these members and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


PROGRAM = members({"id": TEXT, "name": TEXT, "version": TEXT, "vendor": members({"name": TEXT})})
MESSAGE = members({"level": {"enum": ["info", "warn", "fatal"]}, "value": TEXT})
RESOURCE = members({"type": {"const": "url"}, "method": TEXT, "url": TEXT})
IDENTIFIER = members(
    {"type": TEXT, "name": TEXT, "value": TEXT}, {"url": {"type": "string", "pattern": "^https?://.+"}}
)
DOCUMENT = members(
    {"name": TEXT, "type": {"const": "file-location"}, "file_name": TEXT, "line_start": {"type": "integer"}}
)
CODE = members({"name": TEXT, "type": {"const": "code"}, "value": TEXT, "lang": {"const": "sh"}})
FINDING = members(
    {
        "id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
        "name": {"type": "string", "maxLength": 255},
        "description": {"type": "string", "maxLength": 1048576},
        "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
        "solution": {"type": "string", "maxLength": 7000},
        "identifiers": {"type": "array", "minItems": 1, "items": IDENTIFIER},
        "location": members({"hostname": {"type": "string"}, "path": {"type": "string"}, "method": TEXT}),
        "evidence": members({"summary": {"type": "string"}}),
        "details": members({"document": DOCUMENT}, {"reproduce": CODE}),
    }
)
SCHEMA = Draft202012Validator(
    members(
        {
            "version": {"type": "string", "pattern": r"^15\.\d+\.\d+$"},
            "scan": members(
                {
                    "analyzer": PROGRAM,
                    "scanner": PROGRAM,
                    "type": {"const": "dast"},
                    "start_time": TIME,
                    "end_time": TIME,
                    "status": {"enum": ["success", "failure"]},
                    "messages": {"type": "array", "items": MESSAGE},
                    "scanned_resources": {"type": "array", "items": RESOURCE},
                }
            ),
            "vulnerabilities": {"type": "array", "items": FINDING},
        }
    )
)
"""The members that are written, as GitLab's schema of version 15 describes them."""


def report(result: Result, **options: object) -> dict[str, Any]:
    """The report, checked for form."""
    data = render(result, "gitlab-dast", RenderOptions(**options))  # type: ignore[arg-type]
    assert data.isascii()
    found: dict[str, Any] = json.loads(data)
    SCHEMA.validate(found)
    return found


@pytest.mark.parametrize(
    "result",
    [
        factory.story(),
        factory.consistent(),
        factory.incomplete(),
        factory.hopeless(),
        factory.document_only(),
        extremes.hostile(),
    ],
)
def test_it_has_the_members_of_the_schema(result: Result) -> None:
    """GitLab drops a whole report for one member that it cannot read, and shows one finding for each id."""
    names = [finding["id"] for finding in report(result)["vulnerabilities"]]
    assert len(set(names)) == len(names)


def any_result_fits_the_schema(result: Result) -> None:
    """Of any texts."""
    report(result)


def test_only_a_complete_run_is_a_successful_scan() -> None:
    """After a successful scan GitLab shows what is missing as no longer detected."""
    assert report(factory.consistent())["scan"]["status"] == "success"
    for result in (factory.incomplete(), factory.hopeless(), factory.story()):
        scan = report(result)["scan"]
        assert scan["status"] == "failure"
        assert scan["messages"]
    assert report(factory.hopeless())["scan"]["messages"][0]["level"] == "fatal"


def test_the_callers_of_one_rule_and_operation_are_one_finding() -> None:
    """GitLab compares the first identifier and the location."""
    for result in (extremes.hostile(), factory.story()):
        found = report(result)["vulnerabilities"]
        places = [(one["identifiers"][0]["value"], *one["location"].values()) for one in found]
        assert len(set(places)) == len(places)
    story = factory.story()
    first = next(drift for drift in story.drifts if drift.operation)
    twice = replace(
        story,
        drifts=(first, replace(first, identity="mallory", fingerprint="f" * 16, message="And mallory.")),
    )
    (one,) = report(twice)["vulnerabilities"]
    assert "mallory" in one["description"]


def test_a_finding_has_the_operation_the_line_and_the_weakness() -> None:
    """Everything that a person needs to begin with."""
    found = report(factory.story(), locate=lambda name: f"api/{name}")["vulnerabilities"]
    first = found[0]
    assert first["severity"] == "High"
    assert first["location"]["hostname"] == factory.story().target.base_url
    assert first["location"]["path"].startswith("/")
    assert first["details"]["document"]["file_name"] == "api/openapi.yaml"
    assert [one["type"] for one in first["identifiers"]][:2] == ["specdrift_rule", "cwe"]


def test_accepted_findings_are_not_listed() -> None:
    """As in the other reports for GitLab."""
    story = factory.story()
    accepted = tuple(replace(drift, status=DriftStatus.SUPPRESSED) for drift in story.drifts)
    assert report(replace(story, drifts=accepted))["vulnerabilities"] == []


def test_text_of_others_is_no_markdown() -> None:
    """It loads no picture, mentions no account and makes no link in the list of vulnerabilities."""
    story = factory.story()
    text = "![x](https://evil.example.test/p.png) @all [here](https://evil.example.test) #1 /close"
    drifts = tuple(replace(drift, message=text, remediation=text, title=text) for drift in story.drifts)
    listed = report(replace(story, drifts=drifts))["vulnerabilities"]
    assert listed
    for one in listed:
        for words in (one["description"], one["solution"]):
            outside = re.sub(r"`[^`]*`", "", words)
            assert "evil" not in outside
            assert "@all" not in outside
