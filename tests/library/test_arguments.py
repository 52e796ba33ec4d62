"""What a program passes to the library: a wrong argument is an error for its user, before anything is read or sent."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdrift import ConfigError, Identity, acheck, check, lint, read_result, render
from specdrift.app.library import CheckOptions
from specdrift.config.keys.catalogue import GROUPS

ALICE = Identity.from_files("alice", "alice.pem", "alice.key")
URL = "https://127.0.0.1:1"
FILES: Callable[..., Identity] = Identity.from_files
COMMAND: Callable[..., Identity] = Identity.from_command

# As programs without a type checker call them.
CHECK: Callable[..., object] = check
LINT: Callable[..., object] = lint
READ: Callable[..., object] = read_result
RENDER: Callable[..., object] = render

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "no document": (lambda: CHECK(None, URL), "spec: expected a text or a path, not None"),
    "a number to lint": (lambda: LINT(1), "spec: expected a text or a path"),
    "an older document": (lambda: LINT("a.yaml", against=None), "against: expected"),
    "no result": (lambda: RENDER(None, "json"), "result: expected a Result, not None"),
    "no file": (lambda: READ(None), "path: expected a text or a path, not None"),
    "an identity": (lambda: CHECK("a.yaml", URL, identities=ALICE), "identities: expected a list"),
    "a name": (lambda: CHECK("a.yaml", URL, identities="alice"), "identities: expected a list"),
    "no identity": (
        lambda: CHECK("a.yaml", URL, identities=[ALICE, None]),
        r"identities\[1\]: expected an Identity",
    ),
    "without a name": (
        lambda: CHECK("a.yaml", URL, identities=[Identity(name="", cert_file=Path("a.pem"))]),
        r"identities\[0\]: expected an Identity that has a name",
    ),
    "no authority": (lambda: CHECK("a.yaml", URL, ca=None), "ca: expected a text or a path, not None"),
    "a number as a configuration": (lambda: CHECK("a.yaml", URL, config=1), "config: expected"),
    "a folder as a configuration": (lambda: LINT("a.yaml", config="/"), "^/: Is a directory"),
    "a number as an overlay": (lambda: LINT("a.yaml", overlay=1), "overlay: expected a list"),
    "nothing as a path": (lambda: CHECK("a.yaml", URL, include_path=[None]), r"include_path\[0\]: expected"),
    "nothing as a time": (lambda: CHECK("a.yaml", URL, timeout=None), "timeout: expected"),
    "no function": (lambda: CHECK("a.yaml", URL, watch=1), "watch: expected a function or None"),
    "a misspelt option": (lambda: LINT("a.yaml", fail_onn="note"), "'fail_onn'. Did you mean \"fail_on\""),
    "an option of the command": (
        lambda: CHECK("a.yaml", URL, exit_zero=True),
        "--exit-zero is for the command",
    ),
    "an empty name": (lambda: FILES("", "a.pem"), 'name: expected a text that is not empty, not ""'),
    "no name": (lambda: FILES(None, "a.pem"), "name: expected"),
    "no certificate": (lambda: FILES("x", None), "cert_file: expected"),
    "an unknown word": (
        lambda: FILES("x", "a.pem", expect="maybe"),
        'expected "accepted" or "refused", not "maybe"',
    ),
    "an unknown argument": (lambda: FILES("x", "a.pem", scheme="a"), "unexpected keyword argument 'scheme'"),
    "a number as schemes": (lambda: FILES("x", "a.pem", schemes=5), "schemes: expected a list"),
    "a number as roles": (lambda: FILES("x", "a.pem", roles=5), "roles: expected a list"),
    "bytes": (
        lambda: FILES("x", "a.pem", passphrase=b"s3cret"),
        "^passphrase: expected .* a value of type bytes$",
    ),
    "a command in one text": (lambda: COMMAND("x", "print-key x"), "command: expected a list"),
    "a command without a name": (lambda: COMMAND("", ["print-key"]), "name: expected"),
}


@pytest.mark.parametrize(("call", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_argument_is_named(call: Callable[[], object], problem: str) -> None:
    """Not an error of Python within the library, which a program that catches SpecdriftError does not expect."""
    with pytest.raises(ConfigError, match=problem):
        call()


def test_acheck_refuses_as_check_does() -> None:
    """Both take the same arguments."""
    wrong: Any = [None]
    with pytest.raises(ConfigError, match="identities"):
        asyncio.run(acheck("a.yaml", URL, identities=wrong))


def test_one_role_is_a_text_or_a_list() -> None:
    """As in a configuration: its letters are no roles."""
    for roles in ("teller", ["teller"], ("teller",), {"teller"}, iter(["teller"])):
        assert Identity.from_files("alice", "alice.pem", roles=roles).roles == {"teller"}
    assert Identity.from_command("alice", ["print-key"], roles="teller").roles == {"teller"}
    assert Identity.from_files("alice", "alice.pem", schemes="partnerTls").schemes == {"partnerTls"}
    assert Identity.from_command("alice", ["print-key"], schemes=["a", "b"]).schemes == {"a", "b"}
    assert Identity.from_files("alice", "alice.pem", names="a.test").names == ("a.test",)
    assert not Identity.from_files("alice", Path("alice.pem"), None).roles


def test_a_result_is_read_by_a_text_or_a_path(tmp_path: Path) -> None:
    """As documents are."""
    document = tmp_path / "openapi.yaml"
    document.write_text("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n")
    result = lint(document)
    (tmp_path / "result.json").write_bytes(render(result, "json"))
    for path in (tmp_path / "result.json", str(tmp_path / "result.json")):
        assert read_result(path).document == result.document


def test_the_page_names_each_option_that_is_no_keyword() -> None:
    """Programs that move from the command line look for them."""
    page = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    options = {key.option: key.parameter for group in GROUPS for key in group.keys if key.option}
    absent = [option for option, name in options.items() if name not in CheckOptions.__annotations__]
    assert [option for option in absent if f"`{option}`" not in page] == []
