"""The recording of the demo: text only, complete, and true."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from specdrift.demo.api import PLANTED
from tests.reports import example, recording

SVG = "{http://www.w3.org/2000/svg}"
KEPT = example.TARGET / example.DEMO


def shown(content: str) -> list[str]:
    """The text of each line of a picture, columns kept."""
    found = []
    for line in ET.fromstring(content).iter(f"{SVG}text"):  # noqa: S314 - our own
        text = ""
        for span in line:
            column = round(float(span.attrib["x"]) / recording.CHARACTER)
            text = text.ljust(column) + (span.text or "")
        found.append(text)
    return found


def test_the_recording_in_the_repository_has_what_the_demo_finds() -> None:
    """`./dev example` makes it again."""
    lines = shown(KEPT.read_text(encoding="utf-8"))
    assert lines[0] == recording.PROMPT
    text = "\n".join(lines)
    assert {rule for rule, _ in PLANTED if rule not in text} == set()
    assert {where for _, where in PLANTED if where not in text} == set()
    assert f"found each of {len(PLANTED)} planted drifts, and nothing else" in re.sub(r"\s+", " ", text)


def test_it_loads_and_runs_nothing() -> None:
    """It is shown in a README."""
    content = KEPT.read_text(encoding="utf-8")
    root = ET.fromstring(content)  # noqa: S314 - our own
    elements = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert elements == {"svg", "style", "g", "text", "tspan"}
    assert not re.search(r"href|url\(|@import|specdrift-private", content)


def test_text_is_text_in_its_column_and_colour() -> None:
    """Markup of a server is shown as it is; a wide line is broken where the terminal breaks it."""
    wide = "x" * (recording.COLUMNS + 5)
    content = recording.picture(f"\x1b[31mred\x1b[0m  <b>&amp;\n\n{wide}\n")
    assert shown(content)[2:] == ["red  <b>&amp;", "", "x" * recording.COLUMNS, "xxxxx"]
    assert len(re.findall(r'fill="#[0-9a-f]{6}"', content)) == 1


def test_a_long_run_scrolls_to_its_end_and_a_short_one_stays() -> None:
    """The last line is seen."""
    hidden = 7
    long = recording.picture("a\n" * (recording.ROWS + hidden - 2))
    assert (
        f"100% {{ animation-timing-function: step-end; transform: translateY({-recording.LINE * hidden}px)"
        in long
    )
    assert "translateY(-" not in recording.picture("a\n")
