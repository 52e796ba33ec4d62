"""A name that no file can have is a mistake of its user: exit status 2 and a sentence, never an internal error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from specdrift import UsageError, lint, read_result
from specdrift.cli.main import cli, run
from specdrift.errors import ConfigError, ExitStatus
from specdrift.file_names import usable_names

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = """\
openapi: 3.1.0
info: {title: t, version: "1"}
security: [{m: []}]
paths: {/a: {get: {responses: {}}}}
components: {securitySchemes: {m: {type: mutualTLS}}}
"""
LONG = "a" * 300
LOOP = "loop"
NAMES = (LONG, LOOP, f"{LOOP}/x", f"main:{LONG}", f"{LONG}/x")
ARGUMENTS = {
    "plan": ("openapi.yaml", "https://localhost:1"),
    "lint": ("openapi.yaml",),
    "routes": (".",),
    "report": ("result.json",),
    "merge": ("result.json",),
    "compare": ("result.json", "result.json"),
    "notify": ("result.json",),
}
"""Arguments of the commands that need some."""
OTHERS = {"check", "demo", "mcp", "completion"}
"""Commands that contact a server or serve: `plan` has the options of `check`, and its outputs are below."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with a document, a result, and a link to itself."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "openapi.yaml").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / LOOP).symlink_to(LOOP)
    run(("lint", "openapi.yaml", "-o", "result.json"))
    return tmp_path


def ended(*arguments: str) -> tuple[int, str]:
    """Run a command line and return its exit status and errors."""
    errors: list[str] = []
    return run(arguments, report=errors.append), "\n".join(errors)


def command_lines() -> Iterator[tuple[str, ...]]:
    """Yield each command with one option, or its argument, to which a name can be added."""
    context = click.Context(cli)
    for name in set(cli.list_commands(context)) - OTHERS:
        yield from _lines((name,), cli.get_command(context, name))


def _lines(path: tuple[str, ...], command: click.Command | None) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _lines((*path, name), inner)
    elif command is not None:
        yield path
        for param in command.params:
            if isinstance(param, click.Option) and not param.is_flag:
                yield (*path, *ARGUMENTS.get(path[0], ()), param.opts[0])


@pytest.mark.slow
@pytest.mark.parametrize("line", sorted(command_lines()), ids="-".join)
def test_no_name_is_an_internal_error(line: tuple[str, ...]) -> None:
    """Whatever the option means, the name is refused, or it is none of a file."""
    for name in NAMES:
        status, errors = ended(*line, name)
        assert status != ExitStatus.INTERNAL, (name, errors)


@pytest.mark.parametrize("name", [LONG, LOOP, f"{LONG}/x", "openapi.yaml/x"])
@pytest.mark.parametrize("form", ["-o {}", "--report json={}"])
def test_an_output_is_refused_before_anything_is_sent(here: Path, name: str, form: str) -> None:
    """A report that cannot be written would be lost at the end of the run."""
    line = ("check", "openapi.yaml", "https://localhost:1", *form.format(name).split(" "))
    status, errors = ended(*line)
    assert status == ExitStatus.USAGE
    assert errors.startswith(f"error: cannot write {name}: ")
    assert "cannot be reached" not in errors
    assert ended("lint", "openapi.yaml", "-o", "made/out.json")[0] == ExitStatus.OK
    assert (here / "made" / "out.json").is_file()


def test_a_library_call_raises_usage_errors_only() -> None:
    """Programs catch SpecdriftError."""
    with pytest.raises(UsageError, match="cannot use"):
        lint("openapi.yaml", against=f"main:{LONG}")
    with pytest.raises(ConfigError, match="null byte"):
        lint("openapi.yaml", config="a\0b")
    with pytest.raises(UsageError, match="null byte"):
        read_result(Path("a\0b"))


@pytest.mark.parametrize("table", ["[reports]\njson", "[server]\nca-file", "[loader]\noverlays"])
@pytest.mark.parametrize(
    ("text", "why"), [(r"a\u0000b", "NUL"), ("~no-such-user/x", "home of an unknown user")]
)
def test_a_configured_name_that_no_file_has_is_a_problem_of_its_line(
    here: Path, table: str, text: str, why: str
) -> None:
    """TOML can write what a command line cannot."""
    (here / "specdrift.toml").write_text(f'spec = "openapi.yaml"\n{table} = "{text}"\n', encoding="utf-8")
    status, errors = ended("lint")
    assert (status, "specdrift.toml:3" in errors, why in errors) == (ExitStatus.USAGE, True, True), errors


def test_the_home_folder_is_one_for_every_path(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report goes where a document is read."""
    monkeypatch.setenv("HOME", str(here / "home"))
    (here / "home").mkdir()
    (here / "openapi.yaml").rename(here / "home" / "o.yaml")
    written = 'spec = "~/o.yaml"\nbase-url = "https://localhost:1"\n[reports]\njson = "~/out.json"\n'
    (here / "own.toml").write_text(written, encoding="utf-8")
    ended("check", "--config", "own.toml")
    assert (here / "home" / "out.json").is_file()
    assert not (here / "~").exists()


@pytest.mark.parametrize("name", ["~no-such-user/x", "~no-such-user/*.toml", LONG, LOOP, r"a\u0000b"])
@pytest.mark.parametrize("key", ["spec", "config"])
def test_an_inventory_may_name_no_file_too(here: Path, key: str, name: str) -> None:
    """A service that cannot be read is not checked."""
    text = f'[[services]]\nname = "a"\nbase-url = "https://localhost:1"\n{key} = "{name}"\n'
    (here / "fleet.toml").write_text(text, encoding="utf-8")
    assert ended("fleet", "fleet.toml", "--output", "out")[0] == ExitStatus.USAGE


def test_another_error_of_the_system_stays_an_error() -> None:
    """It may be a mistake of specdrift."""
    for error in (PermissionError(13, "Permission denied", "x"), RuntimeError("x"), ConfigError("x")):
        with pytest.raises(type(error)), usable_names():
            raise error
