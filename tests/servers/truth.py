"""The exact result that a correct check reports for a variant, read from `truth.toml`.

How the truths are counted, for every server alike:

- `certificate-never-requested`, `public-ca-requested`: one for the listener, which has no method and no path.
- `certificate-url-fetched`: one for the listener, in the same way.
- `issuer-endpoint-without-mtls`: one for each issuer, which has no method and no path.
- `issuer-binding-unused`: one for each security scheme, in the same way.
- `mtls-not-enforced`: one for each operation that needs a certificate and admits a caller
  without one. Nothing further is expected of that operation.
- `invalid-certificate-accepted`: one for each operation that needs a certificate and refuses
  the caller without one, and each certificate that it wrongly admits: a profile of PROFILES
  (one drift for all certificates of the profile) or the name of a configured identity (`expired`).
- `mtls-over-enforced`: one for each operation that is declared open and refuses the caller
  without a certificate. An invalid certificate rejected on an open path is no drift.
- `valid-certificate-refused`: one for each operation and identity, where that identity is
  admitted elsewhere. A server that rejects every valid identity everywhere is undecided.
- `undocumented-endpoint`: one for each path that answers and is not in the document.
- `enforcement-inconsistent`: one for each operation whose answer depends on the attempt.
- `method-not-enforced`, `path-variant-bypass`, `plaintext-listener`, `host-sni-confusion`: one for
  each operation that rejects the baseline request and admits a bypass attempt, however many attempts succeed.
  The subject is the identity that lacks the role, where the anonymous client is rejected.
- `resumption-bypass`: the same for each caller who is refused with a full handshake.
- `session-outlives-certificate`: one for the first guarded GET, by the generated identity.
- `session-replaces-certificate`: one for each operation that a cookie of a valid certificate opens.
- `session-outlives-revocation`: one for the first guarded GET, by the identity that is revoked.
- `effect-despite-refusal`: one for each operation that stores what a refused caller sends.
- `forwarded-certificate-trusted`: one for each operation that a header opens, however many headers do.
- `proxy-protocol-trusted`: one for each operation that a PROXY header opens, and each kind of claim that does.
- `forwarded-identity-override`: the same for each caller who gets another caller's identity.
- `input-not-validated`: one for each operation and valid identity whose malformed input is accepted.
- `denial-after-validation`: one for each operation that reports malformed input to an anonymous client.
- `data-elsewhere`: one for each operation whose data are in the answers to other requests.
- `role-not-enforced`: one for each operation with roles and identity of another role that it admits.
- `role-over-enforced`: one for each operation with roles and identity of the role that it refuses,
  where another identity is admitted, or this one elsewhere.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from specdrift.checks import CHECKS
from specdrift.rules import RULES as CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


RULES = tuple(rule for rule in CATALOGUE if any(rule in check.rules for check in CHECKS))
"""The rules whose exact drifts the truths give: all that a check reports."""

PROFILES = (
    "self-signed",
    "untrusted-issuer",
    "impostor-issuer",
    "leaf-as-issuer",
    "extra-chain-certificate",
    "malformed",
    "ambiguous-name",
    "unknown-name",
    "partial-name",
)
"""Profiles that need no key of the client CA, and that some server admits, and those about names: the truths are
complete for these. The other profiles without a key (`wrong-private-key`, `server-certificate`,
`ca-as-client`) prove no possession of a key, which no TLS stack lets pass.
"""

DEFAULT_IDENTITIES = ("alice", "expired")
DEFAULT_DOCUMENT = "openapi.yaml"


class ExpectedDrift(Struct, frozen=True, order=True, kw_only=True):
    """One drift. `subject` is an identity's or profile's name, empty for the anonymous caller. A drift of the listener
    has no method and no path.
    """

    rule: str
    method: str
    path: str
    subject: str = ""


class Truth(Struct, frozen=True, kw_only=True):
    """All that a check of one variant must report, and all that it cannot decide.

    `undecided` holds (method, path) of the operations that no verdict can be given for,
    `tolerated` of those that may be undecided or consistent from run to run, but never a drift.
    `possible` are drifts that depend on the version of the server: they may be reported.
    `broken` operations succeed for no caller; what decides them is in the handshake.
    """

    drifts: frozenset[ExpectedDrift] = frozenset()
    undecided: frozenset[tuple[str, str]] = frozenset()
    tolerated: frozenset[tuple[str, str]] = frozenset()
    possible: frozenset[ExpectedDrift] = frozenset()
    broken: frozenset[tuple[str, str]] = frozenset()


class Variant(Struct, frozen=True, kw_only=True):
    """One table of a `truth.toml`: the setup of the server and its expected results. `config` is a `specdrift.toml`
    beyond the options of the command, `client_ca` what it sets of the client CA beside certificate and key (`None`: it
    sets none of them), `battery` the policies of profiles with that CA, `revoke_path` where a request revokes the
    identity `canary` at the end of the run. `message` are words of every finding: the detail of the request that
    bypassed the guard, or what is disclosed. `pending` names defects that the command cannot find yet; empty: none.
    `some_forms` are further profiles that the truth is complete for; the server refuses the test PKI's certificates of
    them.
    `sweep_only` variants are run by `./dev truth`, and not by the tests, which run others of their kind.
    """

    name: str
    about: str
    document: Path
    identities: tuple[str, ...]
    options: tuple[str, ...]
    config: Path | None
    settings: Mapping[str, str]
    client_ca: Mapping[str, str] | None
    battery: Mapping[str, str]
    revoke_path: str
    truth: Truth
    message: str = ""
    pending: str = ""
    sweep_only: bool = False
    some_forms: frozenset[str] = frozenset()


def load_variants(folder: Path) -> tuple[Variant, ...]:
    """Read `folder/truth.toml`; documents are looked for in the folder, then beside it."""
    tables = tomllib.loads((folder / "truth.toml").read_text(encoding="utf-8"))
    return tuple(_variant(name, table, folder) for name, table in tables.items())


def _variant(name: str, table: dict[str, Any], folder: Path) -> Variant:
    document = table.get("document", DEFAULT_DOCUMENT)
    candidates = (folder / document, folder.parent / document)
    return Variant(
        name=name,
        about=table["about"],
        document=next(path for path in candidates if path.is_file()),
        identities=tuple(table.get("identities", DEFAULT_IDENTITIES)),
        options=tuple(table.get("options", ())),
        config=folder / table["config"] if "config" in table else None,
        settings=table.get("settings", {}),
        client_ca=table.get("client-ca"),
        battery=table.get("battery", {}),
        revoke_path=table.get("revoke-path", ""),
        message=table.get("message", ""),
        pending=table.get("pending", ""),
        sweep_only=table.get("sweep-only", False),
        some_forms=frozenset(table.get("some-forms", ())),
        truth=Truth(
            drifts=_drifts(table.get("drifts", ())),
            possible=_drifts(table.get("possible", ())),
            undecided=frozenset(map(_operation, table.get("undecided", ()))),
            tolerated=frozenset(map(_operation, table.get("tolerated", ()))),
            broken=frozenset(map(_operation, table.get("broken", ()))),
        ),
    )


def _drifts(rows: Iterable[Mapping[str, Any]]) -> frozenset[ExpectedDrift]:
    """A row stands for every combination of its methods (GET if it has none), paths and subjects; without paths, for
    the listener.
    """
    return frozenset(
        ExpectedDrift(rule=_rule(row["rule"]), method=method, path=path, subject=subject)
        for row in rows
        for method in row.get("methods", ("GET",) if "paths" in row else ("",))
        for path in row.get("paths", ("",))
        for subject in row.get("subjects", ("",))
    )


def _rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"truth.toml expects a drift of {name!r}, which no check in CHECKS reports")
    return name


def _operation(text: str) -> tuple[str, str]:
    """Return method and path of `POST /orders`; a path alone means GET."""
    method, _, path = text.rpartition(" ")
    return method or "GET", path
