"""Text of documents, servers and files commands neither a terminal nor a CI system, on no stream."""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from specdrift.cli.main import run
from specdrift.cli.terminal import crash, streams
from specdrift.redaction import known
from specdrift.reports import FORMATS
from specdrift.result.printable import (
    json_without_commands,
    log_line,
    printable,
    without_commands,
    xml_without_commands,
)
from tests.scan.small_api import listening
from tests.servers.conftest import pki
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.servers.pki import TestPki

__all__ = ["pki"]

HOSTILE = {
    "colour": "\x1b[31mred\x1b[0m",
    "title of the window": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "one-byte escape": "\x9b2J\x9d0;x\x9c",
    "line of GitHub": "\n::error file=a::owned",
    "line after a return": "\r::add-mask::a",
    "GitHub's predecessor": "##[error]owned",
    "Azure": "\n##vso[task.setvariable variable=PATH]/evil",
    "TeamCity": "\n##teamcity[buildProblem description='owned']",
    "GitLab": "section_start:1:owned\r\x1b[0K",
    "right to left": "\u202etxt.exe\u2066",
    "zero width": "a\u200bb\ufeff",
    "line separator": "\u2028::error::owned",
    "markup of rich": "[bold red]owned[/] [link=https://evil.example]x[/link]",
    "Markdown": "[x](https://evil.example) ![y](https://evil.example/p.png) @owner <img src=x>",
}
WORD = "".join(HOSTILE.values())
COMMANDS = re.compile(r"##\[|##vso\[|##teamcity\[|section_(?:start|end):", re.IGNORECASE)


def obeyed(text: str, *, commands: bool = False) -> list[str]:
    """Return what a terminal or a CI system would obey. ``commands``: workflow commands belong to the format."""
    found = [
        repr(each) for each in text if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp")
    ]
    found += COMMANDS.findall(text)
    return found + [line for line in text.splitlines() if line.lstrip().startswith("::") and not commands]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document of an attacker."""
    operation = {
        "operationId": WORD,
        "summary": WORD,
        "description": WORD,
        "tags": [WORD],
        "security": [{"mtls": []}, {WORD: []}],
        "parameters": [{"name": WORD, "in": "query", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": WORD}},
    }
    paths = {f"/{name}/{text}": {"get": operation} for name, text in HOSTILE.items()}
    paths |= {"/long": {"get": {**operation, "summary": ("a" * 37 + "::error::x ") * 30}}}
    schemes = {"mtls": {"type": "mutualTLS", "description": WORD}, WORD: {"type": WORD}}
    file = tmp_path / "openapi.json"
    file.write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": WORD, "version": WORD},
                "paths": paths,
                "components": {"securitySchemes": schemes},
                "servers": [{"url": f"https://localhost/{WORD}"}],
            }
        ),
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - {"html"}))
def test_lint_shows_a_documents_text_without_effect(command: Run, document: Path, form: str) -> None:
    """In every format for a terminal or a log, and in the messages."""
    ended = command("lint", str(document), "--format", form)
    assert ended.out
    obeyed_by_a_terminal = obeyed(ended.out, commands=form == "github")
    assert not obeyed_by_a_terminal, (
        f"the {form} report does not escape what a terminal or a CI system obeys: use printable() and "
        f"without_commands() of specdrift/result/printable.py. Found: {obeyed_by_a_terminal[:5]}"
    )
    assert obeyed(ended.err) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_plan_shows_a_documents_text_without_effect(
    command: Run, document: Path, pki: TestPki, form: str
) -> None:
    """Also targets and identities."""
    ended = command(
        *("plan", str(document), "https://localhost:9", "--format", form, "--cacert", str(pki.server_ca)),
        *("--cert", str(pki.alice.cert), "--key", str(pki.alice.key)),
    )
    assert ended.out
    assert obeyed(ended.out + ended.err) == []


class Reflector(Handler):
    """Answers with hostile text in body and header fields."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def respond(self) -> None:
        """Admit every caller."""
        self.reply(200, f"<title>{WORD}</title>{WORD}", X_Text="\x1b[31m##[error]x", Location="/\x1b]0;x\x07")


@pytest.mark.slow
def test_check_shows_what_a_server_sends_without_effect(command: Run, document: Path, pki: TestPki) -> None:
    """With a line for each probe."""
    with listening(Reflector, pki) as url:
        ended = command(
            *(
                "check",
                str(document),
                url,
                "-v",
                "--cacert",
                str(pki.server_ca),
                "--checks",
                "mtls-not-enforced",
            ),
            *("--cert", str(pki.alice.cert), "--key", str(pki.alice.key)),
        )
    ours = [line for line in ended.err.splitlines() if not line.startswith(("handshake:", "<socket"))]
    assert len(ours) > 30
    assert obeyed(ended.out + "\n".join(ours)) == []


def test_errors_show_arguments_without_effect(command: Run) -> None:
    """The name of a file or an option may come from a pull request."""
    for arguments in (("lint", WORD), ("lint", f"--{WORD}"), (WORD,), ("check", "x.yaml", WORD)):
        ended = command(*arguments)
        assert ended.status == 2
        assert ended.err.startswith(("error: ", "Usage: ")) or "NOT JUDGED" in ended.out
        assert obeyed(ended.out + ended.err) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_of_the_log_obeys_nothing(name: str) -> None:
    """Alone, at its beginning, and after wrapping."""
    assert obeyed(log_line(HOSTILE[name])) == []
    assert obeyed(log_line(HOSTILE[name].strip())) == []
    assert "owned" not in HOSTILE[name] or "owned" in log_line(HOSTILE[name])


@pytest.mark.parametrize(
    "text",
    [
        "std::vec::Vec",
        "::1",
        "a::b ::c",
        "# Title",
        "## Title [x]",
        "Bestände",
        "在庫",
        "\u0645\u06cc\u200c\u062e\u0648",
        "👩\u200d🔬",
        "naïve",
    ],
)
def test_other_text_stays(text: str) -> None:
    """Names of Rust, addresses, headings and other scripts stay readable."""
    assert log_line(text) == text


def test_invisible_letters_are_shown() -> None:
    """A joiner stays in the scripts that need it."""
    assert printable("a\u200db\u3164c\u034fd\u115f") == "a\\u200db\\u3164c\\u034fd\\u115f"


def test_values_stay_in_json_and_xml() -> None:
    """Only the spelling changes."""
    text = "a##[error]b###vso[ ::x\n::error::y"
    written = json_without_commands(json.dumps({"a": text}))
    assert json.loads(written) == {"a": text}
    assert not COMMANDS.search(written)
    xml = xml_without_commands(f"<a>{text}</a>")
    assert "\n&#58;:error" in xml
    assert not COMMANDS.search(xml)
    assert without_commands(without_commands(text)) == without_commands(text)


def test_messages_of_libraries_pass_the_writer(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Python's logging prints records of libraries to standard error."""
    streams.MessageHandler().handle(logging.LogRecord("x", logging.WARNING, "", 1, WORD, None, None))
    assert obeyed(capfd.readouterr().err) == []


def test_a_crash_shows_no_secret_and_no_command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In the message and in the file."""
    known.remember(["crash-secret-4711"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def fail(_: object) -> int:
        raise RuntimeError(f"crash-secret-4711 {WORD}")

    monkeypatch.setattr("specdrift.cli.main._invoke", fail)
    assert run(["check", "--x=CRASH%2dSECRET-4711"]) == 4
    shown = capfd.readouterr().err
    (file,) = tmp_path.glob("specdrift-crash-*")
    assert obeyed(shown) == []
    assert "4711" not in shown + file.read_text(encoding="utf-8")
    monkeypatch.setattr(crash, "_write", lambda _: (_ for _ in ()).throw(OSError()))
    assert run(["check"]) == 4
    assert obeyed(capfd.readouterr().err) == []


def test_a_question_shows_its_default_without_effect(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The default may come from a document; the answer is the default itself."""
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "")
    assert streams.ask_on_terminal(WORD, WORD) == WORD
    assert obeyed(capfd.readouterr().err) == []
