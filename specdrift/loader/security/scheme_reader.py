"""Reads the security schemes that Security Requirement Objects name."""

from collections.abc import Container, Iterator, Mapping
from typing import Any

from specdrift.loader.dialects import DIALECTS, Feature
from specdrift.loader.document_findings import near
from specdrift.loader.entry_document import EntryDocument
from specdrift.loader.nearest import hint, nearest
from specdrift.loader.parse.node import DocumentNode
from specdrift.loader.parse.text import printable
from specdrift.loader.security.checked_mapping import checked_mapping, type_name
from specdrift.loader.security.unread_extensions import hint_at_scheme
from specdrift.loader.sources import Refused
from specdrift.model.contract.location import SourceLocation
from specdrift.model.contract.requirement import SchemeType, SecurityScheme
from specdrift.model.contract.reserved_headers import is_reserved
from specdrift.model.result.drift import Severity
from specdrift.settings import LoaderSettings, SchemeSettings

_MUTUAL_TLS = SchemeType.MUTUAL_TLS.value
_ISSUERS = ("authorizationUrl", "tokenUrl", "deviceAuthorizationUrl", "openIdConnectUrl", "oauth2MetadataUrl")
_URI_SIGNS = frozenset("/#.:")


class SecuritySchemes:
    """The security schemes of the entry document. Names in other documents mean these, too."""

    def __init__(
        self,
        entry: EntryDocument,
        *,
        settings: LoaderSettings,
        configured: Mapping[str, SchemeSettings],
    ) -> None:
        self._root, self._dialect, self._references, self._findings = entry
        self._extension = settings.mtls_extension
        self._kinds = {name: scheme.kind for name, scheme in configured.items() if scheme.kind}
        self._declared: DocumentNode | None = None
        self._schemes: dict[str, SecurityScheme] = {}
        self._by_uri: dict[tuple[str, str], SecurityScheme | None] = {}
        self._read()

    @property
    def all(self) -> tuple[SecurityScheme, ...]:
        return tuple(self._schemes.values())

    def location(self, name: str) -> SourceLocation | None:
        """Where a scheme is declared in the map of schemes."""
        return self._declared.key(name) if self._declared and name in self._schemes else None

    def find(self, name: str, referrer: DocumentNode) -> SecurityScheme | None:
        """What ``name`` stands for in a requirement at ``referrer``; ``None`` when it is not defined.

        A component name wins over a URI (OpenAPI 3.2, Security Requirement Object).
        """
        if name in self._schemes:
            return self._schemes[name]
        if Feature.SCHEME_URIS not in self._dialect.features or not _URI_SIGNS & set(name):
            return None
        key = (referrer.document.base, name)
        if key not in self._by_uri:
            self._by_uri[key] = self._by_reference(name, referrer)
        return self._by_uri[key]

    def undefined(self, name: str) -> SecurityScheme:
        """Stands for a name that nothing defines; the configuration may still say what it means."""
        configured = self._kinds.get(name) == _MUTUAL_TLS
        return SecurityScheme(name=name, type=SchemeType.MUTUAL_TLS if configured else SchemeType.UNKNOWN)

    def suggestion(self, name: str, referrer: SourceLocation | None = None) -> str:
        """`` Did you mean "mtls" (line 8)?``, or nothing."""
        other = nearest(name, self._schemes)
        location = self.location(other)
        if location is None:
            return ""
        return f' Did you mean "{other}" ({near(location, referrer or location)})?'

    def _by_reference(self, name: str, referrer: DocumentNode) -> SecurityScheme | None:
        try:
            node = self._references.at(name, referrer.document)
        except Refused:
            return None
        if node.document is self._root.document and node.tokens[:-1] == self._dialect.schemes_at:
            return self._schemes[node.tokens[-1]]  # a longer way to say a component's name
        return self._scheme(name, self._references.follow(node, lost=_lost(name)))

    def _read(self) -> None:
        node = self._root
        for depth, token in enumerate(self._dialect.schemes_at):
            what = ".".join(self._dialect.schemes_at[: depth + 1])
            found = self._references.follow(node.get(token), lost="", misplaced_in=what)
            if found is None or checked_mapping(found, what, self._findings) is None:
                break
            node = found
        else:
            self._declared = node
            for name in node.value:
                self._schemes[name] = self._scheme(name, self._target(node.child(name), name))

    def _target(self, node: DocumentNode, name: str) -> DocumentNode | None:
        # 2.0 has no references here; later versions do.
        misplaced_in = "" if self._dialect.member == "openapi" else "securityDefinitions"
        return self._references.follow(node, lost=_lost(name), misplaced_in=misplaced_in)

    def report_unknown_configuration(self, mentioned: Container[str]) -> None:
        """Configured names that neither the map of schemes nor a requirement has."""
        for name in self._kinds:
            if name not in self._schemes and name not in mentioned:
                self._findings.add(
                    "undefined-security-scheme",
                    f"[schemes.{name}] in the configuration is not a security scheme of the document."
                    f"{self.suggestion(name)}",
                    None,
                )

    def _scheme(self, name: str, node: DocumentNode | None) -> SecurityScheme:
        if self._kinds.get(name) == _MUTUAL_TLS and not self._contradicted(name, node):
            return SecurityScheme(name=name, type=SchemeType.MUTUAL_TLS)
        if node is None:
            return SecurityScheme(name=name, type=SchemeType.UNKNOWN)
        value = checked_mapping(node, f'security scheme "{name}"', self._findings)
        if value is None:
            self._invalid(f'security scheme "{name}" is {type_name(node.value)}, not a map.', node.here)
            return SecurityScheme(name=name, type=SchemeType.UNKNOWN)
        parameter = _parameter(value)
        if parameter and parameter[0] == "header" and _is_reserved_field(parameter[1]):
            self._invalid(
                f'security scheme "{name}" names the header {printable(parameter[1])}, which frames or routes a '
                "request: no key is sent in it.",
                node.key("name"),
            )
            parameter = None
        declared = self._type(name, node)
        if declared is SchemeType.MUTUAL_TLS:
            return SecurityScheme(name=name, type=declared)  # other members belong to other types
        if not self._extension:
            hint_at_scheme(node, name, self._findings)
        return SecurityScheme(
            name=name,
            type=declared,
            parameter=parameter,
            http_scheme=_http_scheme(value),
            issuers=tuple(sorted(set(_issuers(value)))),
        )

    def _contradicted(self, name: str, node: DocumentNode | None) -> bool:
        """Report a configured kind where the document could declare it, and declares another type: that one applies."""
        declared = node.get("type").value if node is not None and isinstance(node.value, dict) else None
        if node is None or Feature.MUTUAL_TLS not in self._dialect.features or not isinstance(declared, str):
            return False
        if self._dialect.scheme_types.get(declared) in (None, SchemeType.MUTUAL_TLS):
            return False
        self._findings.add(
            "contradictory-security",
            f'the document declares security scheme "{name}" as {declared}, and [schemes.{name}] in the configuration '
            f"as mutualTLS. The document applies: OpenAPI {self._dialect.name} can declare mutualTLS. Correct its "
            "type, or delete the kind.",
            node.key("type"),
        )
        return True

    def _type(self, name: str, node: DocumentNode) -> SchemeType:
        value = node.value
        marked = value.get(self._extension, False) if self._extension else False
        if marked is True:
            return SchemeType.MUTUAL_TLS
        if marked is not False:
            self._invalid(
                f'"{printable(self._extension)}" of security scheme "{name}" is {type_name(marked)}, not true or '
                "false: operations that use the scheme cannot be judged.",
                node.key(self._extension),
            )
            return SchemeType.UNKNOWN
        named = value.get("type")
        if not isinstance(named, str):
            self._invalid(f'security scheme "{name}" has no type.', node.here)
            return SchemeType.UNKNOWN
        if _http_scheme(value) == "mutual":
            self._hint_at_password_scheme(node)
        if named in self._dialect.scheme_types:
            return self._dialect.scheme_types[named]
        return self._foreign_type(named, node)

    def _foreign_type(self, named: str, node: DocumentNode) -> SchemeType:
        """A type that this version does not have. Only ``mutualTLS`` is taken for what it means in later versions."""
        if named == _MUTUAL_TLS:
            self._report_inexpressible(node)
            return SchemeType.MUTUAL_TLS
        other = next((dialect for dialect in DIALECTS if named in dialect.scheme_types), None)
        if other is None:
            known = {*self._dialect.scheme_types, _MUTUAL_TLS}
            self._invalid(f'unknown type "{named}".{hint(named, known)}', node.key("type"))
            return SchemeType.UNKNOWN
        self._invalid(
            f'"type: {named}" belongs to OpenAPI {other.name}, and this document is {self._version}: '
            "operations that use the scheme cannot be judged.",
            node.key("type"),
        )
        return SchemeType.UNKNOWN

    def _report_inexpressible(self, node: DocumentNode) -> None:
        self._findings.add(
            "mtls-inexpressible",
            f'"type: mutualTLS" needs OpenAPI 3.1, and this document is {self._version}. '
            f"Treated as mutual TLS. Change the version, or keep {self._dialect.name} and name the scheme "
            "under [schemes] in specdrift.toml.",
            node.key("type"),
        )

    def _hint_at_password_scheme(self, node: DocumentNode) -> None:
        self._findings.add(
            "mtls-inexpressible",
            '"scheme: mutual" is a password scheme (RFC 8120). Did you mean a client certificate? '
            "Name the scheme under [schemes] in specdrift.toml.",
            node.key("scheme"),
        )

    def _invalid(self, message: str, location: SourceLocation, *, severity: Severity | None = None) -> None:
        self._findings.add("invalid-security-scheme", message, location, severity=severity)

    @property
    def _version(self) -> str:
        return str(self._root.value.get(self._dialect.member))


def _lost(name: str) -> str:
    return f'Operations with security scheme "{name}" cannot be judged.'


def _parameter(value: Mapping[str, Any]) -> tuple[str, str] | None:
    node, name = value.get("in"), value.get("name")
    if value.get("type") == SchemeType.API_KEY.value and isinstance(node, str) and isinstance(name, str):
        return node, name
    return None


def _is_reserved_field(name: str) -> bool:
    return is_reserved(name) and name.lower() != "proxy-authorization"


def _issuers(value: Mapping[str, Any]) -> Iterator[str]:
    """The URLs of an OAuth Flows Object, of 2.0's single flow, or of OpenID Connect discovery."""
    flows = value.get("flows")
    holders = [value, *(flows.values() if isinstance(flows, dict) else ())]
    for holder in holders:
        if isinstance(holder, dict):
            yield from (url for name in _ISSUERS if isinstance(url := holder.get(name), str))


def _http_scheme(value: Mapping[str, Any]) -> str:
    if value.get("type") == "basic":
        return "basic"
    scheme = value.get("scheme")
    return scheme.lower() if value.get("type") == "http" and isinstance(scheme, str) else ""
