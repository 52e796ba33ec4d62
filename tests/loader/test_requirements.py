"""What each version of OpenAPI means by ``security``: one description for each rule."""

from pathlib import Path

import pytest
import yaml

from specdrift.loader.dialects import DIALECTS, Dialect
from specdrift.model.contract.operation import Operation
from specdrift.settings import LoaderSettings, SchemeSettings
from tests.loader.documents import SPECS, loaded, operation, said, written

# What decides each operation, as "demand origin line"; the file is the description's own unless it is named.
RULES: dict[str, dict[str, str]] = {
    "rules/01-replaced.yaml": {
        "GET /a": "required operation 8",
        "PUT /a": "other root 3",
    },
    "rules/02-or-of-and.yaml": {
        "GET /or": "one-of-several operation 6",
        "GET /and": "required operation 11",
        "GET /both": "required operation 16",
    },
    "rules/03-removed.yaml": {
        "GET /a": "not-required operation 8",
        "PUT /a": "required root 3",
    },
    "rules/04-removed-at-the-root.yaml": {
        "GET /a": "not-required root 3",
        "PUT /a": "required operation 8",
    },
    "rules/05-anonymous.yaml": {
        "GET /optional": "optional operation 6",
        "GET /not-required": "not-required operation 11",
        "GET /other": "other operation 15",
        "GET /only-key": "other operation 20",
        "GET /undeclared": "undeclared none 23",
    },
    "rules/06-security-on-a-path.yaml": {
        "GET /a": "undeclared none 7",
        "GET /b": "required operation 10",
    },
    "rules/07-mutual-tls-in-3.0.yaml": {"GET /a": "required operation 6"},
    "rules/07-mutual-tls-in-2.0.yaml": {"GET /a": "required operation 6"},
    "rules/08-roles.yaml": {
        "GET /admin": "required operation 6",
        "GET /any": "required operation 10",
    },
    "rules/09-scheme-uris.yaml": {
        "GET /by-uri": "required operation 6",
        "GET /by-fragment": "required operation 10",
        "GET /by-name": "required operation 14",
        "GET /forced": "other operation 18",
    },
    "rules/09-no-uris-in-3.1.yaml": {
        "GET /a": "unknown operation 6",
        "GET /b": "required operation 10",
    },
    "rules/10-names-of-the-entry.yaml": {
        "GET /a": "unknown operation rules/10-elsewhere.yaml:8",
        "PUT /a": "unknown root 5",
    },
    "rules/12-path-items.yaml": {
        "GET /component": "undeclared none 13",
        "GET /file": "not-required operation rules/12-item.json:1",
        "GET /element": "not-required operation rules/12-list.json:6",
    },
    "rules/13-siblings.yaml": {
        "GET /a": "unknown operation 9",
        "PUT /a": "required root 3",
    },
    "rules/15-webhooks-and-callbacks.yaml": {"POST /subscribe": "undeclared none 5"},
    "rules/17-self.yaml": {
        "PUT /below": "not-required operation rules/nested/item.yaml:1",
        "GET /itself": "undeclared none 12",
    },
    "rules/17-self-elsewhere.yaml": {
        "PUT /copy": "not-required operation rules/nested/item.yaml:1",
        "GET /itself": "undeclared none 13",
    },
    "rules/19-case.yaml": {
        "GET /a": "unknown operation 4",
        "GET /A": "unknown operation 5",
        "GET /b": "required operation 6",
    },
    "rules/20-scalars.yaml": {"GET /a": "required root 3"},
    "rules/22-paths.yaml": {
        "GET /a/{x}": "undeclared none 3",
        "GET /a/{y}": "not-required operation 4",
        "GET /a/{y}/{z}": "undeclared none 5",
    },
    "traps/aliases.yaml": {
        "GET /a": "required operation 11",
        "PUT /a": "required operation 11",
        "POST /a": "required operation 4",
        "DELETE /a": "not-required operation 19",
        "OPTIONS /a": "undeclared none 20",
    },
    "traps/unknown-demand.yaml": {
        "GET /stays-required": "required operation 4",
        "GET /unknown": "unknown operation 5",
        "GET /stays-one-of-several": "one-of-several operation 6",
        "GET /alone": "unknown operation 7",
        "GET /or-anonymous": "unknown operation 8",
        "GET /odd-type": "unknown operation 9",
        "GET /lost": "unknown operation 10",
    },
    "traps/malformed-security.yaml": {
        "GET /null": "unknown operation 4",
        "GET /map": "unknown operation 5",
        "GET /text": "unknown operation 6",
        "GET /names": "unknown operation 7",
        "GET /list": "unknown operation 8",
        "GET /no-list": "required operation 9",
    },
}

FINDINGS = {
    "rules/10-names-of-the-entry.yaml": ["contradictory-security", "contradictory-security"],
    "rules/06-security-on-a-path.yaml": ["unknown-path-item-field"],
    "rules/07-mutual-tls-in-3.0.yaml": ["mtls-inexpressible"],
    "rules/07-mutual-tls-in-2.0.yaml": ["mtls-inexpressible"],
    "rules/09-no-uris-in-3.1.yaml": ["undefined-security-scheme"],
    "rules/13-siblings.yaml": ["ref-siblings"],
    "rules/17-self-elsewhere.yaml": ["remote-reference-refused"],
    "rules/19-case.yaml": ["invalid-security", "undefined-security-scheme"],
    "rules/22-paths.yaml": ["ambiguous-path"],
    "traps/unknown-demand.yaml": [
        "unresolved-reference",
        "invalid-security-scheme",
        "undefined-security-scheme",
    ],
    "traps/malformed-security.yaml": ["invalid-security"] * 6,
}


def decided(found: Operation, entry: str) -> str:
    """Return what the tables above say of an operation."""
    location = str(found.location)
    line = location.removeprefix(f"{entry}:")
    return f"{found.requirement.demand} {found.requirement.origin} {line}"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_version_has_a_description_among_them(dialect: Dialect) -> None:
    """What such a table does not have is not known to be read correctly."""
    roots = [yaml.load((SPECS / name).read_text(encoding="utf-8"), yaml.BaseLoader) for name in RULES]  # noqa: S506
    versions = [root.get(dialect.member) for root in roots]
    assert any(version and dialect.version.fullmatch(version) for version in versions), (
        f"add descriptions in OpenAPI {dialect.name} to tests/fixtures/specs/rules, one for each point of semantics, "
        "and what decides their operations to RULES"
    )


@pytest.mark.parametrize("name", RULES)
def test_each_rule_of_the_specification_is_followed(name: str) -> None:
    """Demand, whose member decides, and the line on which that stands."""
    contract = loaded(SPECS, name)
    assert {str(o.key): decided(o, name) for o in contract.operations} == RULES[name]


@pytest.mark.parametrize("name", sorted(RULES))
def test_what_is_wrong_with_a_description_is_reported_once(name: str) -> None:
    """And what is right brings no finding at all."""
    found = sorted(diagnostic.rule for diagnostic in loaded(SPECS, name).diagnostics)
    assert found == sorted(FINDINGS.get(name, []))


METHODS = {
    "rules/14-methods-2.0.yaml": "GET PUT POST DELETE OPTIONS HEAD PATCH",
    "rules/14-methods-3.1.yaml": "GET TRACE",
    "rules/14-methods-3.2.yaml": "GET TRACE QUERY LOCK get POST",
}


@pytest.mark.parametrize("name", METHODS)
def test_each_version_has_its_own_methods(name: str) -> None:
    """A method of a later version is no operation; in additionalOperations the key is the method as sent."""
    assert " ".join(o.key.method for o in loaded(SPECS, name).operations) == METHODS[name]


def test_invalid_additional_operations_are_reported() -> None:
    """Fixed methods do not belong there, and a space is no part of a method."""
    found = said(loaded(SPECS, "rules/14-methods-3.2.yaml").diagnostics)
    assert found == [
        'rules/14-methods-3.2.yaml:10: "POST" belongs into the field "post".',
        'rules/14-methods-3.2.yaml:11: "GET" belongs into the field "get".',
        'rules/14-methods-3.2.yaml:12: "LO CK" is not an HTTP method; this operation is not tested.',
    ]


def test_pointers_are_decoded_by_rfc_6901() -> None:
    """Percent, then ~1, then ~0, once each."""
    contract = loaded(SPECS, "rules/18-pointers.yaml")
    assert {o.key.path.strip("/"): o.operation_id for o in contract.operations} == {
        name: name for name in ("slash", "tilde", "both", "percent", "percent-once", "index")
    }
    assert [d.rule for d in contract.diagnostics] == ["unresolved-reference"]


def test_scalars_are_what_their_author_sees() -> None:
    """No booleans from ``no`` and no dates from dates."""
    found = operation(loaded(SPECS, "rules/20-scalars.yaml"), "GET /a")
    assert (found.operation_id, found.summary, found.tags) == ("no", "2024-01-01", ("on", "y"))


def test_roles_of_a_certificate_come_from_the_list_of_its_scheme() -> None:
    """An alternative without roles lets every certificate in."""
    contract = loaded(SPECS, "rules/08-roles.yaml")
    assert operation(contract, "GET /admin").roles == {"admin", "operator"}
    assert operation(contract, "GET /any").roles == frozenset()


@pytest.mark.parametrize("member", ["kind", "extension"])
def test_older_versions_declare_mutual_tls_in_the_configuration(tmp_path: Path, member: str) -> None:
    """By the scheme's name, or by an extension that counts only when it is true."""
    written(
        tmp_path,
        """
        openapi: 3.0.3
        paths:
          /a: {get: {security: [{gateway: []}]}}
          /b: {get: {security: [{other: []}]}}
        components:
          securitySchemes:
            gateway: {type: http, scheme: basic, x-mutualTLS: true}
            other: {type: http, scheme: basic, x-mutualTLS: false}
        """,
    )
    plain = loaded(tmp_path)
    told = (
        loaded(tmp_path, schemes={"gateway": SchemeSettings(kind="mutualTLS")})
        if member == "kind"
        else loaded(tmp_path, settings=LoaderSettings(mtls_extension="x-mutualTLS"))
    )
    assert [o.requirement.demand for o in plain.operations] == ["other", "other"]
    assert [o.requirement.demand for o in told.operations] == ["required", "other"]
    assert [one.http_scheme for one in told.schemes] == ["", "basic"], "a certificate is no password"
    assert told.diagnostics == ()


@pytest.mark.parametrize("value", ['"true"', "yes", "1", "{enabled: true}", "[true]", ""])
def test_an_extension_that_is_no_boolean_leaves_the_scheme_unknown(tmp_path: Path, value: str) -> None:
    """It was meant to say something, and says neither; the place is named."""
    written(tmp_path, EXTENSION.replace("VALUE", value))
    contract = loaded(tmp_path, settings=LoaderSettings(mtls_extension="x-mtls"))
    assert [o.requirement.demand for o in contract.operations] == ["unknown"]
    (found,) = contract.diagnostics
    assert (found.rule, found.location and found.location.line) == ("invalid-security-scheme", 7)
    assert [o.requirement.demand for o in loaded(tmp_path).operations] == ["other"]


EXTENSION = """
openapi: 3.0.3
paths: {/a: {get: {security: [{m: []}]}}}
components:
  securitySchemes:
    m:
      type: http
      x-mtls: VALUE
      scheme: basic
"""
KINDS_OF_3_1 = """
openapi: 3.1.0
paths: {/a: {get: {security: [{gateway: []}]}}}
components: {securitySchemes: {gateway: {type: %s}}}
"""


def test_a_document_that_can_declare_mutual_tls_is_not_contradicted_by_the_configuration(
    tmp_path: Path,
) -> None:
    """From 3.1 on the declared type applies: one line of the configuration hides no API key."""
    written(tmp_path, KINDS_OF_3_1 % "apiKey, in: header, name: K")
    contract = loaded(tmp_path, schemes={"gateway": SchemeSettings(kind="mutualTLS")})
    assert [o.requirement.demand for o in contract.operations] == ["other"]
    assert [(d.rule, d.location and d.location.line) for d in contract.diagnostics] == [
        ("contradictory-security", 3)
    ]


@pytest.mark.parametrize("declared", ["mutualTLS", "mTLS", "7"])
def test_a_kind_that_contradicts_no_declared_type_applies(tmp_path: Path, declared: str) -> None:
    """The same type is no contradiction, and a type that OpenAPI does not have declares nothing."""
    written(tmp_path, KINDS_OF_3_1 % declared)
    contract = loaded(tmp_path, schemes={"gateway": SchemeSettings(kind="mutualTLS")})
    assert [o.requirement.demand for o in contract.operations] == ["required"]
    assert contract.diagnostics == ()


def test_a_scheme_that_only_the_configuration_has_is_reported(tmp_path: Path) -> None:
    """A misspelled name there would silently judge against the wrong document."""
    written(
        tmp_path,
        "openapi: 3.0.0\npaths: {/a: {get: {}}}\ncomponents: {securitySchemes: {gateway: {type: http}}}\n",
    )
    contract = loaded(tmp_path, schemes={"gatevay": SchemeSettings(kind="mutualTLS")})
    assert said(contract.diagnostics) == [
        (
            "[schemes.gatevay] in the configuration is not a security scheme of the document. "
            'Did you mean "gateway" (line 3)?'
        )
    ]


def test_an_undefined_scheme_may_be_defined_by_the_configuration(tmp_path: Path) -> None:
    """The document stays wrong, and is judged."""
    written(tmp_path, "openapi: 3.0.0\npaths: {/a: {get: {security: [{gateway: []}]}}}\n")
    contract = loaded(tmp_path, schemes={"gateway": SchemeSettings(kind="mutualTLS")})
    assert [o.requirement.demand for o in contract.operations] == ["required"]
    assert said(contract.diagnostics) == ['openapi.yaml:2: security scheme "gateway" is not defined.']


def test_swagger_2_types_are_understood(tmp_path: Path) -> None:
    """``basic`` is HTTP's Basic; ``apiKey`` says where it goes."""
    written(
        tmp_path,
        """
        swagger: "2.0"
        paths: {/a: {get: {security: [{b: []}, {k: []}, {o: [read]}]}}}
        securityDefinitions:
          b: {type: basic}
          k: {type: apiKey, in: query, name: key}
          o: {type: oauth2, flow: implicit, scopes: {read: r}}
          h: {type: http, scheme: bearer}
        """,
    )
    contract = loaded(tmp_path)
    assert [(s.type.value, s.parameter, s.http_scheme) for s in contract.schemes] == [
        ("http", None, "basic"),
        ("apiKey", ("query", "key"), ""),
        ("oauth2", None, ""),
        ("unknown", None, "bearer"),
    ]
    assert said(contract.diagnostics) == [
        (
            'openapi.yaml:7: "type: http" belongs to OpenAPI 3.0, and this document is 2.0: operations that use the '
            "scheme cannot be judged."
        )
    ]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_a_scheme_type_that_the_version_does_not_have_makes_the_demand_unknown(
    tmp_path: Path, version: str
) -> None:
    """``type: basic`` is of 2.0: a reader of 3.1 may ignore the scheme, and no one knows what the server does then."""
    written(
        tmp_path,
        f"""
        openapi: {version}
        paths: {{/a: {{get: {{security: [{{old: []}}]}}}}}}
        components: {{securitySchemes: {{old: {{type: basic}}}}}}
        """,
    )
    contract = loaded(tmp_path)
    assert [o.requirement.demand for o in contract.operations] == ["unknown"]
    assert [(d.rule, d.severity) for d in contract.diagnostics] == [("invalid-security-scheme", None)]


def test_an_operation_without_a_value_is_none(tmp_path: Path) -> None:
    """``get:`` with nothing in it has no responses and no security: other tools drop it, or read it as open."""
    written(tmp_path, "openapi: 3.1.0\npaths:\n  /a:\n    get:\n    put: {}\n")
    contract = loaded(tmp_path)
    assert [str(o.key) for o in contract.operations] == ["PUT /a"]
    assert said(contract.diagnostics) == ["openapi.yaml:4: GET /a is null, not a map; it is not tested."]
