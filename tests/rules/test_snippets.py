"""Snippets of the rule pages are accepted by the programs they are for."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from specdrift.rules.explanation import Fix, Stack
from specdrift.rules.page_reader import explanations
from specdrift.source.kong.kong_gateway import GATEWAY as KONG
from specdrift.source.traefik.traefik_gateway import GATEWAY as TRAEFIK
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


PROVIDERS = {"file": {"filename": "dynamic.yml"}}
FILES: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "# dynamic file": lambda own: {
        "traefik.yml": {"providers": PROVIDERS, "entryPoints": {"a": {"address": ":1"}}},
        "dynamic.yml": own,
    },
    "# traefik.yml": lambda own: {
        "traefik.yml": {"providers": PROVIDERS, **own},
        "dynamic.yml": {"http": {"routers": {"api": {"rule": "Path(`/`)", "service": "api"}}}},
    },
    "# kong.yml": lambda own: {
        "kong.yml": {"_format_version": "3.0", **own},
        "kong.conf": "proxy_listen = 127.0.0.1:8443 ssl\n",
    },
}
"""The files of a snippet, by its first line."""
READ_HERE = {Stack.TRAEFIK: TRAEFIK, Stack.KONG: KONG}
"""Gateways whose files are read as those of users."""


def not_read(stack: Stack, snippet: str, folder: Path) -> list[str]:
    """Return what of a snippet is not read; its first line names the file."""
    for file, tree in FILES[snippet.splitlines()[0]](yaml.safe_load(snippet)).items():
        (folder / file).write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return [one.what for one in READ_HERE[stack].read(folder).unresolved]


@pytest.mark.parametrize("name", [name for name, fix in FIXES.items() if fix.stack in READ_HERE])
def test_a_snippet_for_a_gateway_is_read(name: str, tmp_path: Path) -> None:
    """As the files of users are: all of it."""
    fix = FIXES[name]
    assert not_read(fix.stack, fix.snippet, tmp_path) == []


@pytest.mark.parametrize(
    ("stack", "snippet"),
    [
        (Stack.TRAEFIK, "# dynamic file\nhttp: {routers: {a: {rule: Path(`/`), guard: b}}}"),
        (Stack.TRAEFIK, "# traefik.yml\nentryPoints: {a: {address: ':1', guard: b}}"),
        (Stack.KONG, "# kong.yml\nplugins: [{name: unheard}]"),
    ],
)
def test_what_a_gateway_does_not_have_is_found(stack: Stack, snippet: str, tmp_path: Path) -> None:
    """A check that cannot fail checks nothing."""
    assert not_read(stack, snippet, tmp_path) != []


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
