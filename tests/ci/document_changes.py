"""Changes of a document in git, each with the findings that a job must report."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml
from msgspec import Struct, field

from specdrift.errors import ExitStatus
from tests.ci.repository import ACCOUNTS, DEMO, DOCUMENT, OPENED, REWORDED

Node = dict[str, Any]
Files = Mapping[str, str | None]
"""New content by path; None removes the file."""
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""The rows below are written when the tests are collected."""
Findings = frozenset[tuple[str, str, str]]
"""Rule, severity and operation."""

DOWN, UP, CONFIGURATION = "security-downgrade", "security-upgrade", "configuration-changed"
MTLS_BY_ROOT = ("GET /accounts", "GET /accounts/{id}", "GET /transfers", "GET /audit")
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
NOTHING: Findings = frozenset()


class Row(Struct, frozen=True, kw_only=True):
    """One change."""

    name: str
    change: Files
    expected: Findings = NOTHING
    status: ExitStatus = ExitStatus.OK
    base: Files = field(default_factory=dict)
    """Files of the base revision beside the document."""
    spec: str = DOCUMENT
    """Document of the job after the change; empty: that of the configuration."""


@cache
def _demo() -> Node:
    """Read the document, which the rows edit some forty times, once."""
    data: Node = yaml.safe_load(DEMO)
    return data


def demo() -> Node:
    """Return a copy of the document as data."""
    return copy.deepcopy(_demo())


def edited(edit: Callable[[Node], object], base: Node | None = None) -> str:
    """Return the document after an edit, as YAML."""
    data = copy.deepcopy(base) if base else demo()
    edit(data)
    return text(data)


def text(data: Node) -> str:
    """Return data as YAML in its order."""
    return yaml.dump(data, Dumper=DUMPER, sort_keys=False)


def document(edit: Callable[[Node], object], base: Node | None = None) -> Files:
    """Return a change of the document itself."""
    return {DOCUMENT: edited(edit, base)}


def downgraded(*operations: str) -> Findings:
    """Return an error for each operation."""
    return frozenset((DOWN, "error", operation) for operation in operations)


def upgraded(*operations: str) -> Findings:
    """Return a note for each operation."""
    return frozenset((UP, "note", operation) for operation in operations)


def operation(data: Node, path: str = "/accounts") -> Node:
    """Return the GET of a path."""
    found: Node = data["paths"][path]["get"]
    return found


def secured(value: object, path: str = "/accounts") -> Callable[[Node], object]:
    """Return an edit that sets the ``security`` of one operation."""
    return lambda data: operation(data, path).update(security=value)


def with_key(edit: Callable[[Node], object]) -> Callable[[Node], object]:
    """Return an edit that also defines an API key."""

    def both(data: Node) -> None:
        data["components"]["securitySchemes"]["key"] = KEY
        edit(data)

    return both


def to_operations(data: Node) -> None:
    """Move ``security`` from the root to the operations."""
    root = data.pop("security")
    for item in data["paths"].values():
        item["get"].setdefault("security", root)


def scheme_renamed(data: Node) -> None:
    """Rename the scheme wherever it is used."""
    renamed = json.loads(json.dumps(data).replace("clientCertificate", "mtls"))
    data.clear()
    data |= renamed


def moved(old: str, new: str, **members: object) -> Callable[[Node], object]:
    """Return an edit that renames a path, and changes members of its operation."""

    def edit(data: Node) -> None:
        data["paths"] = {new if path == old else path: item for path, item in data["paths"].items()}
        operation(data, new).update(members)

    return edit


def reordered(data: Node) -> None:
    """Reverse the order of members everywhere."""

    def turn(node: object) -> object:
        if isinstance(node, dict):
            return {name: turn(node[name]) for name in reversed(node)}
        return [turn(item) for item in node] if isinstance(node, list) else node

    turned = turn(data)
    data.clear()
    assert isinstance(turned, dict)
    data |= turned


def below_server(data: Node) -> None:
    """Move the base path of the server into the paths."""
    data["servers"] = [{"url": "https://api.test"}]
    data["paths"] = {f"/v1{path}": item for path, item in data["paths"].items()}


def only(*paths: str) -> Callable[[Node], object]:
    """Return an edit that keeps some paths."""
    return lambda data: data.update(paths={path: data["paths"][path] for path in paths})


def all_edits(*edits: Callable[[Node], object]) -> Callable[[Node], object]:
    """Return the edits one after the other."""

    def edit(data: Node) -> None:
        for one in edits:
            one(data)

    return edit


def as_json(edit: Callable[[Node], object] = lambda _: None) -> str:
    """Return the document after an edit, as JSON in one line."""
    data = demo()
    edit(data)
    return json.dumps(data)


def split(edit: Callable[[Node], object] = lambda _: None) -> Files:
    """Return the document with a file for one path item."""
    data = demo()
    edit(data)
    item = data["paths"]["/accounts"]
    data["paths"]["/accounts"] = {"$ref": "accounts.yaml"}
    return {DOCUMENT: text(data), "api/accounts.yaml": text(item)}


OVERLAY = """\
overlay: 1.1.0
info: {title: o, version: "1"}
actions: [{target: $.info, update: {x-team: a}}]
"""
OPENING = """\
overlay: 1.1.0
info: {title: o, version: "1"}
actions: [{target: "$.paths['/accounts'].get", update: {security: []}}]
"""
GUARDING = """\
overlay: 1.1.0
info: {title: o, version: "1"}
actions:
  - {target: "$.paths['/accounts'].get.security", remove: true}
  - {target: "$.paths['/status'].get.security", update: [{mtls: []}]}
"""


def overlaid(name: str) -> str:
    """Return a configuration with an overlay."""
    return f'{CONFIG}[loader]\noverlays = ["{name}"]\n'


def renamed_title(data: Node) -> None:
    """Change what does not count."""
    data["info"]["title"] = "Another title"


def _gets(data: Node) -> list[Node]:
    return [item["get"] for item in data["paths"].values()]


SERVED = demo() | {"servers": [{"url": "https://api.test/v1"}]}
CHOSEN = {"url": "{p}://api.test/v1", "variables": {"p": {"default": "https", "enum": ["https", "http"]}}}
OLDER_VERSION = demo() | {"openapi": "3.0.3"}
A, B = edited(only("/accounts", "/status")), edited(only("/transfers", "/audit"))
CONFIG = f'spec = "{DOCUMENT}"\n'
OTHER = (
    'openapi: 3.1.0\ninfo: {title: o, version: "1"}\npaths:\n  /ping: {get: {security: [], responses: {}}}\n'
)
GUARDED = """\
openapi: 3.1.0
info: {title: o, version: "1"}
security: [{mtls: []}]
paths:
  /ping: {get: {responses: {}}}
components: {securitySchemes: {mtls: {type: mutualTLS}}}
"""
ANCHORED = DEMO.replace(
    "  - clientCertificate: []\npaths", "  - &cert { clientCertificate: [] }\npaths"
).replace("        - clientCertificate: []\n      responses", "        - *cert\n      responses")
ROLES = edited(secured([{"clientCertificate": ["admin"]}]))

OF_REQUIREMENTS = (
    Row(name="reworded", change={DOCUMENT: REWORDED}),
    Row(name="opened", change={DOCUMENT: OPENED}, expected=downgraded("GET /accounts")),
    Row(
        name="anonymous-alternative",
        change=document(secured([{"clientCertificate": []}, {}])),
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="root-removed",
        change=document(lambda data: data.pop("security")),
        expected=downgraded(*MTLS_BY_ROOT),
    ),
    Row(
        name="root-is-a-key",
        change=document(with_key(lambda data: data.update(security=[{"key": []}]))),
        expected=downgraded(*MTLS_BY_ROOT),
    ),
    Row(
        name="alternative-added",
        change=document(with_key(secured([{"clientCertificate": []}, {"key": []}]))),
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="closed",
        change=document(secured([{"clientCertificate": []}], "/status")),
        expected=upgraded("GET /status"),
    ),
    Row(
        name="key-too",
        change=document(with_key(secured([{"clientCertificate": [], "key": []}]))),
        expected=upgraded("GET /accounts"),
    ),
    Row(
        name="role-added",
        change={DOCUMENT: ROLES},
        expected=upgraded("GET /accounts"),
    ),
    Row(
        name="role-dropped",
        base={DOCUMENT: ROLES},
        change={DOCUMENT: DEMO},
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="role-dropped-beside-a-key",
        base=document(with_key(secured([{"clientCertificate": ["admin"]}, {"key": []}]))),
        change=document(with_key(secured([{"clientCertificate": []}, {"key": []}]))),
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="certificate-beside-a-key",
        base=document(with_key(secured([{"key": []}]))),
        change=document(with_key(secured([{"key": []}, {"clientCertificate": []}]))),
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="certificate-withdrawn-beside-a-key",
        base=document(with_key(secured([{"key": []}, {"clientCertificate": []}]))),
        change=document(with_key(secured([{"key": []}]))),
        expected=upgraded("GET /accounts"),
    ),
    Row(
        name="older-requirement-undefined",
        base=document(secured([{"missing": []}])),
        change=document(with_key(secured([{"key": []}]))),
        status=ExitStatus.INCOMPLETE,
    ),
    Row(name="root-to-operations", change=document(to_operations)),
    Row(
        name="operation-to-root",
        change=document(lambda data: operation(data, "/partners/orders").pop("security")),
    ),
    Row(
        name="alternatives-swapped",
        change=document(secured([{}, {"clientCertificate": []}], "/greeting")),
    ),
    Row(name="scheme-renamed", change=document(scheme_renamed)),
    Row(
        name="scheme-renamed-in-one-place",
        change={DOCUMENT: DEMO.replace("    clientCertificate:\n      type", "    mtls:\n      type")},
        expected=downgraded(*MTLS_BY_ROOT, "GET /partners/orders")
        | frozenset({(DOWN, "warning", "GET /greeting")}),
    ),
    Row(
        name="scheme-of-another-type",
        change=document(lambda data: data["components"]["securitySchemes"].update(clientCertificate=KEY)),
        expected=downgraded(*MTLS_BY_ROOT, "GET /partners/orders")
        | frozenset({(DOWN, "warning", "GET /greeting")}),
    ),
)

OF_OPERATIONS = (
    Row(name="operation-id", change={DOCUMENT: DEMO.replace("listAccounts", "getAccounts")}),
    Row(
        name="path-parameter-renamed",
        change={
            DOCUMENT: DEMO.replace("/accounts/{id}", "/accounts/{number}").replace("name: id", "name: number")
        },
    ),
    Row(name="path-renamed", change=document(moved("/accounts", "/customer-accounts"))),
    Row(
        name="path-renamed-and-opened",
        change=document(moved("/accounts", "/customer-accounts", security=[])),
        expected=downgraded("GET /customer-accounts"),
    ),
    Row(
        name="path-and-id-renamed-and-opened",
        change=document(moved("/accounts", "/customers", operationId="listCustomers", security=[])),
        expected=downgraded("GET /customers"),
    ),
    Row(
        name="path-and-id-renamed-and-weakened",
        change=document(with_key(moved("/accounts", "/customers", operationId="c", security=[{"key": []}]))),
        expected=downgraded("GET /customers"),
    ),
    Row(name="path-and-id-renamed", change=document(moved("/accounts", "/customers", operationId="c"))),
    Row(
        name="method-changed-and-opened",
        change={DOCUMENT: OPENED.replace("/accounts:\n    get:", "/accounts:\n    post:")},
        expected=downgraded("POST /accounts"),
    ),
    Row(
        name="older-operation-unreadable",
        base=document(lambda data: data["paths"].update({"/lost": {"$ref": "#/nowhere"}})),
        change=document(
            with_key(
                lambda data: data["paths"].update(
                    {"/lost": {"get": {"security": [{"key": []}], "responses": {}}}}
                )
            )
        ),
        status=ExitStatus.INCOMPLETE,
    ),
    Row(name="operation-removed", change=document(lambda data: data["paths"].pop("/audit"))),
    Row(
        name="guarded-operation-added",
        change=document(lambda data: data["paths"].update({"/new": {"get": {"responses": {}}}})),
    ),
    Row(
        name="open-operation-added",
        change=document(
            lambda data: data["paths"].update({"/new": {"get": {"security": [], "responses": {}}}})
        ),
        expected=downgraded("GET /new"),
    ),
    Row(name="reordered", change=document(reordered)),
    Row(name="anchors", change={DOCUMENT: ANCHORED}),
    Row(
        name="anchor-of-an-empty-list",
        change={
            DOCUMENT: DEMO.replace("      security: []\n", "      security: &open []\n", 1).replace(
                ACCOUNTS, f"{ACCOUNTS}      security: *open\n"
            )
        },
        expected=downgraded("GET /accounts"),
    ),
    Row(name="base-path-into-paths", base={DOCUMENT: text(SERVED)}, change=document(below_server, SERVED)),
    Row(
        name="base-path-into-paths-and-opened",
        base={DOCUMENT: text(SERVED)},
        change=document(
            all_edits(secured([]), lambda d: [o.pop("operationId") for o in _gets(d)], below_server), SERVED
        ),
        expected=downgraded("GET /v1/accounts"),
    ),
    Row(
        name="server-without-tls",
        base={DOCUMENT: text(SERVED)},
        change=document(lambda data: data["servers"].append({"url": "http://api.test/v1"}), SERVED),
        expected=downgraded(""),
    ),
    Row(
        name="server-without-tls-by-a-variable",
        base={DOCUMENT: text(SERVED)},
        change=document(lambda data: data.update(servers=[CHOSEN]), SERVED),
        expected=downgraded(""),
    ),
    Row(name="version-raised", base={DOCUMENT: text(OLDER_VERSION)}, change={DOCUMENT: DEMO}),
    Row(
        name="version-raised-and-opened",
        base={DOCUMENT: text(OLDER_VERSION)},
        change={DOCUMENT: OPENED},
        expected=downgraded("GET /accounts"),
    ),
    Row(name="version-lowered", change={DOCUMENT: text(OLDER_VERSION)}),
)


OF_FILES = (
    Row(name="yaml-to-json", change={DOCUMENT: None, "api/openapi.json": as_json()}, spec="api/openapi.json"),
    Row(
        name="yaml-to-json-and-opened",
        change={DOCUMENT: None, "api/openapi.json": as_json(secured([]))},
        spec="api/openapi.json",
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="json-to-yaml-and-opened",
        base={DOCUMENT: None, "a.json": as_json()},
        change={"a.json": None, DOCUMENT: OPENED},
        expected=downgraded("GET /accounts"),
    ),
    Row(name="renamed", change={DOCUMENT: None, "spec/bank.yaml": REWORDED}, spec="spec/bank.yaml"),
    Row(
        name="renamed-and-opened",
        change={DOCUMENT: None, "spec/bank.yaml": OPENED},
        spec="spec/bank.yaml",
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="renamed-in-the-configuration-and-opened",
        base={"specdrift.toml": CONFIG},
        change={DOCUMENT: None, "bank.yaml": OPENED, "specdrift.toml": 'spec = "bank.yaml"\n'},
        spec="",
        expected=downgraded("GET /accounts") | {(CONFIGURATION, "note", "")},
    ),
    Row(
        name="rewritten-renamed-and-opened",
        change={
            DOCUMENT: None,
            "bank.yaml": edited(all_edits(reordered, secured([]), only("/accounts", "/status"))),
        },
        spec="bank.yaml",
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="copied-and-opened",
        change={"api/v2.yaml": OPENED},
        spec="api/v2.yaml",
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="configuration-names-another",
        base={"specdrift.toml": CONFIG, "weak.yaml": OPENED},
        change={"specdrift.toml": 'spec = "weak.yaml"\n'},
        spec="",
        expected=downgraded("GET /accounts") | {(CONFIGURATION, "error", "")},
    ),
    Row(name="split-into-references", change=split()),
    Row(name="split-and-opened", change=split(secured([])), expected=downgraded("GET /accounts")),
    Row(
        name="reference-opened",
        base=split(),
        change={"api/accounts.yaml": split(secured([]))["api/accounts.yaml"]},
        expected=downgraded("GET /accounts"),
    ),
    Row(
        name="overlay-renamed",
        base={"specdrift.toml": overlaid("a.yaml"), "a.yaml": OVERLAY},
        change={"specdrift.toml": overlaid("ov/b.yaml"), "a.yaml": None, "ov/b.yaml": OVERLAY},
        spec="",
    ),
    Row(
        name="overlay-renamed-and-changed",
        base={"specdrift.toml": overlaid("a.yaml"), "a.yaml": OVERLAY},
        change={
            "specdrift.toml": overlaid("ov/b.yaml"),
            "a.yaml": None,
            "ov/b.yaml": OVERLAY.replace("x-team: a", "x-team: b"),
        },
        spec="",
        expected=frozenset({(CONFIGURATION, "note", "")}),
    ),
    Row(
        name="overlay-moved-into-the-document",
        base={"specdrift.toml": overlaid("a.yaml"), "a.yaml": OPENING},
        change={"specdrift.toml": CONFIG, "a.yaml": None, DOCUMENT: OPENED},
        spec="",
        expected=frozenset({(CONFIGURATION, "note", "")}),
    ),
    Row(
        name="moved-from-the-document-into-an-overlay",
        base={"specdrift.toml": CONFIG, DOCUMENT: OPENED},
        change={"specdrift.toml": overlaid("a.yaml"), "a.yaml": OPENING, DOCUMENT: DEMO},
        spec="",
        expected=frozenset({(CONFIGURATION, "note", "")}),
    ),
    Row(
        name="overlay-moved-into-the-document-in-part",
        base={"specdrift.toml": overlaid("a.yaml"), "a.yaml": GUARDING, DOCUMENT: OPENED},
        change={
            "specdrift.toml": CONFIG,
            "a.yaml": None,
            DOCUMENT: edited(all_edits(secured([]), secured([{"mtls": []}], "/status"))),
        },
        spec="",
        expected=downgraded("GET /accounts") | {(CONFIGURATION, "error", "")},
    ),
    Row(
        name="split-and-the-document-stays",
        change={
            DOCUMENT: A,
            "b.yaml": edited(all_edits(secured([], "/audit"), only("/transfers", "/audit"))),
        },
        spec=DOCUMENT,
        expected=downgraded("GET /audit"),
    ),
    Row(name="split-as-guarded-and-the-document-stays", change={DOCUMENT: A, "b.yaml": B}, spec=DOCUMENT),
    Row(
        name="moved-to-another-document-and-opened",
        base={"b.yaml": OTHER},
        change={
            DOCUMENT: A,
            "b.yaml": edited(all_edits(secured([], "/audit"), only("/transfers", "/audit"))),
        },
        spec=DOCUMENT,
        expected=downgraded("GET /audit"),
    ),
    Row(
        name="removed-and-open-in-another-document-as-before",
        base={"b.yaml": edited(secured([], "/audit"))},
        change={DOCUMENT: A, "b.yaml": edited(all_edits(secured([], "/audit"), renamed_title))},
        spec=DOCUMENT,
    ),
    Row(name="split-into-documents", change={DOCUMENT: None, "a.yaml": A, "b.yaml": B}, spec="b.yaml"),
    Row(
        name="split-into-documents-and-opened",
        change={
            DOCUMENT: None,
            "a.yaml": A,
            "b.yaml": edited(all_edits(secured([], "/audit"), only("/transfers", "/audit"))),
        },
        spec="b.yaml",
        expected=downgraded("GET /audit"),
    ),
    Row(
        name="merged",
        base={DOCUMENT: None, "a.yaml": A, "b.yaml": B},
        change={
            "a.yaml": None,
            "b.yaml": None,
            DOCUMENT: edited(only("/accounts", "/status", "/transfers", "/audit")),
        },
    ),
    Row(
        name="merged-and-weakened",
        base={DOCUMENT: None, "a.yaml": A, "b.yaml": B},
        change={
            "b.yaml": None,
            "a.yaml": edited(
                all_edits(only("/accounts", "/status", "/audit"), with_key(secured([{"key": []}], "/audit")))
            ),
        },
        spec="a.yaml",
        expected=downgraded("GET /audit"),
    ),
    Row(
        name="another-document",
        change={DOCUMENT: OTHER},
        status=ExitStatus.DRIFT,
        expected=downgraded("GET /ping"),
    ),
    Row(
        name="another-document-that-is-guarded",
        change=document(lambda data: data.update(paths={"/ping": {"get": {"responses": {}}}})),
        status=ExitStatus.INCOMPLETE,
    ),
    Row(name="new-beside-others", change={"ping.yaml": GUARDED}, spec="ping.yaml"),
    Row(
        name="older-unreadable",
        base={DOCUMENT: "openapi: 3.1.0\npaths: ["},
        change={DOCUMENT: DEMO},
        status=ExitStatus.INCOMPLETE,
    ),
    Row(name="removed", change={DOCUMENT: None}, status=ExitStatus.USAGE),
)

ROWS = (*OF_REQUIREMENTS, *OF_OPERATIONS, *OF_FILES)
