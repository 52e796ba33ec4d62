"""Snippets of the rule pages are accepted by the programs they are for."""

from pathlib import Path

import pytest
import yaml

from specdrift.rules.explanation import Fix, Stack
from specdrift.rules.page_reader import explanations
from tests.rules.readers import READERS, balanced, material

FIXES = {
    f"{name}-{stack.name.lower()}": fix
    for name, explanation in explanations().items()
    for stack, fix in explanation.fixes.items()
}
READ = [name for name, fix in FIXES.items() if fix.stack in READERS]
UNREAD = [name for name, fix in FIXES.items() if fix.language in {"rust", "java"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files are that snippets name."""
    made = tmp_path_factory.mktemp("snippets")
    material(made)
    return made


@pytest.mark.servers
@pytest.mark.parametrize("name", READ)
def test_the_server_itself_can_read_the_snippet(name: str, folder: Path) -> None:
    """By its own check of the syntax, which knows every directive; nothing is started."""
    fix = FIXES[name]
    verdict = READERS[fix.stack](fix.snippet, folder)
    assert verdict.readable, verdict.said


@pytest.mark.parametrize("name", [name for name, fix in FIXES.items() if fix.stack is Stack.ENVOY])
def test_a_snippet_for_envoy_names_its_message_and_is_yaml(name: str) -> None:
    """The first line says where the fields belong."""
    first, *_ = FIXES[name].snippet.splitlines()
    fields = yaml.safe_load(FIXES[name].snippet)
    assert first.startswith("# ")
    assert all(isinstance(field, str) and field.islower() for field in fields)


@pytest.mark.parametrize("name", UNREAD)
def test_the_brackets_of_a_program_match(name: str) -> None:
    """Rust and Java are not parsed here."""
    assert list(balanced(FIXES[name].snippet)) == []


def settings_of_spring() -> list[Fix]:
    """Those that are not Java."""
    return [fix for fix in FIXES.values() if fix.language == "properties"]


@pytest.mark.parametrize("fix", settings_of_spring(), ids=lambda fix: fix.snippet.splitlines()[1])
def test_settings_of_spring_are_names_and_values(fix: Fix) -> None:
    """One a line, in lower case with dashes."""
    for line in fix.snippet.splitlines()[1:]:
        name, equals, value = line.partition("=")
        assert (equals, bool(value), name) == ("=", True, name.lower().replace("_", "-"))


@pytest.mark.servers
@pytest.mark.parametrize("stack", READERS)
def test_a_reader_does_not_read_everything(stack: Stack, folder: Path) -> None:
    """A check that cannot fail checks nothing."""
    assert not READERS[stack]("no_such_directive { at all (", folder).readable


def test_brackets_that_do_not_match_are_found() -> None:
    """And those in texts and comments are not counted."""
    assert list(balanced('a(b[c)] // {\nd("}")')) == [")", "]"]
