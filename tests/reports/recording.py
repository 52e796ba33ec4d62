"""Makes a picture of what `specdrift demo` prints, line after line: `./dev example` keeps it in examples/report.

The text is that of a real run. The picture needs no script and loads nothing; where motion is unwanted, it is still.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from xml.sax.saxutils import escape

from rich.ansi import AnsiDecoder
from rich.color import ColorType
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

COLUMNS, ROWS = 100, 34
CHARACTER, LINE, EDGE = 8.4, 18, 16
"""Width of a character, height of a line and the margin, in pixels."""
TYPED, PROGRESS, EACH, LAST = 1.5, 0.08, 0.35, 4.0
"""Seconds until the first line, between lines of the progress, between others, and at the end."""
PROMPT = "$ specdrift demo"
STYLE = """\
svg { background: #1c1e24; font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
text { fill: #d6d7dc; white-space: pre; }
@media (prefers-reduced-motion: no-preference) {
 .line { animation: shown 1ms both; }
 .screen { animation: scrolled %ss both; }
}
@keyframes shown { from { visibility: hidden; } to { visibility: visible; } }
@keyframes scrolled {
%s
}
"""


def recorded() -> str:
    """Run the demo, and return its picture."""
    with tempfile.TemporaryDirectory(prefix="specdrift-recording-") as folder:
        environ = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1"}
        command = [sys.executable, "-P", "-m", "specdrift", "demo", "--color=always"]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
    return picture(anywhere(done.stdout))


def anywhere(text: str) -> str:
    """The text without the folder of this run, which is another one each time."""
    return re.sub(r"/\S*specdrift-private-\w+/", "/tmp/demo/", text)


def picture(text: str) -> str:
    """Return an SVG of a terminal that shows the text."""
    lines = [Text(PROMPT, style="bold"), Text(""), *_wrapped(text)]
    times = list(_times(lines))
    whole = times[-1] + LAST
    frames = [
        f" {100 * time / whole:.2f}% {{ transform: translateY({-LINE * max(0, number - ROWS + 1)}px); }}"
        for number, time in enumerate(times)
        if number == 0 or number >= ROWS - 1
    ]
    frames.append(f" 100% {{ transform: translateY({-LINE * max(0, len(lines) - ROWS)}px); }}")
    width, height = round(COLUMNS * CHARACTER + 2 * EDGE), ROWS * LINE + 2 * EDGE
    rows = "\n".join(_row(line, number, times[number]) for number, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="specdrift demo in a terminal">\n<style>\n'
        f"{STYLE % (f'{whole:.2f}', chr(10).join(_stepped(frames)))}</style>\n"
        f'<svg x="{EDGE}" y="{EDGE}" width="{width - 2 * EDGE}" height="{height - 2 * EDGE}">\n'
        f'<g class="screen">\n{rows}\n</g>\n</svg>\n</svg>\n'
    )


def _times(lines: list[Text]) -> Iterator[float]:
    """Yield when each line appears. The progress comes before the first line in colour, and is not read."""
    yield 0.0
    time, coloured = TYPED, False
    for line in lines[1:]:
        yield time
        coloured = coloured or bool(line.spans)
        time += EACH if coloured else PROGRESS


def _stepped(frames: list[str]) -> list[str]:
    """Let each frame hold until the next: lines jump, as in a terminal."""
    return [frame.replace("{ ", "{ animation-timing-function: step-end; ") for frame in frames]


def _wrapped(text: str) -> list[Text]:
    """Decode the colours, and break lines that are wider than the terminal."""
    found: list[Text] = []
    for line in AnsiDecoder().decode(text.rstrip("\n")):
        cuts = range(COLUMNS, max(len(line), 1), COLUMNS)
        found += line.divide(cuts)
    return found


def _row(line: Text, number: int, time: float) -> str:
    """Return one line; each span begins at the column where the terminal has it."""
    spans = "".join(
        f'<tspan x="{offset * CHARACTER:.1f}" textLength="{len(part) * CHARACTER:.1f}"{_colour(part, line)}>'
        f"{escape(part.plain)}</tspan>"
        for offset, part in _parts(line)
        if part.plain.strip()
    )
    return f'<text class="line" y="{LINE * number + 13}" style="animation-delay:{time:.2f}s">{spans}</text>'


def _parts(line: Text) -> list[tuple[int, Text]]:
    """Return the parts of one style, each with its column."""
    edges = sorted({0, len(line), *(place for span in line.spans for place in (span.start, span.end))})
    parts = list(line.divide(edges[1:-1])) if len(edges) > 1 else []
    return [(edges[index], part) for index, part in enumerate(parts)]


def _colour(part: Text, line: Text) -> str:
    style = Style.combine([Style.parse(str(span.style)) for span in part.spans] or [Style.null()])
    if isinstance(line.style, Style):
        style = line.style + style
    found = ""
    if style.color is not None and style.color.type is not ColorType.DEFAULT:
        red, green, blue = style.color.get_truecolor(MONOKAI)
        found += f' fill="#{red:02x}{green:02x}{blue:02x}"'
    found += ' font-weight="bold"' if style.bold or line.style == "bold" else ""
    return found + (' opacity="0.7"' if style.dim else "")
