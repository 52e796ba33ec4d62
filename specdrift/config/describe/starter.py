"""Writes a first ``specdrift.toml``; values that the user must supply are comments. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from specdrift.model.contract.certificate_schemes import are_distinguished, certificate_schemes
from specdrift.model.contract.contract import Contract
from specdrift.model.contract.operation import Operation, ValueSource
from specdrift.model.contract.requirement import Demand, SchemeType, SecurityScheme
from specdrift.model.policy import Expect

MOST_OPERATIONS = 8
"""Maximum number of operations with generated values that are listed."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_GENERATED = frozenset({ValueSource.TYPE, ValueSource.GENERATED})


class StarterIdentity(Struct, frozen=True, kw_only=True):
    """An identity; its files are relative to the configuration."""

    name: str
    cert_file: str
    key_file: str = ""
    encrypted: bool = False
    expect: Expect = Expect.ACCEPTED
    remark: str = ""
    """A comment above it."""
    proposed: bool = False
    """Written as a comment: it may not be a client's certificate, or not one that the listener knows."""


class Start(Struct, frozen=True, kw_only=True):
    """Values of a first configuration; paths are relative to it."""

    spec: str
    base_url: str
    contract: Contract | None = None
    """None if the document could not be read."""
    identities: tuple[StarterIdentity, ...] = ()
    server_ca: str = ""
    client_ca: str = ""
    listener: tuple[str, ...] = ()
    """What the listener showed, as sentences."""
    confirmed: bool = True
    """Whether the user gave or confirmed ``base_url``; False: the document's server."""
    folder: str = "certs"
    """Folder of certificates that were not found."""


def starter(start: Start) -> str:
    """Format the file."""
    parts = (_top, _server, _identities, _client_ca, _contract, _schemes, _operations, _unsafe, _reports)
    return "\n".join("".join(f"{line}\n" for line in lines) for part in parts if (lines := list(part(start))))


def _top(start: Start) -> Iterator[str]:
    yield "# Configuration of specdrift. `specdrift config show` prints every key with its value and origin."
    yield f"spec = {_quoted(start.spec)}"
    if start.confirmed:
        yield f"base-url = {_quoted(start.base_url)}"
    else:
        yield "# Only the document names this server. Remove the # if your certificates may be sent there."
        yield f"# base-url = {_quoted(start.base_url)}"
    yield from (f"# {sentence}" for sentence in start.listener)


def _server(start: Start) -> Iterator[str]:
    yield "[server]"
    if not start.server_ca:
        yield "# No CA certificate of the server was found: add this file, or name another."
    yield f'{_entry("ca-file", start.server_ca or f"{start.folder}/server-ca.pem")}  # or "system"'


def _identities(start: Start) -> Iterator[str]:
    yield "# Client certificates. `specdrift identities` checks them without network."
    known = _roles(start.contract)
    schemes = _schemes_of(start.contract)
    hint = f"  # roles in the document: {', '.join(known)}" if known else ""
    for number, one in enumerate(start.identities or (_example(start.folder),)):
        yield from ("",) if number else ()
        yield from (f"# {one.remark}",) if one.remark else ()
        mark = "# " if one.proposed else ""
        yield from (f"{mark}{line}" for line in _identity(one))
        yield f"# roles = [{_quoted(known[0] if known else 'reader')}]{hint}"
        if schemes:
            yield f"# schemes = [{_quoted(schemes[0])}]  # mutualTLS schemes in the document: {', '.join(schemes)}"
    if all(one.expect is Expect.ACCEPTED for one in start.identities):
        yield from _refused(start.folder)


def _identity(one: StarterIdentity) -> Iterator[str]:
    yield "[[identities]]"
    yield _entry("name", one.name)
    yield _entry("cert-file", one.cert_file)
    yield from (_entry("key-file", one.key_file),) if one.key_file else ()
    if one.encrypted:
        yield f'key-pass-file = "{one.name}.pass"  # file with the passphrase; or key-pass = "${{VARIABLE}}"'
    yield from ('expect = "refused"',) if one.expect is Expect.REFUSED else ()


def _example(folder: str) -> StarterIdentity:
    return StarterIdentity(name="alice", cert_file=f"{folder}/alice.pem", key_file=f"{folder}/alice.key")


def _refused(folder: str) -> Iterator[str]:
    yield ""
    yield "# A certificate that must be rejected: revoked, expired, or of another customer."
    yield "# [[identities]]"
    yield '# name = "old-alice"'
    yield f"# {_entry('cert-file', f'{folder}/alice-revoked.pem')}"
    yield f"# {_entry('key-file', f'{folder}/alice.key')}"
    yield '# expect = "refused"'


def _client_ca(start: Start) -> Iterator[str]:
    if start.client_ca:
        yield "# Issuer of the client certificates. A test CA's key adds generated certificates, each with one defect."
        yield "[client-ca]"
        yield _entry("cert-file", start.client_ca)
        yield f"# {_entry('key-file', f'{start.folder}/test-ca.key')}"
        yield f"# {_entry('crl-file', f'{start.folder}/client-ca.crl')}"


def _contract(start: Start) -> Iterator[str]:
    """Require certificates of all operations, if the document requires none."""
    contract = start.contract
    if contract is None or not contract.operations or contract.names_certificates:
        return
    yield f"# {start.spec} requires a client certificate for no operation. This requires one for all; include-path,"
    yield "# include-tag, include-method and include-operation-id (patterns) select some."
    yield "[contract]"
    yield 'require = "mutualTLS"'
    public = dict.fromkeys(
        o.key.path for o in contract.operations if o.requirement.demand is Demand.NOT_REQUIRED
    )
    if public:
        yield f"exclude-path = [{', '.join(map(_quoted, public))}]  # security: [] in the document"
    else:
        yield '# exclude-path = ["/healthz"]'
    yield '# roles = ["reader"]'


def _schemes(start: Start) -> Iterator[str]:
    """Other credentials; and the scheme that is mutual TLS, if the document cannot declare it."""
    if start.contract is None:
        return
    others = [scheme for scheme in start.contract.schemes if scheme.type is not SchemeType.MUTUAL_TLS]
    if others:
        yield "# Other credentials that the document requires. Values come from environment variables."
    for scheme in others:
        yield f"# [schemes.{_key(scheme.name)}]"
        yield f"# {_credential(scheme)}"
    if others and start.contract.document.openapi.startswith(("2.", "3.0")):
        yield f"# OpenAPI {start.contract.document.openapi} has no type for mutual TLS. If one of these schemes is it:"
        yield f"# [schemes.{_key(others[0].name)}]"
        yield '# kind = "mutualTLS"'


def _credential(scheme: SecurityScheme) -> str:
    variable = "".join(letter if letter.isalnum() else "_" for letter in scheme.name).upper()
    is_value = scheme.type is SchemeType.API_KEY or scheme.http_scheme == "basic"
    comment = '  # "user:password"' if scheme.http_scheme == "basic" else ""
    return f'{"value" if is_value else "token"} = "${{{variable}}}"{comment}'


def _operations(start: Start) -> Iterator[str]:
    generated = [o for o in _of(start) if _generated_values(o)]
    if not generated:
        return
    yield "# Generated parameter values. If no resource has them, a valid certificate gets 404 and the operation stays"
    yield "# undecided. Use values that exist."
    for operation in generated[:MOST_OPERATIONS]:
        values = ", ".join(f"{_key(name)} = {value}" for name, value in _generated_values(operation))
        yield "# [[operations]]"
        yield f"# include-path = {_quoted(operation.key.path)}"
        yield f"# parameters = {{ {values} }}"
    if left := len(generated) - MOST_OPERATIONS:
        yield from (f"# … and {left} more; `specdrift plan` shows the requests.",) if left > 0 else ()


def _generated_values(operation: Operation) -> list[tuple[str, str]]:
    """Name and value of generated path parameters, and of required ones without a value."""
    chosen = [p for p in operation.parameters if p.location == "path" and p.source in _GENERATED]
    return [(p.name, _quoted(p.value)) for p in chosen] + [(name, '"?"') for name in operation.missing]


def _unsafe(start: Start) -> Iterator[str]:
    unsafe = [o.key.method for o in _of(start) if o.key.method not in _SAFE]
    if unsafe:
        methods = ", ".join(sorted(set(unsafe)))
        yield f"# Requests of unsafe methods ({methods}) are not sent by default. On a test system, add"
        yield "# this key at the top of the file or in [[operations]]."
        yield '# unsafe-methods = "send"'


def _reports(_: Start) -> Iterator[str]:
    yield "[reports]"
    yield 'html = "out/report.html"'
    yield 'json = "out/result.json"'


def _of(start: Start) -> Sequence[Operation]:
    return start.contract.operations if start.contract else ()


def _roles(contract: Contract | None) -> list[str]:
    operations: Iterable[Operation] = contract.operations if contract else ()
    return sorted({role for operation in operations for role in operation.roles})


def _schemes_of(contract: Contract | None) -> list[str]:
    """Return the mutualTLS schemes, if operations name different ones."""
    operations = contract.operations if contract else ()
    if not are_distinguished(operations):
        return []
    return sorted({name for each in operations for name in certificate_schemes(each.requirement)})


def _entry(key: str, value: str) -> str:
    return f"{key} = {_quoted(value)}"


def _quoted(value: str) -> str:
    # A JSON string is a TOML basic string, except that TOML has no surrogate pairs and requires U+007F escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("-", "").replace("_", "").isalnum() else _quoted(name)
