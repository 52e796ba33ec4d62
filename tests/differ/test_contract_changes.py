"""What counts as a change of security between two documents, and what does not."""

from __future__ import annotations

import time
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from specdrift.differ.contract_changes import Change, ChangeKind, change_drift, changes
from specdrift.loader import load
from specdrift.model.result.drift import Severity
from specdrift.settings import LoaderSettings

if TYPE_CHECKING:
    from pathlib import Path

    from specdrift.model.contract.contract import Contract

SCHEMES = """\
mtls: {type: mutualTLS}
partner: {type: mutualTLS}
key: {type: apiKey, in: header, name: X-Key}
token: {type: http, scheme: bearer}
login: {type: oauth2, flows: {}}
"""


def document(
    operation: str,
    *,
    root: str = "",
    path: str = "/items/{id}",
    extra: str = "",
    schemes: str = SCHEMES,
    method: str = "get",
) -> str:
    """A description with one operation, whose ``security`` line (or none) is given."""
    return (
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"
        f"{root}\npaths:\n  {path}:\n    {method}:\n      responses: {{}}\n"
        f"{indent(operation, '      ')}\n{extra}\n"
        f"components:\n  securitySchemes:\n{indent(schemes, '    ')}"
    )


def read(folder: Path, name: str, text: str) -> Contract:
    """The contract of a text, from a file of that name."""
    (folder / name).write_text(text, encoding="utf-8")
    return load(name, LoaderSettings(), cwd=folder)


def found(folder: Path, older: str, newer: str) -> tuple[Change, ...]:
    """What changed between two texts."""
    return changes(read(folder, "old.yaml", older), read(folder, "new.yaml", newer))


def kinds(folder: Path, older: str, newer: str) -> list[str]:
    """The kinds alone."""
    return [change.kind.value for change in found(folder, older, newer)]


MTLS = "security: [{mtls: []}]"
KEY = "security: [{key: []}]"
SERVER = "servers: [{url: 'https://api.test/v1'}]"
CHOSEN = "servers: [{url: '{p}://api.test/v1', variables: {p: {default: https, enum: [https, http]}}}]"
REGION = "servers: [{url: 'https://{r}.test/v1', variables: {r: {default: api, enum: [api, eu]}}}]"

REQUIREMENTS = [
    ("removed", MTLS, "", "requirement-removed", "strengthened"),
    ("emptied without a root", MTLS, "security: []", "requirement-removed", "strengthened"),
    ("emptied as {}", MTLS, "security: [{}]", "requirement-removed", "strengthened"),
    ("{} added", MTLS, "security: [{mtls: []}, {}]", "anonymous-added", "strengthened"),
    ("alternative added", MTLS, "security: [{mtls: []}, {key: []}]", "alternative-added", "strengthened"),
    (
        "alternative of the same strength",
        KEY,
        "security: [{key: []}, {token: []}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "second certificate",
        MTLS,
        "security: [{mtls: []}, {partner: []}]",
        "alternative-added",
        "strengthened",
    ),
    ("role dropped", "security: [{mtls: [admin]}]", MTLS, "role-dropped", "strengthened"),
    (
        "one more role of which one is enough",
        "security: [{mtls: [a]}]",
        "security: [{mtls: [a, b]}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "one more role of another scheme",
        "security: [{key: [a]}]",
        "security: [{key: [a, b]}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "one more role beside another scheme",
        "security: [{mtls: [a], key: []}]",
        "security: [{mtls: [a, b], key: []}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "one of two roles replaced",
        "security: [{mtls: [a, b]}]",
        "security: [{mtls: [a, c]}]",
        "role-dropped",
        "role-dropped",
    ),
    ("every role allowed", "security: [{mtls: [a, b]}]", MTLS, "role-dropped", "strengthened"),
    (
        "several roles for those of another certificate",
        "security: [{mtls: [a, b]}]",
        "security: [{partner: [a, b]}]",
        "scheme-changed",
        "scheme-changed",
    ),
    (
        "role replaced",
        "security: [{mtls: [admin]}]",
        "security: [{mtls: [reader]}]",
        "role-dropped",
        "role-dropped",
    ),
    (
        "scope dropped",
        "security: [{login: [r, w]}]",
        "security: [{login: [r]}]",
        "role-dropped",
        "strengthened",
    ),
    ("member dropped", "security: [{mtls: [], key: []}]", MTLS, "member-dropped", "strengthened"),
    ("certificate dropped", "security: [{mtls: [], key: []}]", KEY, "member-dropped", "strengthened"),
    ("certificate for a key", MTLS, KEY, "scheme-changed", "strengthened"),
    ("certificate for a token", MTLS, "security: [{login: [r]}]", "scheme-changed", "strengthened"),
    ("key for a token", KEY, "security: [{token: []}]", "scheme-changed", "scheme-changed"),
    ("another certificate", MTLS, "security: [{partner: []}]", "scheme-changed", "scheme-changed"),
    ("scheme lost", MTLS, "security: [{mtsl: []}]", "scheme-lost", "older-unreadable"),
    ("unreadable", MTLS, "security: mtls", "scheme-lost", "older-unreadable"),
    ("unreadable, then open", "security: null", "security: []", "older-unreadable", "strengthened"),
    ("unreadable beside another", "security: [{mtsl: []}, {key: []}]", KEY, "strengthened", "scheme-lost"),
    ("offer withdrawn", "security: [{mtls: []}, {}]", "security: []", "offer-changed", "offer-added"),
    (
        "role dropped beside another scheme",
        "security: [{mtls: [admin]}, {key: []}]",
        "security: [{mtls: []}, {key: []}]",
        "role-dropped",
        "strengthened",
    ),
    (
        "role replaced beside another scheme",
        "security: [{mtls: [admin]}, {token: []}]",
        "security: [{mtls: [user]}, {token: []}]",
        "role-dropped",
        "role-dropped",
    ),
    (
        "a role of its own beside another scheme",
        "security: [{mtls: [admin]}, {key: []}]",
        "security: [{mtls: [admin]}, {mtls: [user]}, {key: []}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "role dropped with the other scheme",
        "security: [{mtls: [admin]}, {key: []}]",
        "security: [{mtls: []}]",
        "role-dropped",
        "scheme-changed",
    ),
    (
        "certificate beside a key",
        KEY,
        "security: [{key: []}, {mtls: []}]",
        "alternative-added",
        "strengthened",
    ),
    (
        "certificate beside a scope",
        "security: [{login: [r]}]",
        "security: [{login: [r]}, {mtls: []}]",
        "alternative-added",
        "strengthened",
    ),
]


@pytest.mark.parametrize(
    ("older", "newer", "forth", "back"), [case[1:] for case in REQUIREMENTS], ids=[c[0] for c in REQUIREMENTS]
)
def test_each_kind_of_change_has_its_name_in_both_directions(
    tmp_path: Path, older: str, newer: str, forth: str, back: str
) -> None:
    """A change that admits callers in one direction refuses them in the other."""
    assert kinds(tmp_path, document(older), document(newer)) == [forth]
    assert kinds(tmp_path, document(newer), document(older)) == [back]


ROOTED = document("", root=MTLS)
WHOLE = [
    ("[] over the root", ROOTED, document("security: []", root=MTLS), ["emptied"], ["strengthened"]),
    ("root removed", ROOTED, document(""), ["requirement-removed"], ["strengthened"]),
    ("root loosened", ROOTED, document("", root=KEY), ["scheme-changed"], ["strengthened"]),
    (
        "a scheme's type",
        document(MTLS),
        document(MTLS, schemes="mtls: {type: http, scheme: basic}\n"),
        ["scheme-changed"],
        ["strengthened"],
    ),
    (
        "where a key stands",
        document(KEY),
        document(KEY, schemes=SCHEMES.replace("X-Key", "X-Other")),
        ["scheme-changed"],
        ["scheme-changed"],
    ),
    (
        "who issues tokens",
        document(
            "security: [{oidc: []}]",
            schemes="oidc: {type: openIdConnect, openIdConnectUrl: 'https://a.test'}\n",
        ),
        document(
            "security: [{oidc: []}]",
            schemes="oidc: {type: openIdConnect, openIdConnectUrl: 'https://b.test'}\n",
        ),
        ["scheme-changed"],
        ["scheme-changed"],
    ),
    ("scheme removed", document(MTLS), document(MTLS, schemes="{}\n"), ["scheme-lost"], ["older-unreadable"]),
    (
        "a path falls to an open template",
        document("security: []", extra=f"  /items/me: {{get: {{{MTLS}, responses: {{}}}}}}"),
        document("security: []"),
        ["template-reached"],
        [],
    ),
    (
        "a path falls to a template that requires the same",
        document(MTLS, extra=f"  /items/me: {{get: {{{MTLS}, responses: {{}}}}}}"),
        document(MTLS),
        [],
        [],
    ),
    (
        "a method of a path that stays",
        document("security: []", extra=f"  /items/me: {{get: {{{MTLS}}}, put: {{{MTLS}}}}}"),
        document("security: []", extra=f"  /items/me: {{put: {{{MTLS}}}}}"),
        ["removed"],
        [],
    ),
    (
        "path not read",
        document(MTLS, extra="  /a: {$ref: '#/nowhere'}"),
        document(MTLS, extra="  /a: {get: {security: [{key: []}], responses: {}}}"),
        ["older-unreadable"],
        [],
    ),
    (
        "path not read, then open",
        document(MTLS, extra="  /a/{id}: {}\n  /b:"),
        document(MTLS, extra="  /b: {get: {responses: {}}}"),
        ["older-unreadable"],
        [],
    ),
    (
        "method not read",
        document(MTLS, extra="  /a/{id}: {GET: {responses: {}}, post: {responses: {}}}"),
        document(MTLS, extra="  /a/{n}: {get: {responses: {}}, post: {responses: {}}}"),
        ["older-unreadable"],
        [],
    ),
    (
        "another method not read",
        document(MTLS, extra="  /a: {PUT: {responses: {}}}"),
        document(MTLS, extra="  /a: {get: {security: [{key: []}], responses: {}}}"),
        [],
        ["removed"],
    ),
    (
        "open operation",
        document(MTLS),
        document(MTLS, extra="  /new: {get: {responses: {}}}"),
        ["open-operation-added"],
        [],
    ),
    (
        "optional operation",
        document(MTLS),
        document(MTLS, extra="  /new: {get: {security: [{}, {mtls: []}], responses: {}}}"),
        ["open-operation-added"],
        [],
    ),
    (
        "guarded operation",
        document(MTLS),
        document(MTLS, extra="  /new: {get: {security: [{key: []}], responses: {}}}"),
        [],
        ["removed"],
    ),
    ("open among open ones", document(""), document("", extra="  /new: {get: {responses: {}}}"), [], []),
    (
        "moved and opened",
        document("operationId: one\n" + MTLS),
        document("operationId: one", path="/moved"),
        ["requirement-removed"],
        ["strengthened"],
    ),
    (
        "another host",
        document(MTLS, root=SERVER),
        document(MTLS, root="servers: [{url: 'https://api.test/v1'}, {url: 'https://other.test'}]"),
        ["server-added"],
        ["server-removed"],
    ),
    (
        "another port",
        document(MTLS, root=SERVER),
        document(MTLS, root="servers: [{url: 'https://api.test:8443/v1'}]"),
        ["server-added", "server-removed"],
        ["server-added", "server-removed"],
    ),
    (
        "without TLS",
        document(MTLS, root=SERVER),
        document(MTLS, root=SERVER.replace("https", "http")),
        ["server-added"],
        ["server-removed"],
    ),
    (
        "without TLS, by a value of a variable",
        document(MTLS, root=SERVER),
        document(MTLS, root=CHOSEN),
        ["server-added"],
        ["server-removed"],
    ),
    (
        "another host, by a value of a variable",
        document(MTLS, root=SERVER),
        document(MTLS, root=REGION),
        ["server-added"],
        ["server-removed"],
    ),
    ("a server where none was", document(MTLS), document(MTLS, root=SERVER), [], ["server-relative"]),
    (
        "the host that serves the document",
        document(MTLS, root=SERVER),
        document(MTLS, root="servers: [{url: /v1}]"),
        ["server-relative"],
        [],
    ),
    (
        "the same for one operation",
        document(MTLS, root=SERVER),
        document(MTLS + "\nservers: []", root=SERVER),
        ["server-relative"],
        [],
    ),
    (
        "that host and the former one",
        document(MTLS, root=SERVER),
        document(MTLS, root=SERVER.replace("]", ", {url: ./}]")),
        ["server-relative"],
        [],
    ),
    (
        "another relative server",
        document(MTLS, root="servers: [{url: /v1}]"),
        document(MTLS, root="servers: [{url: /v2}]"),
        [],
        [],
    ),
    (
        "another method in place of a removed one",
        document(MTLS, extra=f"  /orders: {{get: {{{MTLS}}}}}"),
        document(MTLS, extra="  /search: {post: {security: [{key: []}]}}"),
        ["replacement-added", "removed"],
        ["removed"],
    ),
    (
        "another method beside what replaces the removed one",
        document(MTLS, extra=f"  /orders: {{get: {{{MTLS}}}}}"),
        document(
            MTLS, extra=f"  /orders/v2: {{get: {{{MTLS}}}}}\n  /hooks: {{post: {{security: [{{key: []}}]}}}}"
        ),
        ["removed"],
        ["removed", "removed"],
    ),
    (
        "a server of the operation",
        document(MTLS, root=SERVER),
        document(MTLS + "\nservers: [{url: 'http://api.test'}]", root=SERVER),
        ["server-added"],
        ["server-removed"],
    ),
]


@pytest.mark.parametrize(
    ("older", "newer", "forth", "back"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE]
)
def test_changes_outside_of_the_operation_are_found(
    tmp_path: Path, older: str, newer: str, forth: list[str], back: list[str]
) -> None:
    """The root, a scheme, a server or a whole operation can open what looks untouched."""
    assert kinds(tmp_path, older, newer) == forth
    assert kinds(tmp_path, newer, older) == back


NO_CHANGE = [
    ("order", document("security: [{mtls: []}, {key: []}]"), document("security: [{key: []}, {mtls: []}]")),
    (
        "order of members",
        document("security: [{mtls: [], key: []}]"),
        document("security: [{key: [], mtls: []}]"),
    ),
    (
        "roles of one alternative as several",
        document("security: [{mtls: [a, b], key: []}]"),
        document("security: [{mtls: [b], key: []}, {mtls: [a], key: []}]"),
    ),
    ("a role twice", document("security: [{mtls: [a]}]"), document("security: [{mtls: [a, a]}]")),
    ("order of roles", document("security: [{mtls: [a, b]}]"), document("security: [{mtls: [b, a]}]")),
    (
        "a renamed scheme",
        document(MTLS),
        document("security: [{certificate: []}]", schemes="certificate: {type: mutualTLS}\n"),
    ),
    (
        "names exchanged",
        document(MTLS, schemes="mtls: {type: mutualTLS}\nkey: {type: apiKey, in: header, name: X}\n"),
        document(KEY, schemes="key: {type: mutualTLS}\nmtls: {type: apiKey, in: header, name: X}\n"),
    ),
    ("from the root into the operation", ROOTED, document(MTLS)),
    ("moved lines", document(MTLS), "# a word\n\n" + document(MTLS)),
    ("a renamed path parameter", document(MTLS), document(MTLS, path="/items/{itemId}")),
    ("[] for [{}]", document("security: []"), document("security: [{}]")),
    ("nothing said in two ways", document(""), document("security: []")),
    ("a superfluous alternative", document(MTLS), document("security: [{mtls: []}, {mtls: [], key: []}]")),
    ("an unused scheme", document(MTLS), document(MTLS, schemes=SCHEMES + "more: {type: mutualTLS}\n")),
    ("a server's path", document(MTLS, root=SERVER), document(MTLS, root=SERVER.replace("v1", "v2"))),
    (
        "a server's own port",
        document(MTLS, root=SERVER),
        document(MTLS, root=SERVER.replace("test", "test:443")),
    ),
    (
        "another default among the same values",
        document(MTLS, root=REGION),
        document(MTLS, root=REGION.replace("default: api", "default: eu")),
    ),
    (
        "values of a variable written out",
        document(MTLS, root=CHOSEN),
        document(MTLS, root="servers: [{url: 'https://api.test/v1'}, {url: 'http://api.test/v1'}]"),
    ),
]


@pytest.mark.parametrize(("one", "other"), [c[1:] for c in NO_CHANGE], ids=[c[0] for c in NO_CHANGE])
def test_the_same_meaning_is_no_change(tmp_path: Path, one: str, other: str) -> None:
    """Otherwise the job would be turned off."""
    assert kinds(tmp_path, one, other) == []
    assert kinds(tmp_path, other, one) == []


def test_a_removed_open_operation_is_no_change(tmp_path: Path) -> None:
    """It asked for nothing: no guard can go unseen."""
    assert kinds(tmp_path, document(MTLS, extra="  /more: {get: {responses: {}}}"), document(MTLS)) == []


def test_a_removed_guarded_operation_is_named(tmp_path: Path) -> None:
    """Its route may still be served, and no check of the newer document requests it. Each has its own fingerprint."""
    more = "  /more: {get: {security: [{mtls: []}]}}\n  /most: {get: {security: [{mtls: []}]}}"
    older, newer = document(MTLS, extra=more), document(MTLS)
    drifts = [change_drift(change, older="old.yaml") for change in found(tmp_path, older, newer)]
    assert [(drift.rule, drift.severity) for drift in drifts] == [("operation-removed", Severity.NOTE)] * 2
    assert drifts[0].message.startswith(
        'The document no longer has GET /more, which required "mtls" (mutualTLS): no check'
    )
    assert len({drift.fingerprint for drift in drifts}) == len({drift.subject for drift in drifts}) == 2
    assert [str(drift.location) for drift in drifts] == ["old.yaml:9", "old.yaml:10"]


@pytest.mark.parametrize(
    ("older", "newer", "severity"),
    [
        (MTLS, "", Severity.ERROR),
        (KEY, "security: [{token: []}]", Severity.WARNING),
        ("", MTLS, Severity.NOTE),
    ],
)
def test_only_less_is_an_error(tmp_path: Path, older: str, newer: str, severity: Severity) -> None:
    """More is a note of its own rule, another scheme of the same strength a warning."""
    (change,) = found(tmp_path, document(older), document(newer))
    drift = change_drift(change, older="old.yaml")
    rule = "security-upgrade" if severity is Severity.NOTE else "security-downgrade"
    assert (drift.rule, drift.severity) == (rule, severity)


@pytest.mark.parametrize(
    ("older", "newer", "severity"),
    [
        ("https://id.test/token", "https://evil.test/token", Severity.ERROR),
        ("https://id.test/token", "http://id.test/token", Severity.ERROR),
        ("https://id.test/token", "https://id.test/oauth/token", Severity.WARNING),
        ("https://id.test/token", "/token", Severity.WARNING),
        ("/token", "https://id.test/token", Severity.WARNING),
        ("http://id.test/token", "https://id.test/token", Severity.WARNING),
    ],
)
def test_tokens_of_a_foreign_host_are_less(
    tmp_path: Path, older: str, newer: str, severity: Severity
) -> None:
    """Who issues tokens decides who is admitted; another path of the same host is another scheme."""
    documents = [
        document(
            "security: [{login: []}]",
            schemes=f"login: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: '{url}', scopes: {{}}}}}}}}\n",
        )
        for url in (older, newer)
    ]
    (change,) = found(tmp_path, *documents)
    assert change_drift(change, older="old.yaml").severity == severity


def test_requests_to_the_host_of_the_document_are_a_warning(tmp_path: Path) -> None:
    """Only the deployment decides which host that is."""
    (change,) = found(tmp_path, document(MTLS, root=SERVER), document(MTLS))
    drift = change_drift(change, older="old.yaml")
    assert (drift.rule, drift.severity) == ("security-downgrade", Severity.WARNING)
    assert drift.title == "The document no longer names the host of its server"
    assert "host that serves the document: /; it had https://api.test/v1" in drift.message


@pytest.mark.parametrize(
    ("older", "newer", "said"),
    [
        (MTLS, KEY, '"key" (apiKey in header X-Key); it required "mtls" (mutualTLS)'),
        (
            KEY,
            "security: [{token: []}]",
            '"token" (http bearer); it required "key" (apiKey in header X-Key)',
        ),
        (
            "security: [{mtls: [c], key: []}]",
            "security: [{mtls: [a, b], key: []}]",
            '"mtls" (mutualTLS) with role a or b and "key" (apiKey in header X-Key); it required "mtls" (mutualTLS)',
        ),
        (MTLS, "security: mtls", 'something unreadable ("security" is a string)'),
    ],
)
def test_a_message_names_the_old_and_the_new_requirement(
    tmp_path: Path, older: str, newer: str, said: str
) -> None:
    """A reviewer sees both sides in one sentence."""
    (change,) = found(tmp_path, document(older), document(newer))
    assert said in change_drift(change, older="old.yaml").message


def test_a_change_names_both_lines_through_references(tmp_path: Path) -> None:
    """The line that decides may stand in another file on either side."""
    split = document("").replace("    get:\n      responses: {}\n", "    $ref: paths.yaml\n")
    (tmp_path / "paths.yaml").write_text("get:\n  responses: {}\n\n  security: []\n", encoding="utf-8")
    (change,) = found(tmp_path, ROOTED, split.replace("paths:\n", f"{MTLS}\npaths:\n"))
    drift = change_drift(change, older="old.yaml")
    assert change.kind is ChangeKind.EMPTIED
    assert str(drift.location) == "paths.yaml:4"
    assert [str(place) for place in drift.related] == ["old.yaml:3", "paths.yaml:1"]
    assert "(see old.yaml:3)" in drift.message


def test_a_fingerprint_outlives_lines_and_the_name_of_the_older_document(tmp_path: Path) -> None:
    """An accepted change stays accepted until the requirement is loosened further."""

    def fingerprint(older: str, newer: str) -> str:
        (change,) = found(tmp_path, older, newer)
        return change_drift(change, older="old.yaml").fingerprint

    accepted = fingerprint(document(MTLS), document("security: [{mtls: []}, {key: []}]"))
    assert accepted == fingerprint(
        "\n" + document(MTLS), "\n\n" + document("security: [{key: []}, {mtls: []}]")
    )
    assert accepted != fingerprint(document(MTLS), document("security: [{mtls: []}, {token: []}]"))
    assert accepted != fingerprint(document(MTLS), document("security: [{mtls: []}, {}]"))


def test_a_server_that_many_operations_share_is_reported_once(tmp_path: Path) -> None:
    """One line of the document is one finding."""
    many = "".join(f"  /p{number}: {{get: {{responses: {{}}}}}}\n" for number in range(5))
    older = document(MTLS, root=SERVER, extra=many)
    (change,) = found(tmp_path, older, older.replace("]\npaths", ", {url: 'http://evil.test'}]\npaths"))
    drift = change_drift(change, older="old.yaml")
    assert (drift.operation, str(drift.location)) == (None, "new.yaml:3")
    assert "http://evil.test (without TLS)" in drift.message
    assert "6 operations share this" in drift.message


@pytest.mark.slow
def test_thousands_of_alternatives_take_no_minutes(tmp_path: Path) -> None:
    """A document of anonymous callers decides how many there are, not how long a job runs."""
    older, newer = (
        document("", root=f"security: [{', '.join(f'{{mtls: [{role}{n}]}}' for n in range(4000))}]")
        for role in ("a", "b")
    )
    contracts = read(tmp_path, "old.yaml", older), read(tmp_path, "new.yaml", newer)
    started = time.monotonic()
    assert [change.kind for change in changes(*contracts)] == [ChangeKind.ROLE_DROPPED]
    assert time.monotonic() - started < 10
