"""Help, and what stands in front of every command."""

import re
import ssl
import subprocess
import sys
from importlib.metadata import version

import click
import pytest

from specdrift import __version__
from specdrift.cli.main import COMMANDS, cli
from specdrift.cli.terminal.ending import NAME
from specdrift.config.keys.catalogue import GROUPS
from specdrift.config.keys.config_key import Section
from specdrift.reports import FORMATS
from tests.cli.conftest import ROOT, Run


def _paths() -> list[tuple[str, ...]]:
    """Every command as it is typed, with those inside groups."""
    found: list[tuple[str, ...]] = []
    context = click.Context(cli)
    for entry in COMMANDS:
        command = cli.get_command(context, entry.name)
        inner = command.commands if isinstance(command, click.Group) else {}
        found += [(entry.name, name) for name in inner] or [(entry.name,)]
    return found


@pytest.mark.parametrize("path", _paths(), ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself_with_examples(
    command: Run, path: tuple[str, ...], option: str
) -> None:
    """What it does, then at least one line to copy, then the options."""
    outcome = command(*path, option)
    assert outcome.status == 0
    assert outcome.err == ""
    assert f"Usage: {NAME} {' '.join(path)}" in outcome.out
    assert outcome.out.index("Examples:") < outcome.out.index("Options:")
    example = outcome.out.split("Examples:")[1].split("Options:")[0]
    assert f"{NAME} {' '.join(path)}" in example


def test_the_first_page_lists_every_command(command: Run) -> None:
    """In the order of use, with what the exit status means."""
    out = command("--help").out
    listed = out.split("Commands:")[1]
    places = [listed.index(f"  {entry.name} ") for entry in COMMANDS]
    assert places == sorted(places)
    assert "130  interrupted" in out


def test_nothing_heavy_is_imported_for_help() -> None:
    """Help comes at once: libraries wait until a command needs them."""
    code = "import sys; from specdrift.cli.main import run; run(['--help']); print(*sys.modules)"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    modules = set(process.stdout.split())
    heavy = {"cryptography", "httpx", "jinja2", "openapi_core", "prance", "rich", "ssl", "yaml", "asyncio"}
    assert not modules & heavy
    own = {name for name in modules if name.startswith(("specdrift.model.", "specdrift.redaction."))}
    assert own == {"specdrift.redaction.known"}


def test_python_m_is_the_same_command() -> None:
    """`python -m specdrift` works where the script is not on the path."""
    process = subprocess.run(
        [sys.executable, "-m", "specdrift", "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert process.stdout == f"{NAME} {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("chek",), "'check'"),
        (("check", "--timout", "1s"), "--timeout"),
        (("explain", "mtls-not-enforce"), '"mtls-not-enforced"'),
        (("check", "--fail-on", "eror"), "'error'"),
        (("config", "shw"), "show"),
        (("schema", "results"), "result"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest(
    command: Run, arguments: tuple[str, ...], hint: str
) -> None:
    """Usage errors exit with 2, name the nearest word, and write nothing to stdout."""
    outcome = command(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert hint in outcome.err


def test_without_a_command_help_is_shown(command: Run) -> None:
    """Nothing to do is a usage error, and help is the answer."""
    outcome = command()
    assert outcome.status == 2
    assert "Commands:" in outcome.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_command(command: Run, shell: str) -> None:
    """What is printed makes the shell ask us."""
    outcome = command("completion", shell)
    assert outcome.status == 0
    assert "_SPECDRIFT_COMPLETE" in outcome.out


@pytest.mark.parametrize(
    ("words", "position", "expected"),
    [
        ("specdrift pl", "1", "plan"),
        ("specdrift check --fail-on w", "3", "warning"),
        ("specdrift config s", "2", "show"),
    ],
)
def test_shell_completion_offers_matching_words(
    command: Run, monkeypatch: pytest.MonkeyPatch, words: str, position: str, expected: str
) -> None:
    """Commands, options' choices and commands inside commands complete."""
    monkeypatch.setenv("_SPECDRIFT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", position)
    assert command().out.splitlines() == [f"plain,{expected}"]


def test_every_option_of_a_key_has_a_heading(command: Run) -> None:
    """The key names it; help of a command with many options lists the option below it."""
    keys = [key for group in GROUPS for key in group.keys if key.option]
    assert [key.option for key in keys if key.section is Section.OTHER] == []
    out = command("check", "--help").out
    headings = [section.value for section in Section if section is not Section.OTHER]
    starts = [out.index(f"\n{heading}:\n") for heading in headings]
    assert starts == sorted(starts)
    scope = _section(out, Section.SCOPE)
    assert "--include-path" in scope
    assert "--timeout" not in scope
    assert "--overlay" in _section(out, Section.DOCUMENT)
    assert "--beside" in _section(out, Section.TARGET)
    assert "--trust-config" in _section(out, Section.CONFIGURATION)
    assert _section(out, Section.OTHER).split() == [
        "-h,",
        "--help",
        "Show",
        "this",
        "message",
        "and",
        "exit.",
    ]


def _section(out: str, section: Section) -> str:
    """The lines below a heading."""
    return re.split(r"\n\w[\w ]*:\n", out.split(f"\n{section.value}:\n")[1])[0]


def test_an_option_alone_has_no_heading_of_its_own(command: Run) -> None:
    """`lint` has one option about time."""
    out = command("lint", "--help").out
    assert f"\n{Section.LIMITS.value}:\n" not in out
    assert "--overall-timeout" in _section(out, Section.OTHER)


def test_help_names_every_format(command: Run) -> None:
    """A new format needs no change of the options."""
    out = " ".join(command("report", "--help").out.split())
    described = re.search(r"--format FORMAT (.*?);", out)
    assert described
    assert set(re.findall(r"[\w-]+", described[1])) - {"or"} == FORMATS.keys()


def test_the_list_of_a_groups_commands_is_not_cut(command: Run) -> None:
    """The first sentence of each command fits a line."""
    for entry in COMMANDS:
        out = command(entry.name, "--help").out
        listed = out.partition("\nCommands:\n")[2]
        assert "..." not in listed, f"shorten the first sentence of a command of {entry.name}: {listed}"


@pytest.mark.slow
def test_a_run_without_a_source_loads_no_parser_of_sources() -> None:
    """It takes a fifth of the start of `check`."""
    code = "import sys; from specdrift.scan import plan, prepare, scan; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {
        name for name in done.stdout.split() if name.startswith(("tree_sitter", "specdrift.source.axum"))
    }


@pytest.mark.parametrize("arguments", [("--version", "--verbose"), ("--verbose", "--version")])
def test_the_version_can_be_printed_with_what_it_runs_on(command: Run, arguments: tuple[str, ...]) -> None:
    """For the report of a defect: no path and no host."""
    out = command(*arguments).out
    assert out.startswith(f"{NAME} {__version__}\n")
    assert f"click {version('click')}\n" in out
    assert ssl.OPENSSL_VERSION in out
    assert str(ROOT) not in out


def test_verbose_before_a_command_is_no_silent_wish(command: Run) -> None:
    """It would change nothing."""
    outcome = command("--verbose", "rules")
    assert outcome.status == 2
    assert "after the command" in outcome.err
