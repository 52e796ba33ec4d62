"""Line ends of YAML 1.1 that are none in YAML 1.2."""

from pathlib import Path

import pytest

from specdrift.model.contract.requirement import Demand
from tests.loader.documents import loaded, refusals, written

TEXT = """openapi: 3.1.0
info: {title: t, version: "1"}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
paths:
  /a:
    get:
      summary: a summary
      x: 1
      responses: {}
security: [{mtls: []}]
"""
BREAKS = ("\x85", "\u2028", "\u2029")


@pytest.mark.parametrize("character", BREAKS)
@pytest.mark.parametrize(
    ("was", "now", "line"),
    [
        ("x: 1", "x: 1 # c{}      security: []", 8),
        ("x: 1", "x: 1 # c{}# c{}      security: []", 8),
        ("x: 1", "x: text{}      security: []", 8),
        ("info:", "# c{}security: []\ninfo:", 2),
        ("[{mtls: []}]", "[{mtls: []}] # {}x-more: 1", 10),
        ("mutualTLS", "mutualTLS{}", 3),
    ],
)
def test_a_text_that_readers_take_apart_differently_is_refused(
    tmp_path: Path, character: str, was: str, now: str, line: int
) -> None:
    """One takes the rest for a comment, the other for a member: neither is more right."""
    written(tmp_path, TEXT.replace(was, now.replace("{}", character)))
    (found,) = refusals(tmp_path)
    assert found.location is not None
    assert found.location.line == line
    assert f"U+{ord(character):04X} ends a line in YAML 1.1" in found.message


@pytest.mark.parametrize("character", BREAKS)
@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("a summary", '"a {} summary"'),
        ("a summary", "'a {} summary'"),
        ("a summary", "|\n        a {}        summary"),
        ("x: 1", "x: 1 # c{}"),
    ],
)
def test_text_without_another_structure_is_read(tmp_path: Path, character: str, was: str, now: str) -> None:
    """In quotes and blocks it is a character like others; after a comment nothing follows."""
    written(tmp_path, TEXT.replace(was, now.replace("{}", character)))
    assert [one.requirement.demand for one in loaded(tmp_path).operations] == [Demand.REQUIRED]
