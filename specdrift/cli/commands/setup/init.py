"""``specdrift init``."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from specdrift.cli.options.group import Example, command_with
from specdrift.cli.terminal.streams import ask_on_terminal, print_stderr, write_text
from specdrift.config.describe.files import NamedFile
from specdrift.config.reading.file import FILE_NAME
from specdrift.config.value_types.plain import is_file_name
from specdrift.errors import UsageError
from specdrift.model.policy import Expect

if TYPE_CHECKING:
    from specdrift.app.starting import Surroundings
    from specdrift.config.describe.starter import Start

Ask = Callable[[str, str], str]
"""Takes a question and its default; returns the answer."""

_MOST_OTHERS = 3


@command_with(
    "init",
    Example(line="specdrift init"),
    Example(line="specdrift init --spec api/openapi.yaml --base-url https://localhost:8443 --yes"),
    Example(
        line="specdrift init --from-result out/result.json", about="add what decides the undecided operations"
    ),
)
@click.option(
    "--spec", metavar="SPEC", help="OpenAPI document; default: the first one found below this folder."
)
@click.option(
    "--base-url",
    metavar="URL",
    help="URL of the API; default: the document's server, else its base path at https://localhost:8443.",
)
@click.option("--yes", is_flag=True, help="Do not prompt; use the defaults.")
@click.option(
    "--from-result",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="RESULT",
    help="Add to the configuration what would decide the undecided operations of this result.",
)
@click.option("--no-probe", is_flag=True, help="Do not contact the listener.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(FILE_NAME),
    show_default=True,
    metavar="FILE",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def command(
    *,
    spec: str | None,
    base_url: str | None,
    output: Path,
    yes: bool,
    from_result: Path | None,
    no_probe: bool,
    force: bool,
) -> None:
    """Write a first specdrift.toml from the document, the certificates in this folder, and the listener.

    On a terminal it prompts for the URL and for each certificate. The document's server is used only if you confirm it,
    there or with --yes. It makes a few handshakes with the listener and one request without a certificate, if you give
    its URL or if it is on this machine.
    """
    if from_result:
        _add(from_result, output)
        return
    if not force and str(output) != "-" and output.exists():
        raise UsageError(f"{output} exists; use --force to overwrite it, or -o - to print instead")
    from specdrift.app.overwriting import refuse_overwriting
    from specdrift.app.starting import is_local, look_around, starting_values, unusable_url, visit

    if base_url and (problem := unusable_url(base_url)):
        raise UsageError(f"--base-url: {problem}")
    around = look_around(spec, beside=Path() if str(output) == "-" else output.parent)
    if str(output) != "-" and is_file_name(around.spec):
        written = NamedFile(what="the configuration", origin="-o", path=output)
        refuse_overwriting([written], [NamedFile(what="the document", path=Path(around.spec))])
    _explain(around)
    ask = ask_on_terminal if not yes and sys.stdin.isatty() and sys.stderr.isatty() else None
    url = base_url or around.base_url
    if ask and not base_url:
        url = ask_url(url, ask)
    wanted = not no_probe and (base_url or ask or is_local(url))
    seen = visit(url, around) if wanted else None
    start = starting_values(url, around, seen)
    for sentence in start.listener:
        print_stderr(sentence)
    if ask:
        start = ask_identities(start, ask)
    elif not base_url and around.names_server:
        start = _of_document(start, confirmed=yes)
    _finish(start, output)


def _of_document(start: "Start", *, confirmed: bool) -> "Start":
    """Explain that the URL is the document's; it stays a comment unless ``--yes`` confirms it."""
    if confirmed:
        print_stderr(
            f"base-url is the document's: `specdrift check` sends your certificates to {start.base_url}"
        )
    else:
        print_stderr(
            f"base-url is a comment: only the document names {start.base_url}; use --base-url or --yes"
        )
    return replace(start, confirmed=confirmed)


def _finish(start: "Start", output: Path) -> None:
    """Write the configuration, and say what comes next."""
    from specdrift.config.describe.starter import starter

    text = starter(start)
    if str(output) == "-":
        write_text(text)
        return
    _write(output, text)
    if not start.server_ca:
        print_stderr(f"no CA certificate of the server found; edit [server] ca-file in {output}")
    certificates = "" if start.identities else "add your certificates, then "
    print_stderr(
        f"wrote {output}; next: {certificates}`specdrift config check`, `specdrift plan` and `specdrift check`"
    )


def _add(saved: Path, output: Path) -> None:
    """Append the lines for a result's undecided operations to the configuration."""
    from specdrift.app.additions import additions, append, heading
    from specdrift.app.saved import read_result

    result = read_result(saved)
    printing = str(output) == "-"
    existing = output.read_text(encoding="utf-8") if not printing and output.exists() else ""
    added = additions(result, existing)
    if printing:
        write_text(added.text)
    elif added.text:
        append(output, added.text, existing or heading(result))
        print_stderr(
            f"added to {output}: lines for {added.active} reasons that apply at once, and for {added.proposed} as "
            "comments that need a value or a decision of yours"
        )
    else:
        print_stderr("no configuration would decide more of this result")
    for text in added.others:
        print_stderr(f"not a matter of configuration lines: {text}")


def _explain(around: "Surroundings") -> None:
    if around.problem:
        print_stderr(f"{around.problem}; writing a configuration without values from the document")
    if around.others:
        more = len(around.others) - _MOST_OTHERS
        names = ", ".join(path.as_posix() for path in around.others[:_MOST_OTHERS])
        print_stderr(
            f"using {around.spec}; also found: {names}{f' and {more} more' if more > 0 else ''} (--spec)"
        )


def ask_url(default: str, ask: Ask) -> str:
    """Ask for the URL until it can be used."""
    from specdrift.app.starting import unusable_url

    question = "URL of the API?"
    while problem := unusable_url(base_url := ask(question, default)):
        question = f"Invalid: {problem}. URL of the API?"
    return base_url


def ask_identities(start: "Start", ask: Ask) -> "Start":
    """Ask for each certificate whether a correct server accepts it."""
    identities = []
    for identity in start.identities:
        remark = f" {identity.remark}" if identity.remark else ""
        words = f"{identity.cert_file}: must a correct server accept or refuse it (accepted, refused, skip)?{remark}"
        answer = _answer(ask, words, _SKIP if identity.proposed else identity.expect.value)
        if answer != _SKIP:
            identities.append(replace(identity, expect=Expect(answer), remark="", proposed=False))
    return replace(start, identities=tuple(identities))


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


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
