"""What openapi-core lacks: a security provider for ``mutualTLS``.

Without one, validating any request to an operation that names such a scheme ends in ``KeyError``.
"""

from openapi_core.datatypes import RequestParameters
from openapi_core.security.factories import SecurityProviderFactory
from openapi_core.security.providers import BaseProvider


class MutualTlsProvider(BaseProvider):
    """The client certificate is not part of an HTTP request, so that a request alone never lacks it."""

    def __call__(self, parameters: RequestParameters) -> None:  # noqa: ARG002 # as in the base class
        return None


class ProviderFactory(SecurityProviderFactory):
    """openapi-core's own providers, and ours."""

    PROVIDERS = {**SecurityProviderFactory.PROVIDERS, "mutualTLS": MutualTlsProvider}  # noqa: RUF012 # as there
