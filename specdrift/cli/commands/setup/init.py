"""``specdrift init``."""

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
"""Takes a question and its default; returns the answer."""

DEFAULT_URL = "https://localhost:8443"
CERTIFICATES = "certs"
"""Folder of certificates in a configuration that is written before they exist."""
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
@click.option("--spec", metavar="SPEC", help="OpenAPI document; default: the one found in this folder.")
@click.option(
    "--base-url", metavar="URL", help=f"URL of the API; default: the document's server, else {DEFAULT_URL}."
)
@click.option("--yes", is_flag=True, help="Do not prompt; use the defaults.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    show_default=True,
    metavar="FILE",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(spec: str | None, base_url: str | None, output: Path, yes: bool, force: bool) -> None:  # noqa: FBT001
    """Write a first specdrift.toml from the document and the certificates found in this folder.

    On a terminal it prompts for the URL and for each certificate. Sends nothing.
    """
    if not force and str(output) != "-" and output.exists():
        raise UsageError(f"{output} exists; use --force to overwrite it, or -o - to print instead")
    if base_url and (problem := _unusable(base_url)):
        raise UsageError(f"--base-url: {problem}")
    from specdrift.app.overwriting import refuse_overwriting
    from specdrift.config.describe.starter import starter

    if str(output) != "-" and is_file_name(document := _document(spec)):
        written = NamedFile(what="the configuration", origin="-o", path=output)
        refuse_overwriting([written], [NamedFile(what="the document", path=Path(document))])
    start = starting_values(spec, base_url, beside=Path() if str(output) == "-" else output.parent)
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        start = interview(start, lambda question, default: click.prompt(question, default=default, err=True))
    text = starter(start)
    if str(output) == "-":
        write_out(text.encode())
        return
    _write(output, text)
    if not start.server_ca:
        print_stderr(f"no CA certificate of the server found; edit [server] ca-file in {output}")
    certificates = "" if start.identities else "add your certificates, then "
    print_stderr(
        f"wrote {output}; next: {certificates}`specdrift config check`, `specdrift plan` and `specdrift check`"
    )


def starting_values(spec: str | None, base_url: str | None, *, beside: Path) -> "Start":
    """Collect the values from the document and the certificates. Reports an unreadable document on standard error."""
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
        base_url=base_url or (servers[0] if servers else DEFAULT_URL),
        contract=contract,
        identities=tuple(_identity(one, beside) for one in around.identities),
        server_ca=_relative(around.server_ca, beside) if around.server_ca else "",
        client_ca=_relative(around.client_ca, beside) if around.client_ca else "",
        folder=_relative(Path(CERTIFICATES), beside),
    )


def _document(spec: str | None) -> str:
    """The given document, else one in this folder, else the default name."""
    return spec or next((name for name in _CANDIDATES if Path(name).exists()), _CANDIDATES[0])


def interview(start: "Start", ask: Ask) -> "Start":
    """Ask for the URL, and for each certificate whether a correct server accepts it."""
    identities = []
    for identity in start.identities:
        words = f"{identity.cert_file}: must a correct server accept or refuse it (accepted, refused, skip)?"
        answer = _answer(ask, words, identity.expect.value)
        if answer != _SKIP:
            identities.append(replace(identity, expect=Expect(answer)))
    question, base_url = "URL of the API?", start.base_url
    while problem := _unusable(base_url := ask(question, start.base_url)):
        question = f"Invalid: {problem}. URL of the API?"
    return replace(start, base_url=base_url, identities=tuple(identities))


_SKIP = "skip"
_ANSWERS = (Expect.ACCEPTED.value, Expect.REFUSED.value, _SKIP)


def _answer(ask: Ask, question: str, default: str) -> str:
    """Ask until the answer is one of ``_ANSWERS`` or an abbreviation."""
    words = question
    while True:
        typed = ask(words, default).strip().lower()
        chosen = next((answer for answer in _ANSWERS if typed and answer.startswith(typed)), "")
        if chosen:
            return chosen
        words = f'"{typed}" is not an answer; type accepted, refused or skip. {question}'


def _unusable(base_url: str) -> str:
    """Why a URL cannot be the API's; empty if it can."""
    try:
        check_url(base_url)
    except Mismatch as error:
        return str(error) or f"expected {URL.what}, such as {DEFAULT_URL}"
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
        print_stderr(f"{name} not found; writing a configuration without values from the document")
        return None
    try:
        return load(name, LoaderSettings())
    except SpecdriftError as error:
        print_stderr(f"{error}; writing a configuration without values from the document")
        return None


def _relative(path: Path, beside: Path) -> str:
    """The path relative to the configuration's folder."""
    return Path(os.path.relpath(path, beside)).as_posix()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
