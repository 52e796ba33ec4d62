"""`specdrift mcp`, called by the client of the official SDK."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from specdrift import lint, render
from specdrift.cli.main import cli
from specdrift.demo.certificates import write_certificates
from specdrift.demo.server import running
from specdrift.errors import UsageError

LOCAL = {"lint", "plan", "read_result", "explain", "list_rules"}
DOCUMENT = (files("specdrift.demo") / "openapi.yaml").read_bytes()
CONFIGURATION = """\
spec = "openapi.yaml"
base-url = "https://127.0.0.1:{port}"
checks = ["certificate"]
include-path = ["/accounts", "/transfers"]

[server]
ca-file = "server-ca.pem"

[[identities]]
name = "alice"
cert-file = "alice.pem"
key-file = "alice.key"
roles = ["teller"]
"""

Call = Callable[[str, Mapping[str, Any]], Awaitable[Any]]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a configuration, while the server of the demo that it names is running."""
    folder = tmp_path_factory.mktemp("mcp") / "api"
    folder.mkdir()
    write_certificates(folder)
    (folder / "openapi.yaml").write_bytes(DOCUMENT)
    with running(folder) as port:
        (folder / "specdrift.toml").write_text(CONFIGURATION.format(port=port))
        yield folder


def server_for(config: Path | None, *, root: Path, may_check: bool) -> Any:  # noqa: ANN401 - of the SDK
    """Return the server. The SDK is imported late: that takes a second, and each worker of the suite collects this."""
    from specdrift.mcp import server

    return server.server_for(config, root=root, may_check=may_check)


def called(
    server: Any,  # noqa: ANN401 - a server or the parameters of one
    tool: str,
    **arguments: str,
) -> Any:  # noqa: ANN401 - of the SDK
    """Connect, call one tool, and return its answer."""

    async def conversation() -> Any:  # noqa: ANN401 - of the SDK
        from mcp import Client

        async with Client(server) as client:
            return await client.call_tool(tool, arguments)

    return asyncio.run(conversation())


def tools_of(server: Any) -> dict[str, Any]:  # noqa: ANN401 - of the SDK
    """Return what the server offers: tools by name."""

    async def conversation() -> Any:  # noqa: ANN401 - of the SDK
        from mcp import Client

        async with Client(server) as client:
            return (await client.list_tools()).tools

    return {tool.name: tool for tool in asyncio.run(conversation())}


@pytest.mark.slow
def test_a_check_is_offered_only_where_the_owner_allows_it(stand: Path) -> None:
    """And no tool takes a server, a credential or a command."""
    config = stand / "specdrift.toml"
    assert tools_of(server_for(config, root=stand, may_check=False)).keys() == LOCAL
    offered = tools_of(server_for(config, root=stand, may_check=True))
    assert offered.keys() == LOCAL | {"check"}
    taken = {name: set(tool.input_schema["properties"]) for name, tool in offered.items()}
    assert {name: given for name, given in taken.items() if given} == {
        "lint": {"document"},
        "read_result": {"file"},
        "explain": {"rule"},
    }
    assert all(tool.description for tool in offered.values())
    assert {name for name, tool in offered.items() if tool.annotations.read_only_hint} == LOCAL


@pytest.mark.slow
def test_the_configured_api_is_checked(stand: Path) -> None:
    """Its findings are those of the command."""
    server = server_for(stand / "specdrift.toml", root=stand, may_check=True)
    answer = called(server, "check")
    told = answer.structured_content
    assert not answer.is_error
    assert (told["exit_status"], told["verdict"]) == (1, "Drift")
    assert {(one["rule"], one["operation"]) for one in told["drifts"]} == {
        ("mtls-not-enforced", "GET /transfers")
    }
    assert {one["location"].partition(":")[0] for one in told["drifts"]} == {"openapi.yaml"}


def test_an_argument_that_a_tool_does_not_take_is_an_error(stand: Path) -> None:
    """A model would believe that another server was checked."""
    server = server_for(stand / "specdrift.toml", root=stand, may_check=True)
    answer = called(server, "check", base_url="https://other.test")
    assert (answer.is_error, answer.content[0].text) == (
        True,
        "check does not take base_url; its arguments: none",
    )
    answer = called(server, "explain", rule="mtls-not-enforced", format="html")
    assert answer.content[0].text == "explain does not take format; its arguments: rule"
    assert not called(server, "explain", rule="mtls-not-enforced").is_error
    assert all(tool.input_schema["additionalProperties"] is False for tool in tools_of(server).values())


def test_a_plan_sends_nothing(stand: Path) -> None:
    """It counts requests to the configured server."""
    told = called(
        server_for(stand / "specdrift.toml", root=stand, may_check=False), "plan"
    ).structured_content
    assert told["base_url"].startswith("https://127.0.0.1:")
    assert told["requests"]["total"] == sum(
        count for name, count in told["requests"].items() if name != "total"
    )
    assert told["requests"]["certificate"] > 0


def test_a_document_of_the_folder_is_linted(tmp_path: Path) -> None:
    """Without any configuration."""
    (tmp_path / "api.yaml").write_bytes(DOCUMENT.replace(b"mutualTLS", b"mutualTsl"))
    told = called(server_for(None, root=tmp_path, may_check=False), "lint", document="api.yaml")
    assert not told.is_error
    assert told.structured_content["exit_status"] != 0
    assert "api.yaml:" in str(told.structured_content["drifts"])


@pytest.mark.parametrize("name", ["../secret.yaml", "link.yaml", "/etc/hostname", "a\0b"])
@pytest.mark.parametrize(("tool", "argument"), [("lint", "document"), ("read_result", "file")])
def test_files_outside_of_the_folder_are_not_read(
    tool: str, argument: str, name: str, tmp_path: Path
) -> None:
    """By whatever name."""
    root = tmp_path / "api"
    root.mkdir()
    (tmp_path / "secret.yaml").write_bytes(DOCUMENT)
    (root / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    answer = called(server_for(None, root=root, may_check=False), tool, **{argument: name})
    assert answer.is_error
    assert any(reason in answer.content[0].text for reason in ("leads outside", "not the name of a file"))


@pytest.mark.parametrize("name", ["https://api.test/openapi.yaml", "-"])
def test_neither_a_url_nor_standard_input_is_read(name: str, tmp_path: Path) -> None:
    """The error says so, instead of a file that is missing."""
    answer = called(server_for(None, root=tmp_path, may_check=False), "lint", document=name)
    assert answer.is_error
    assert "reads no URL and no standard input" in answer.content[0].text


def test_a_document_that_cannot_be_read_is_no_pass(tmp_path: Path) -> None:
    """The finding says why."""
    told = called(server_for(None, root=tmp_path, may_check=False), "lint", document="missing.yaml")
    assert told.structured_content["exit_status"] == 2
    assert "missing.yaml" in str(told.structured_content["drifts"])


def test_a_saved_result_is_read(tmp_path: Path) -> None:
    """With the number of further drifts."""
    (tmp_path / "openapi.yaml").write_bytes(DOCUMENT)
    (tmp_path / "result.json").write_bytes(render(lint(tmp_path / "openapi.yaml"), "json"))
    told = called(server_for(None, root=tmp_path, may_check=False), "read_result", file="result.json")
    assert told.structured_content["exit_status"] == 0
    assert told.structured_content["drifts_left_out"] == 0


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("explain", {"rule": "no-such-rule"}, "list_rules"),
        ("plan", {}, "--config FILE"),
        ("read_result", {"file": "missing.json"}, "missing.json"),
    ],
)
def test_what_cannot_be_done_is_an_error_with_its_reason(
    tool: str, arguments: dict[str, str], said: str, tmp_path: Path
) -> None:
    """The model reads it."""
    answer = called(server_for(None, root=tmp_path, may_check=False), tool, **arguments)
    assert answer.is_error
    assert said in answer.content[0].text


def test_rules_are_listed_and_explained(tmp_path: Path) -> None:
    """By the ids of findings."""
    server = server_for(None, root=tmp_path, may_check=False)
    rules = called(server, "list_rules").structured_content
    assert "mtls-not-enforced" in str(rules)
    assert "mtls-not-enforced" in called(server, "explain", rule="mtls-not-enforced").content[0].text


@pytest.mark.slow
def test_the_command_serves_standard_input(stand: Path, tmp_path: Path) -> None:
    """As an assistant starts it."""
    from mcp import StdioServerParameters, stdio_client

    shutil.copytree(stand, tmp_path / "api")
    command = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "specdrift", "mcp", "--config", str(tmp_path / "api" / "specdrift.toml")],
    )
    answer = called(stdio_client(command), "lint")
    assert answer.structured_content["exit_status"] == 0


def test_checks_need_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the API."""
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(cli, ["mcp", "--allow-check"])
    assert isinstance(ended.exception, UsageError)
    assert "--config FILE" in str(ended.exception)
