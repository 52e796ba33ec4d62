"""Markdown: the summary of a job and the comment on a merge request."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import PreviousComparison, Result
from specdrift.reports import RenderOptions, render
from tests.reports import extremes, factory

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
LIMIT = 60_000
MADE_UP = [
    factory.story,
    factory.consistent,
    factory.incomplete,
    factory.hopeless,
    factory.document_only,
    extremes.hostile,
    extremes.big,
]
OWN = set(
    "code details em h2 h3 li p pre strong sub summary table tbody td th thead tr ul".split()  # noqa: SIM905
)
"""Elements that the format has."""
OURS = re.compile(r"</?(?:details|summary|sub|code)>|<!-- specdrift -->")


def written(result: Result, **options: object) -> str:
    """The document."""
    return render(result, "markdown", RenderOptions(**options)).decode()  # type: ignore[arg-type]


def kinds(text: str) -> set[str]:
    """Every kind of token in it."""
    tokens = READER.parse(text)
    return {token.type for block in tokens for token in (block, *(block.children or ()))}


def test_the_verdict_comes_first_and_the_worst_after_it() -> None:
    """A reader who stops after ten lines knows what matters."""
    text = written(factory.story())
    assert text.startswith(
        "<!-- specdrift -->\n## ✗ Drift\n\n**specdrift:** 3 of 7 operations that require client certificates"
    )
    headings = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert headings == [
        "✗ error: No client certificate is needed",
        "✗ error: A certificate that must be refused is admitted",
        "✗ error: An undocumented endpoint answers",
        "✗ error: A security requirement names a scheme that is not defined",
        "! warning: A client certificate is required although the document does not require one",
        "! warning: A valid client certificate is refused",
        "? Undecided",
        "Operations with drift or undecided",
        "Undocumented endpoints",
        "Skipped",
        "Accepted by the baseline",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "**6 errors**, 2 warnings, 0 notes, 1 accepted by the baseline, 1 undecided, 3 skipped.",
        "- **`GET /items/{id}`** as `anonymous` · `api/openapi.yaml:11`: GET `/items/{id}` requires a client",
        "| `GET /legacy/export` | the positive control got HTTP 503 three times | Bring the backend of `/legacy",
        "| ✗ | `GET /version` | optional | ✗ refused 401 | ✓ admitted 200 | ✓ admitted 200 | · refused TLS |",
        "✓ 7 consistent.",
        "| `GET /metrics` | leaks | 200 | `anonymous`, `alice`, `bob` |",
        "| `POST /items, DELETE /items/{id}` | POST may change things: only the handshake was made |",
    ],
)
def test_the_comment_has_the_line(line: str) -> None:
    """Drifts with their lines, what is undecided and what would decide it, and the cells of the matrix."""
    assert line.replace("POST /items, DELETE /items/{id}", "POST /items") in written(
        factory.story(), locate=lambda name: f"api/{name}"
    )


def test_a_clean_run_is_short() -> None:
    """Where all is consistent, the comment is short."""
    text = written(factory.consistent())
    assert text.startswith("<!-- specdrift -->\n## ✓ Consistent")
    assert "###" not in text
    assert len(text) < 600


def test_reasons_and_commands_are_collapsed() -> None:
    """With the command that shows it again."""
    text = written(factory.story())
    assert text.count("<details>") == text.count("</details>") == 6
    assert "```sh\ncurl --cacert server-ca.pem -i https://api.example.test:8443/v1/admin/users\n```" in text
    assert "**Fix:** Put the operation behind" in text


@pytest.mark.slow
@pytest.mark.parametrize("make", MADE_UP)
def test_no_untrusted_text_becomes_markup(make: Callable[[], Result]) -> None:
    """No link, picture or element that we did not write; no line that GitLab takes for a command."""
    text = written(make())
    assert not {"link_open", "image", "s_open"} & kinds(text)
    html = [token for block in READER.parse(text) for token in (block, *(block.children or ()))]
    found = [token.content for token in html if token.type in ("html_inline", "html_block")]
    ours = "".join(OURS.sub("", content) for content in found)
    assert "<" not in ours
    assert not [line for line in text.splitlines() if line.startswith("/")]


def markdown_stays_small_and_inert(result: Result) -> None:
    """Arbitrary results."""
    text = written(result)
    assert len(text.encode()) <= LIMIT
    assert not {"link_open", "image", "s_open", "code_block"} & kinds(text)


def test_a_large_run_fits_and_names_the_omissions() -> None:
    """Every operation drifts separately, and every caller is shown."""
    big = extremes.big(operations=100, identities=12)
    many = tuple(
        replace(drift, rule=f"rule-{n}", message="x" * 500) for n, drift in enumerate(big.drifts * 200)
    )
    text = written(replace(big, drifts=many))
    assert 50_000 < len(text.encode()) <= LIMIT
    cut = re.search(r"^> \*\*Cut to fit:\*\* (.*) not shown here\. The JSON and HTML", text, re.MULTILINE)
    assert cut is not None
    assert re.fullmatch(r"3\d\d causes", cut[1])


def test_no_cause_displaces_the_others() -> None:
    """Ten of a cause are listed; the others are named and counted."""
    story = factory.story()
    many = tuple(
        replace(story.drifts[-1], operation=None, location=None, subject=str(n), message=f"number {n}")
        for n in range(200)
    )
    text = written(replace(story, drifts=(*many, *story.drifts)))
    assert text.count("number ") == 10
    assert "And 191 more: `GET /metrics`." in text
    assert "### ! warning: A valid client certificate is refused" in text


def test_callers_with_one_outcome_share_a_line() -> None:
    """Seven certificates on each of three operations are three lines."""
    text = written(factory.story())
    assert "2 drifts:\n\n- **`GET /admin/users`** as `self-signed`" in text
    story = factory.story()
    both = (story.drifts[0], replace(story.drifts[0], identity="old-alice"))
    assert "**`GET /items/{id}`** as `anonymous`, `old-alice` · `openapi.yaml:11`: GET" in written(
        replace(story, drifts=both)
    )


def test_changes_since_an_earlier_run_are_shown() -> None:
    """What is new is marked, and what is fixed is listed: the comment on a merge request is read for that."""
    story = factory.story()
    before = PreviousComparison(
        source="last.json", run_id="1", started_at=story.started_at, fixed=(story.drifts[4], story.drifts[5])
    )
    text = written(replace(story, previous=before))
    assert "Compared: Since `last.json` (2026-03-14 `09:26` UTC): 6 new, 2 fixed, 2 unchanged" in text
    assert "`openapi.yaml:74` *(new)*: GET `/admin/users` requires" in text
    assert "*(known, medium confidence)*" in text
    assert (
        "### ✓ Fixed\n\n| rule | what |\n| --- | --- |\n| `mtls-over-enforced` | `GET /version as anonymous` |"
        in text
    )


def test_the_reader_of_github_finds_no_link(tmp_path: Path) -> None:
    """Its own program, which also looks for addresses in running text."""
    reader = shutil.which("cmark-gfm")
    if reader is None:
        pytest.skip("cmark-gfm is not here: ./dev test installs it where it is packaged")
    extra = " https://evil.test/x www.evil.test me@evil.test ![i](http://x) <http://x> a|b `a|b` \\|x /close"
    hostile = extremes.hostile()
    drifts = tuple(replace(drift, message=drift.message + extra, title=extra) for drift in hostile.drifts)
    told = tuple(replace(item, reason=extra, how_to_decide=extra) for item in hostile.undecided)
    (tmp_path / "a.md").write_text(
        written(
            replace(
                hostile,
                problem=Problem(kind=ProblemKind.NO_CONTROL, text=extra),
                drifts=drifts,
                undecided=told,
            )
        )
    )
    extensions = (
        part for name in ("table", "strikethrough", "autolink", "tasklist") for part in ("-e", name)
    )
    command: list[str | Path] = [reader, "--unsafe", *extensions, tmp_path / "a.md"]
    html = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "evil.test" in html
    assert set(re.findall(r"<([a-z]\w*)", html)) <= OWN


def test_a_run_without_verdicts_begins_with_that() -> None:
    """In the place of a count of drifts that would be 0."""
    text = written(factory.hopeless())
    assert text.splitlines()[1] == "## ? Not judged"
    assert text.splitlines()[3].startswith(
        "**specdrift:** alice, who should be admitted, was refused everywhere"
    )
