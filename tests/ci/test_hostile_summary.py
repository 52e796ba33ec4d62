"""A summary and a comment show the text of documents and messages as text."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from specdrift import reports
from specdrift.ci.steps import Step
from specdrift.ci.summary import MOST_ERRORS, summary
from specdrift.errors import ExitStatus
from specdrift.redaction import known
from tests.reports import factory

HOSTILE = (
    "[click](https://evil.example)",
    "![picture](https://evil.example/p.png)",
    "https://evil.example/auto",
    "www.evil.example",
    "@owner",
    "#1",
    "owner/repository#1",
    "<img src=x onerror=alert(1)>",
    "</details><script>x</script>",
    "a|b|c",
    "/close",
    ":tada:",
    "`code",
    "\n# Heading\n\n- item",
    "\n::error::x",
    "##vso[task.complete result=Failed]",
)
READER = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")
MARKUP = {"link_open", "image", "html_inline"}


def tokens(text: str) -> set[str]:
    """Return the kinds of tokens that a reader of Markdown finds, without our own."""
    found = [token for token in READER.parse(text) for token in [token, *(token.children or ())]]
    return {
        f"{token.type} {token.content}"
        for token in found
        if token.type in MARKUP and not token.content.startswith(("<sub>", "</sub>"))
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_a_summary_shows_text_as_code(text: str, tmp_path: Path) -> None:
    """In notes, errors, titles, paths and messages."""
    result = factory.document_only()
    drift = replace(result.drifts[0], title=text, message=text, subject=text, remediation=text)
    document = replace(result.document, title=text, source=text)
    step = Step(name="lint", status=1, result=tmp_path / "lint.json", errors=(text, f"word {text}"))
    hostile = replace(result, drifts=(drift,), document=document)
    step.result.write_bytes(reports.render(hostile, "json"))
    step.report("markdown").write_bytes(reports.render(hostile, "markdown"))
    shown = summary([step], ExitStatus.DRIFT, notes=[text])
    assert tokens(shown) == set()
    plain = READER.parse(shown)
    outside = "".join(
        child.content for token in plain for child in token.children or () if child.type == "text"
    )
    assert not any(mark in outside for mark in ("@", "#1", "https:", "www.", ":tada:", "##vso["))
    assert not any(line.lstrip().startswith(("/close", "::")) for line in shown.splitlines())


def test_a_summary_has_few_errors_and_no_secret(tmp_path: Path) -> None:
    """A comment has a limited size."""
    known.remember(["summary-secret-4711"])
    errors = tuple(f"error {number} summary-secret-4711" for number in range(500))
    step = Step(name="lint", status=2, result=tmp_path / "lint.json", errors=errors)
    shown = summary([step], ExitStatus.USAGE, notes=["got SUMMARY%2dSECRET-4711"])
    assert "4711" not in shown
    assert f"and {500 - MOST_ERRORS} more, in the log" in shown
