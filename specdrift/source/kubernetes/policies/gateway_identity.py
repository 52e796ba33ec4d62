"""The certificate that a gateway presents to the services behind it."""

from collections.abc import Iterator

from msgspec import Struct

from specdrift.source.kubernetes.policies.policy_conditions import text_fits
from specdrift.source.kubernetes.workloads import ROOT, Workload

INGRESS = "istio-ingress"
"""Namespace of gateways in the documentation of Istio."""
TRUST_DOMAIN, DEFAULT = "cluster.local", "default"


class GatewayIdentity(Struct, frozen=True):
    """Namespaces and service accounts that the pods of a gateway have, or have as Istio installs them.

    A policy that names one of them is taken to mean the gateway: it admits its requests. That a policy refuses them
    does not follow from it.
    """

    namespaces: frozenset[str]
    accounts: frozenset[str]

    @classmethod
    def of(cls, workload: Workload) -> "GatewayIdentity":
        """Return that of a workload: of its pods, if they are in the files, else by its labels or its gateway."""
        namespaces = frozenset({workload.namespace} if workload.namespace else {ROOT, INGRESS})
        if workload.account:
            return cls(namespaces, frozenset({workload.account}))
        return cls(namespaces, frozenset(_usual(workload)))

    def has_principal(self, pattern: str) -> bool:
        """Return whether a pattern of principals means it, in any trust domain."""
        _, found, rest = pattern.partition("/ns/")
        namespace, _, account = rest.partition("/sa/")
        if found and account and "*" not in rest:
            return account in self.accounts and (namespace in self.namespaces or account != DEFAULT)
        return any(
            text_fits(pattern, f"{TRUST_DOMAIN}/ns/{namespace}/sa/{account}")
            for namespace in self.namespaces
            for account in self.accounts
        )

    def has_namespace(self, pattern: str) -> bool:
        """Return whether a pattern of namespaces means its own."""
        return any(text_fits(pattern, one) for one in self.namespaces)

    def has_account(self, written: str) -> bool:
        """Return whether a service account is its own; a namespace may stand before it."""
        return written.rpartition("/")[2] in self.accounts


def _usual(workload: Workload) -> Iterator[str]:
    """Yield the accounts that Istio makes for a gateway: with the operator, the chart, and the Gateway API."""
    if workload.gateway is not None:
        yield f"{workload.gateway.name}-istio"
        return
    for value in workload.labels.values():
        for name in (value, f"istio-{value}"):
            yield from (name, f"{name}-service-account")
