"""A caller who may not list a collection by its role may have a resource of its own there: no other one is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from specdrift.settings import Identity
from tests.changed_settings import changed
from tests.scan.running import run, settings_for
from tests.scan.small_api import listening
from tests.servers.python.tls import Handler

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

pytestmark = pytest.mark.servers

DOCUMENT = """
openapi: 3.1.0
info: { title: Timesheets, version: "1" }
security: [{ mtls: [] }]
paths:
  /people:
    get: { LISTED responses: { "200": { description: All people. } } }
  /people/{id}/timesheet:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    get: { responses: { "200": { description: One's own, or any for hr. } } }
components:
  securitySchemes:
    mtls: { type: mutualTLS }
"""
OWNERS = {"p-4101": "alice", "p-8202": "bob"}


class Timesheets(Handler):
    """Alice lists all people; each reads an own timesheet."""

    def respond(self) -> None:
        """Answer the request."""
        path = self.path.partition("?")[0]
        if not self.caller:
            return self.reply(401, {"error": "certificate required"})
        if path == "/people":
            people = [{"id": one, "name": f"{name} of {one}"} for one, name in OWNERS.items()]
            return (
                self.reply(200, {"people": people})
                if self.caller == "alice"
                else self.reply(403, {"error": "no"})
            )
        owner = OWNERS.get(path.removeprefix("/people/").removesuffix("/timesheet"))
        if owner is None:
            return self.reply(404, {"error": "not found"})
        if owner != self.caller:
            return self.reply(403, {"error": "no"})
        return self.reply(200, {"owner": owner, "hours": 4711.25, "week": "2026-W41"})


@pytest.mark.parametrize(
    ("listed", "accused"),
    [("security: [{ mtls: [hr] }],", False), ("", True)],
    ids=["by role", "by the server alone"],
)
def test_a_refused_list_explains_only_what_the_document_promises(
    listed: str,
    accused: bool,  # noqa: FBT001
    pki: TestPki,
    tmp_path: Path,
) -> None:
    """Where everybody may list, a caller that is refused there and at the resource lacks something."""
    document = tmp_path / "openapi.yaml"
    document.write_text(DOCUMENT.replace("LISTED", listed))
    with listening(Timesheets, pki) as url:
        made = settings_for(pki, url, spec=str(document), checks=("certificate",))
        alice = Identity(
            name="alice", cert_file=pki.alice.cert, key_file=pki.alice.key, roles=frozenset({"hr"})
        )
        bob = Identity(name="bob", cert_file=pki.bob.cert, key_file=pki.bob.key, roles=frozenset({"staff"}))
        result = run(changed(made, identities=(alice, bob)))
    refused = {
        (d.rule, d.identity) for d in result.drifts if d.operation and d.operation.path.endswith("timesheet")
    }
    assert (("valid-certificate-refused", "bob") in refused) is accused
