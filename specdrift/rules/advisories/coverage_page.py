"""Renders the published vulnerabilities as Markdown (``docs/coverage.md``)."""

from collections.abc import Iterator, Mapping

from specdrift.rules.advisories.vulnerabilities import VULNERABILITIES, page_of
from specdrift.rules.advisories.vulnerable_versions import run_of

OPENING = """\
# See which published bypasses are probed

Published vulnerabilities in which a server, proxy or framework did not enforce client certificates, the rule that
reports their class, and whether the probes reach it. `./dev docs` generates this file from
`specdrift/rules/advisories/`; do not edit it by hand. "On a condition" needs what the fifth column names.
"Not probed" means that a server with it is not found by it: a run does not report these classes as absent.
`python -m tests.servers.controls` checks the vulnerable versions that the last column names, each beside its fix; for the
others the rule is held against servers with a fault of the class ([servers.md](servers.md)), and not against the product.
No certificate with an ML-DSA key is generated: Python's TLS needs OpenSSL 3.5 or newer to send one. A file with such a key,
of an identity or of `[client-ca]`, is an error (exit 2) that names the file and Python's OpenSSL. A certificate with an
ML-DSA signature is generated with `[battery] impostor-issuer-ml-dsa = "refuse"`; an identity with an RSA, EC, Ed25519 or
Ed448 key may have a certificate of an ML-DSA CA.

| vulnerability | | rule | | what is sent, or why nothing is | versions |
| --- | --- | --- | --- | --- | --- |
"""


def coverage(rules_of: Mapping[str, tuple[str, ...]]) -> str:
    """Render the table as Markdown. ``rules_of`` are the ids of the rules that cite each vulnerability."""
    return OPENING + "".join(_rows(rules_of))


def _rows(rules_of: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for one in VULNERABILITIES.values():
        link = f"[{one.id}]({page_of(one.id)})"
        rules = ", ".join(f"[{name}](rules.md#{name})" for name in rules_of.get(one.id, ())) or "-"
        run = run_of(one.id)
        yield f"| {link} | {one.title} | {rules} | {one.visibility} | {one.how} | {run} |\n"
