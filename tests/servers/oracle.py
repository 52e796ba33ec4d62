"""Compares a running server with its truth by a plain client that shares no code with specdrift.

So that a faulty server, a wrong truth and a defect of specdrift can be distinguished.
"""

from __future__ import annotations

import base64
import contextlib
import re
import ssl
import time
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import yaml
from msgspec import Struct
from msgspec.structs import replace

from specdrift.rules import ids
from tests.servers.client import Answer, client_context, get
from tests.servers.truth import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.servers.harness import ServerCase
    from tests.servers.pki import TestPki

EMBEDDED = re.compile(rb"<style>.*?</style>|;base64,[\w+/=]+", re.DOTALL)
"""Style sheets and pictures, which all pages of a site share."""
WORD = re.compile(rb"[\w.-]{4,}")
FEW_WORDS = 4
MOST_REDIRECTS = 3
WEBSOCKET = "101"
"""The status of operations that this client cannot request."""
MOST = 0.75
"""The rest are times, counters and markup."""
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
EXTRA = "extra-chain-certificate"
INVALID = {
    "self-signed": "self_signed",
    "untrusted-issuer": "untrusted",
    "impostor-issuer": "impostor",
    "leaf-as-issuer": "leaf_as_issuer",
    EXTRA: "extra_chain",
    "expired": "expired",
    "revoked": "revoked",
    "public": "public",
}
"""Certificate of the test PKI for each profile and each refused identity. Where only bob may call, `EXTRA` is alice's
with bob's after it.
"""


class DocumentedGet(Struct, frozen=True, kw_only=True):
    """A GET operation of a document."""

    template: str
    """Path as the document spells it."""
    path: str
    """Path and query of the request."""
    required: bool
    """Whether every alternative needs a certificate."""
    identity: str
    """An identity that must be admitted."""


@cache
def read_document(file: Path) -> Mapping[str, Any]:
    """Return the members of a document, which many cases share, without specdrift's loader."""
    document: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def documented(case: ServerCase) -> list[DocumentedGet]:
    """Return the GET operations with a certain verdict; reads the document without specdrift's loader."""
    document = read_document(case.document)
    unclear = {path for _, path in case.truth.undecided | case.truth.tolerated}
    unclear |= drifts(case, ids.ENFORCEMENT_INCONSISTENT)
    return [
        DocumentedGet(
            template=template,
            path=address(template, [*item.get("parameters", ()), *item["get"].get("parameters", ())]),
            required=bool(requirement) and {} not in requirement,
            identity="bob"
            if any("admin" in roles for each in requirement for roles in each.values())
            else "alice",
        )
        for template, item in document["paths"].items()
        if template not in unclear and "get" in item and WEBSOCKET not in item["get"]["responses"]
        for requirement in [item["get"].get("security", document.get("security", []))]
    ]


def address(template: str, parameters: list[Mapping[str, Any]]) -> str:
    """Return path and query with the parameters' examples, or what only the test knows.

    Optional parameters without either are omitted, and of a list the first element is taken.
    """
    pairs = []
    for parameter in parameters:
        name, schema = parameter["name"], parameter["schema"]
        example = parameter.get("example", schema.get("example", parameter.get("x-known-to-the-test")))
        if example is None and not parameter.get("required"):
            continue
        example = example[0] if isinstance(example, list) else example
        template = template.replace(f"{{{name}}}", str(example))
        pairs += [f"{name}={example}"] if parameter["in"] == "query" else []
    return template + ("?" + "&".join(pairs) if pairs else "")


def drifts(case: ServerCase, rule: str, subject: str = "") -> set[str]:
    """Return the paths on which the truth has this drift of GET."""
    return {
        d.path
        for d in case.truth.drifts
        if d.rule == rule and d.subject == subject and d.method in ("", "GET")
    }


class PlainClient(Struct, frozen=True, kw_only=True):
    """Sends requests to a running case, with a certificate of the PKI or without one, and follows its redirects."""

    case: ServerCase
    base_url: str
    pki: TestPki

    def send(self, operation: DocumentedGet, version: ssl.TLSVersion, caller: str | None) -> Answer:
        """Send one request; servers that are intermittent by design get more attempts. `caller` None is anonymous."""
        certificate = getattr(self.pki, caller) if caller else None
        protocol = self.case.variant.settings.get("protocol", "http/1.1")
        context = client_context(self.pki, version, certificate, protocol=protocol)
        answer = get(self.base_url, operation.path, context)
        for _ in range(1, int(self.case.variant.settings.get("attempts", "1"))):
            if answer.status not in {0, 429}:
                break
            time.sleep(1.1 if answer.status == 429 else 0)
            answer = get(self.base_url, operation.path, context)
        target, parameters = urljoin(self.base_url, operation.path), b""
        for _ in range(MOST_REDIRECTS):
            target = urljoin(target, answer.location)
            parameters += decoded(answer.location)
            if not answer.location or urlsplit(target).netloc != urlsplit(self.base_url).netloc:
                break
            path = urlsplit(target)._replace(scheme="", netloc="", fragment="").geturl()
            answer = get(self.base_url, path or "/", context, cookie=answer.cookie)
        reason = answer.reason.encode("latin-1")
        return replace(answer, beside=b"\n".join((reason, parameters)))


def decoded(location: str) -> bytes:
    """Return the texts that the parameters of a redirect hold in Base64."""
    found = b""
    for _, value in parse_qsl(urlsplit(location).query):
        with contextlib.suppress(ValueError):
            found += b"\n" + base64.urlsafe_b64decode(value)
    return found


def admitted(answer: Answer, control: Answer) -> bool:
    """Return whether a caller got the answer of a valid certificate, all of its data in another form, or with status
    200 one of its numbers or events.
    """
    if control.status != 200 or not control.body:
        return False
    if carries(answer.body + b"\n" + answer.beside, control.body):
        return True
    alike = bool(answer.keys) and answer.keys == control.keys
    shared = numbers(answer.body) & numbers(control.body) or events(answer.body) & events(control.body)
    return answer.status == 200 and (alike or bool(shared))


def numbers(body: bytes) -> set[bytes]:
    """Return the longer words with a digit."""
    return {word for word in WORD.findall(body) if re.search(rb"\d", word)}


def events(body: bytes) -> set[bytes]:
    """Return the lines of a stream that have data (WHATWG HTML §9.2.6)."""
    return {line for line in body.splitlines() if line.startswith(b"data: ")} - {b"data: {}"}


def carries(body: bytes, data: bytes) -> bool:
    """Return whether a body holds the data as it is, in Base64, or nearly all of its words."""
    if data in body or base64.b64encode(data) in body:
        return True
    words, others = (set(WORD.findall(EMBEDDED.sub(b"", text))) for text in (data, body))
    return len(words) > FEW_WORDS and len(words & others) >= MOST * len(words)


def expectations(case: ServerCase, operation: DocumentedGet) -> Iterator[tuple[str | None, bool]]:
    """Yield (caller, admitted) for each caller that the truth decides."""
    if operation.required:
        anonymous_admitted = operation.template in drifts(case, ids.MTLS_NOT_ENFORCED)
        yield None, anonymous_admitted
        if anonymous_admitted:
            return  # the truth does not state what else it admits
        possible = {d.subject for d in case.truth.possible if d.rule == ids.INVALID_CERTIFICATE_ACCEPTED}
        subjects = {*PROFILES, *case.variant.identities} - possible
        for subject, certificate in INVALID.items():
            if subject in subjects:
                without_role = operation.template in drifts(case, ids.ROLE_NOT_ENFORCED, "alice")
                some = subject in case.variant.some_forms
                for_bob = operation.identity == "bob" and subject == EXTRA and not without_role
                caller = "alice_then_bob" if for_bob else certificate
                accepted = operation.template in drifts(case, ids.INVALID_CERTIFICATE_ACCEPTED, subject)
                yield caller, accepted and not some
    else:
        yield None, operation.template not in drifts(case, ids.MTLS_OVER_ENFORCED)


def contradictions(case: ServerCase, base_url: str, pki: TestPki) -> Iterator[tuple[object, ...]]:
    """Yield every answer, in TLS 1.2 and 1.3, that contradicts the truth of the case."""
    client = PlainClient(case=case, base_url=base_url, pki=pki)
    for version in VERSIONS:
        yield from _contradictions(client, version)
    context = client_context(pki, VERSIONS[1], pki.alice)
    for path in sorted(drifts(case, ids.UNDOCUMENTED_ENDPOINT)):
        answer = get(base_url, path, context)
        if answer.status != 200:
            yield "undocumented", path, answer


def _contradictions(client: PlainClient, version: ssl.TLSVersion) -> Iterator[tuple[object, ...]]:
    for operation in documented(client.case):
        control = client.send(operation, version, operation.identity)
        rules = (ids.VALID_CERTIFICATE_REFUSED, ids.ROLE_OVER_ENFORCED)
        refused = any(operation.template in drifts(client.case, rule, operation.identity) for rule in rules)
        refused = refused or ("GET", operation.template) in client.case.truth.broken
        if (control.status != 200) is not refused:
            yield version.name, operation.path, operation.identity, control
        for caller, expected in expectations(client.case, operation):
            answer = client.send(operation, version, caller)
            if admitted(answer, control) is not expected:
                yield version.name, operation.path, caller, answer
