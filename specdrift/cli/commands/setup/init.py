"""``specdrift init``: a first configuration, from the document and the certificates at hand."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import print_stderr, write_out
from specdrift.config.describe.files import NamedFile
from specdrift.config.reading.file import FILE_NAME
from specdrift.config.value_types.hosts import URL, check_url
from specdrift.config.value_types.plain import Mismatch, is_file_name
from specdrift.errors import SpecdriftError, UsageError
from specdrift.model.policy import Expect

if TYPE_CHECKING:
    from specdrift.config.describe.starter import Start, StarterIdentity
    from specdrift.model.contract.contract import Contract
    from specdrift.pki.discovery import DiscoveredIdentity

Ask = Callable[[str, str], str]
"""A question and what Enter means; the answer."""

HERE = "https://localhost:8443"
CERTIFICATES = "certs"
"""Where certificates are looked for by a configuration that was written before there were any."""
_CANDIDATES = (
    "openapi.yaml",
    "openapi.yml",
    "openapi.json",
    "api/openapi.yaml",
    "docs/openapi.yaml",
    "swagger.json",
)


@command_with(
    "init",
    Example(line="specdrift init"),
    Example(line="specdrift init --spec api/openapi.yaml --base-url https://localhost:8443 --yes"),
)
@click.option("--spec", metavar="SPEC", help="The OpenAPI document; by default the one that is found here.")
@click.option(
    "--base-url", metavar="URL", help=f"Where the API runs; by default as the document says, else {HERE}."
)
@click.option("--yes", is_flag=True, help="Ask nothing; take what is found.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    show_default=True,
    metavar="FILE",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def command(spec: str | None, base_url: str | None, output: Path, yes: bool, force: bool) -> None:  # noqa: FBT001
    """Write a first specdrift.toml from the document and the certificates that are found here.

    Prompts for unknown values on a terminal. Never overwrites a file without --force, and sends nothing.
    """
    if not force and str(output) != "-" and output.exists():
        raise UsageError(f"{output} is there already; --force writes over it, -o - prints instead")
    if base_url and (problem := _unusable(base_url)):
        raise UsageError(f"--base-url: {problem}")
    from specdrift.app.overwriting import refuse_overwriting
    from specdrift.config.describe.starter import starter

    if str(output) != "-" and is_file_name(document := _document(spec)):
        written = NamedFile(what="the configuration", origin="-o", path=output)
        refuse_overwriting([written], [NamedFile(what="the document", path=Path(document))])
    start = found(spec, base_url, beside=Path() if str(output) == "-" else output.parent)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        start = interview(start, lambda question, default: click.prompt(question, default=default, err=True))
    text = starter(start)
    if str(output) == "-":
        write_out(text.encode())
        return
    _write(output, text)
    if not start.server_ca:
        print_stderr(
            f"no CA certificate of the server was found: {output} names a file that is not there yet"
        )
    certificates = "" if start.identities else "put in your certificates, then "
    print_stderr(
        f"wrote {output}; next: {certificates}`specdrift config check`, `specdrift plan` and `specdrift check`"
    )


def found(spec: str | None, base_url: str | None, *, beside: Path) -> "Start":
    """What document and certificates tell. A document that cannot be read is said on stderr, and hinders nothing."""
    from specdrift.config.describe.starter import Start
    from specdrift.pki.discovery import discover_credentials

    name = _document(spec)
    contract = _contract(name)
    around = discover_credentials(Path(), now=datetime.now(UTC))
    servers = [
        url
        for url in (contract.servers if contract else ())
        if url.startswith("https://") and not _unusable(url)
    ]
    return Start(
        spec=_relative(Path(name), beside) if is_file_name(name) else name,
        base_url=base_url or (servers[0] if servers else HERE),
        contract=contract,
        identities=tuple(_identity(one, beside) for one in around.identities),
        server_ca=_relative(around.server_ca, beside) if around.server_ca else "",
        client_ca=_relative(around.client_ca, beside) if around.client_ca else "",
        folder=_relative(Path(CERTIFICATES), beside),
    )


def _document(spec: str | None) -> str:
    """The document that was named, else the one that is found here, else the one that is expected."""
    return spec or next((name for name in _CANDIDATES if Path(name).exists()), _CANDIDATES[0])


def interview(start: "Start", ask: Ask) -> "Start":
    """Ask for the address, and whether a correct server accepts each certificate."""
    kept = []
    for identity in start.identities:
        words = f"{identity.cert_file}: is it to be accepted or refused, or skip it?"
        answer = _answer(ask, words, identity.expect.value)
        if answer != _SKIP:
            kept.append(replace(identity, expect=Expect(answer)))
    question, base_url = "Where does the API run?", start.base_url
    while problem := _unusable(base_url := ask(question, start.base_url)):
        question = f"That cannot be used: {problem}. Where does the API run?"
    return replace(start, base_url=base_url, identities=tuple(kept))


_SKIP = "skip"
_ANSWERS = (Expect.ACCEPTED.value, Expect.REFUSED.value, _SKIP)


def _answer(ask: Ask, question: str, default: str) -> str:
    """One of ``_ANSWERS``, also abbreviated. Anything else is asked again: no certificate is lost to a slip."""
    words = question
    while True:
        said = ask(words, default).strip().lower()
        found = next((answer for answer in _ANSWERS if said and answer.startswith(said)), "")
        if found:
            return found
        words = f'"{said}" is not an answer; say accepted, refused or skip. {question}'


def _unusable(base_url: str) -> str:
    """What keeps an address from being one of an API; empty where nothing does."""
    try:
        check_url(base_url)
    except Mismatch as error:
        return str(error) or f"expected {URL.what}, such as {HERE}"
    return ""


def _identity(found: "DiscoveredIdentity", beside: Path) -> "StarterIdentity":
    from specdrift.config.describe.starter import StarterIdentity

    return StarterIdentity(
        name=found.name,
        cert_file=_relative(found.cert_file, beside),
        key_file=_relative(found.key_file, beside) if found.key_file else "",
        encrypted=found.encrypted,
        expect=Expect.REFUSED if found.expired else Expect.ACCEPTED,
    )


def _contract(name: str) -> "Contract | None":
    from specdrift.loader import load
    from specdrift.settings import LoaderSettings

    if not Path(name).exists():
        print_stderr(f"{name} is not there yet: the file is written without what a document would tell")
        return None
    try:
        return load(name, LoaderSettings())
    except SpecdriftError as error:
        print_stderr(f"{error}; the file is written without what the document would tell")
        return None


def _relative(path: Path, beside: Path) -> str:
    """Paths in a configuration are relative to it."""
    return Path(os.path.relpath(path, beside)).as_posix()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
