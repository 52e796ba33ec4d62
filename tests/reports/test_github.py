"""Annotations: what the runner of GitHub Actions reads out of a log."""

import re

import pytest
from msgspec.structs import replace

from specdrift.model.result.problem import Problem, ProblemKind
from specdrift.model.result.result import Result
from specdrift.reports import RenderOptions, render
from tests.reports import extremes, factory

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def lines(result: Result, **options: object) -> list[str]:
    """The log."""
    return render(result, "github", RenderOptions(**options)).decode().splitlines()  # type: ignore[arg-type]


def commands(result: Result) -> list[tuple[str, dict[str, str], str]]:
    """Level, properties and message of every annotation, read as the runner reads them."""
    found = [match for line in lines(result) if (match := COMMAND.fullmatch(line))]
    return [(m[1], dict(part.split("=", 1) for part in m[2].split(",")), m[3]) for m in found]


def test_every_active_drift_is_annotated_at_its_line() -> None:
    """The worst first; the accepted one is not among them, and what is undecided is."""
    found = commands(factory.story())
    assert [(level, properties["title"].split()[-1].strip("()")) for level, properties, _ in found] == [
        ("error", "mtls-not-enforced"),
        ("error", "mtls-not-enforced"),
        ("error", "invalid-certificate-accepted"),
        ("error", "invalid-certificate-accepted"),
        ("error", "undocumented-endpoint"),
        ("error", "undefined-security-scheme"),
        ("warning", "mtls-over-enforced"),
        ("warning", "valid-certificate-refused"),
        ("warning", "Undecided"),
    ]
    _, properties, message = found[6]
    assert properties == {
        "file": "openapi.yaml",
        "line": "108",
        "endLine": "108",
        "col": "7",
        "endColumn": "19",
        "title": "A client certificate is required although the document does not require one (mtls-over-enforced)",
    }
    assert message.startswith("GET /version admits callers")


def test_callers_who_meet_the_same_share_an_annotation() -> None:
    """Ten are few; forty bad certificates on one operation are one piece of news."""
    story = factory.story()
    first = replace(story.drifts[0], message="it is open")
    others = [replace(first, identity=name) for name in ("alice", "bob")]
    apart = replace(first, subject="x-ssl-cert", message="a header is trusted")
    found = commands(replace(story, drifts=(first, *others, apart), undecided=()))
    assert [message for _, _, message in found[:2]] == [
        "GET /items/{id}: it is open Likewise: anonymous, bob.",
        "GET /items/{id}: a header is trusted",
    ]


def test_a_file_is_named_as_its_repository_has_it() -> None:
    """The folder in which specdrift ran does not matter."""
    found = lines(factory.story(), locate=lambda name: f"api/{name}")
    assert sum("file=api/openapi.yaml," in line for line in found) == 9


def test_what_the_runner_would_drop_is_in_the_log() -> None:
    """Ten annotations of a level, of which the last one counts the others."""
    found = lines(extremes.big(operations=1000, identities=3))
    assert sum(line.startswith("::error") for line in found) == 10
    assert "::error title=specdrift::and 11 more errors: " in found[10]
    assert sum(line.startswith("error: openapi.yaml:11: GET /collection-") for line in found) == 11


def test_a_run_that_judged_nothing_is_an_error() -> None:
    """No drift was found, and that is not what the reader must believe."""
    level, properties, message = commands(factory.hopeless())[0]
    assert (level, properties["line"]) == ("error", "1")
    assert message == "alice, who should be admitted, was refused everywhere: nothing can be judged."


def test_a_run_that_was_stopped_is_a_warning_beside_its_drifts() -> None:
    """What it judged counts; that it is not whole is said as well."""
    (told,) = [
        command
        for command in commands(
            replace(factory.story(), problem=Problem(kind=ProblemKind.STOPPED, text="the time is over"))
        )
        if command[2] == "the time is over"
    ]
    assert (told[0], told[1]["title"]) == ("warning", "specdrift could not judge everything")


@pytest.mark.parametrize(
    "text",
    [
        "a\n::add-mask::x",
        "a\r\n::error::y",
        "\x85::stop-commands::z",
        "\u2028::set-output name=a::b",
        "##[add-path]/evil",
        "x,line=9::injected::message",
        "100%25 %0A::error::y",
    ],
)
def test_no_untrusted_text_is_a_command(text: str) -> None:
    """A message cannot begin a line, a property cannot end itself, and the old syntax is broken up."""
    story = factory.story()
    first = replace(story.drifts[0], message=text, title=text, rule=text)
    assert first.location is not None
    first = replace(first, location=replace(first.location, file=text))
    before, after = lines(story), lines(replace(story, drifts=(first, *story.drifts[1:])))
    assert len(after) == len(before)
    assert [line.split()[0] for line in after if line.startswith("::")] == [
        line.split()[0] for line in before if line.startswith("::")
    ]
    assert not any("##[" in line for line in after)
    assert all(len(line.split("::")) >= 3 for line in after if line.startswith("::"))


def test_properties_say_what_they_were_given() -> None:
    """Reading them back as the runner does gives the text again."""
    story = factory.story()
    odd = "50%, a:b,c"
    found = commands(replace(story, drifts=(replace(story.drifts[0], title=odd, rule="r"),), undecided=()))
    assert found[0][1]["title"] == "50%25%2C a%3Ab%2Cc (r)"


def test_hostile_text_stays_on_its_line() -> None:
    """Every line is the verdict, a command or a line of the log."""
    found = lines(extremes.hostile())
    assert found
    for line in found:
        assert re.match(r"(Drift: |::(error|warning|notice) |(error|warning|note): )", line)
        assert line.isprintable()


def every_command_is_one_that_the_runner_knows(result: Result) -> None:
    """And at most ten of a level."""
    known = [match for line in lines(result) if (match := COMMAND.fullmatch(line))]
    assert len(known) == sum(line.lstrip().startswith("::") for line in lines(result))
    levels = [match[1] for match in known]
    assert max((levels.count(level) for level in set(levels)), default=0) <= 10
