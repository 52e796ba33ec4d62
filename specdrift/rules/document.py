"""Rules about the document itself (``specdrift lint``).

Errors make the document, or an operation, impossible to judge; the others are warnings.
"""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

UNJUDGEABLE = (
    Rule(
        id="invalid-document",
        severity=Severity.ERROR,
        title="The file is not a readable OpenAPI document",
        summary="The file is empty, in another encoding, not valid YAML or JSON, or has no `openapi` or `swagger` "
        "member; or a part has the wrong type, so that nothing below it can be tested.",
        why="An unreadable document states no testable requirement, and other tools may read it differently.",
        remedy="Correct the reported place. A linter such as Redocly or Spectral reports more of the same kind.",
        references=("OpenAPI Format", "RFC 8259", "YAML 1.2.2"),
    ),
    Rule(
        id="unsupported-version",
        severity=Severity.ERROR,
        title="This OpenAPI version is not supported",
        summary="The document has a version other than 2.0, 3.0, 3.1 or 3.2.",
        why="`security` differs between versions; a guess could take an open API for a protected one.",
        remedy="Use a supported version in `openapi`, or convert the document.",
        references=("OpenAPI Versions and Deprecation",),
    ),
    Rule(
        id="yaml-alias-bomb",
        severity=Severity.ERROR,
        title="YAML aliases expand without limit",
        summary="YAML aliases or merge keys expand a small text to more than a million values.",
        why="Tools that expand them run out of memory or time. No API description needs it; attacks do.",
        remedy="Use `$ref` instead of nested aliases.",
        references=("CWE-776", "YAML 1.2.2 §7.1"),
    ),
    Rule(
        id="nesting-too-deep",
        severity=Severity.ERROR,
        title="The document is nested too deeply",
        summary="Lists or mappings are nested more than 500 levels deep.",
        why="YAML and JSON parsers crash at such depths. No API description needs it; attacks do.",
        remedy="Move inner parts into components and reference them.",
        references=("CWE-674",),
    ),
    Rule(
        id="duplicate-key",
        severity=Severity.ERROR,
        title="A key appears twice in the same mapping",
        summary="A member of the document, its paths, operations, security or components appears twice. "
        "Elsewhere (schemas, examples) this is a warning.",
        why="Some parsers take the first, some the last, some fail: server and reviewers may read different "
        "requirements in the same file. Many tools take a second `security` without a warning.",
        remedy="Delete one of the two, or merge them.",
        references=("OpenAPI Format", "RFC 8259 §4", "CWE-694"),
    ),
    Rule(
        id="no-operations",
        severity=Severity.ERROR,
        title="The document has no operation",
        summary="No path has an operation. Webhooks and callbacks are requests to the consumer and do not count.",
        why="A run that tested nothing must not look like a run that found nothing.",
        remedy="Check that this is the right file, and that its references resolve.",
        references=("OpenAPI Paths Object", "OpenAPI Callback Object"),
        is_drift=False,
    ),
)

SECURITY = (
    Rule(
        id="undefined-security-scheme",
        severity=Severity.ERROR,
        title="A security requirement names a scheme that is not defined",
        summary="A name in `security` is neither in `components.securitySchemes` (2.0: `securityDefinitions`) nor, "
        "from OpenAPI 3.2, a URI of a scheme.",
        why="It is unknown whether a client certificate is required. Generators drop such a requirement silently.",
        remedy="Correct the spelling (names are case-sensitive), or define the scheme in the entry document.",
        references=("OpenAPI Security Requirement Object", "OWASP API8:2023"),
    ),
    Rule(
        id="invalid-security",
        severity=Severity.ERROR,
        title="A security requirement is malformed",
        summary="`security` is not a list of mappings from scheme names to lists.",
        why="Parsers differ: some crash, some inherit the root's requirement, some treat the operation as open.",
        remedy='Write a list with a dash before each alternative: `- mtls: []`. `[]` means "no security".',
        references=("OpenAPI Security Requirement Object",),
    ),
    Rule(
        id="invalid-security-scheme",
        severity=Severity.ERROR,
        title="A security scheme is malformed",
        summary="A security scheme is not a mapping, or its `type` is missing or unknown to OpenAPI.",
        why="Operations that use it cannot be judged.",
        remedy="Use a type of the Security Scheme Object, exactly as spelled there: `mutualTLS`.",
        references=("OpenAPI Security Scheme Object",),
    ),
    Rule(
        id="mtls-inexpressible",
        severity=Severity.WARNING,
        title="This OpenAPI version cannot express mutual TLS",
        summary="A scheme has `type: mutualTLS` in OpenAPI 2.0 or 3.0, or `scheme: mutual`, which means something "
        "else, or an extension that seems to mean mutual TLS is not read.",
        why="Validators refuse the document and generators drop the scheme, so that clients are built without "
        "certificates. specdrift treats the scheme as mutual TLS.",
        remedy='Change the version to 3.1, or name the scheme in specdrift.toml: `[schemes.NAME]` `kind = "mutualTLS"`.',
        references=("OpenAPI 3.1 Security Scheme Object", "RFC 8120"),
    ),
    Rule(
        id="contradictory-security",
        severity=Severity.WARNING,
        title="The document's security requirements contradict each other",
        summary="A client certificate is required where no server uses TLS, an alternative requires everything "
        "that another requires, and more, `[contract]` requires a certificate where the document requires none, "
        "`[schemes.NAME]` has a `kind` although the document could declare it and declares another type, or (as an "
        "error) another complete document gives an operation in it another requirement than the entry document.",
        why="One of the two statements is a mistake. `- mtls: []` and `- apiKey: []` in two list items are "
        "alternatives, not a combination: a frequent way to make a certificate optional by accident.",
        remedy="Put credentials that are required together into one list item; give servers that require "
        "certificates an https URL.",
        references=("OpenAPI Security Requirement Object", "RFC 8446 §4.4.2"),
    ),
    Rule(
        id="unused-mtls-scheme",
        severity=Severity.WARNING,
        title="A mutual TLS scheme is defined and never used",
        summary="No requirement names this scheme: neither the root's nor that of an operation, webhook or callback.",
        why="The author planned client certificates, and no operation requires one: often the root `security` is "
        "missing.",
        remedy="Name the scheme under `security` at the root or in the operations, or delete it.",
        references=("OpenAPI Security Scheme Object", "OWASP API8:2023"),
    ),
    Rule(
        id="requirement-without-effect",
        severity=Severity.ERROR,
        title="An entry of the configuration applies to nothing",
        summary="A `[contract]` or `[[operations]]` entry, or one of its paths, tags and operationIds, matches no operation, "
        "or an action of an overlay selects nothing. It is a warning if nothing is demanded by it: values of parameters, "
        "`enabled = false`, an exclusion.",
        why="The author meant to require a client certificate or a role, and no operation requires it: usually a path, tag or "
        "name was changed in the document.",
        remedy="Correct the selection, or delete it. `specdrift lint` shows the operations and what they require.",
        references=("OWASP API8:2023",),
    ),
    Rule(
        id="security-downgrade",
        severity=Severity.ERROR,
        title="An operation requires less than before",
        summary="Compared with the older document, an operation no longer requires a client certificate, or admits "
        "more callers: a requirement or part of it was removed, an alternative or `{}` was added, a role "
        "dropped, a scheme changed or removed, another server added, or an operation that is open or requires less than "
        "the removed ones. Order, names, lines, and root or operation level do not count. Another scheme of the same "
        "strength is a warning; a stricter requirement is `security-upgrade`.",
        why="Such a change is easy to miss in a large diff, and servers built from the document follow it.",
        remedy="Restore the requirement, or accept the change in the baseline.",
        references=("CWE-306", "OWASP API2:2023"),
        needs_older_document=True,
    ),
    Rule(
        id="security-upgrade",
        severity=Severity.NOTE,
        title="An operation requires more than before",
        summary="Compared with the older document, an operation refuses callers that it admitted, and admits none that it "
        "refused; or the document no longer names a server.",
        why="The server must be changed too, and clients without the credentials will be refused.",
        remedy="Change the server before the document is published, and announce the change to clients.",
        references=("CWE-306", "OWASP API2:2023"),
        needs_older_document=True,
        security_score="",
    ),
    Rule(
        id="operation-removed",
        severity=Severity.NOTE,
        title="An operation that required credentials left the document",
        summary="Compared with the older document, an operation that anonymous callers may not call is missing, and no other "
        "one has its path or its `operationId`.",
        why="A route that is still served is not checked any more, and no run shows when its guard goes.",
        remedy="Remove the route from the server; `specdrift check --changed-since` requests removed operations too, and "
        "shows whether it is gone. As long as it is served, keep the operation in the document, with `deprecated: true`.",
        references=("OWASP API9:2023", "CWE-1059"),
        needs_older_document=True,
        security_score="",
    ),
    Rule(
        id="configuration-changed",
        severity=Severity.WARNING,
        title="The change also changes the gate that judges it",
        summary="Compared with the base revision, the change also changes what decides the exit status: a configuration "
        "key such as `fail-on`, `exclude-path` or `spec`, an entry of the baseline, or a file that the configuration "
        "names. It is an error if a run may pass by it that failed before, and a note if not, or if the owner allows it.",
        why="A pull request could otherwise pass by switching off the check that it fails.",
        remedy="Change the gate in a pull request of its own that its owners approve, or allow it for this run: "
        "`--allow-gate-changes`.",
        references=("CWE-807", "OWASP API8:2023"),
        needs_older_document=True,
    ),
)

REFERENCES = (
    Rule(
        id="unresolved-reference",
        severity=Severity.ERROR,
        title="A reference cannot be resolved",
        summary="The file or member that a `$ref` names does not exist or cannot be read.",
        why="The referenced value is unknown, and is not tested.",
        remedy="Correct the path (relative to the file that contains it) or the JSON Pointer after the `#`.",
        references=("OpenAPI Reference Object", "RFC 6901", "RFC 3986 §5"),
    ),
    Rule(
        id="recursive-reference",
        severity=Severity.ERROR,
        title="A reference refers to itself",
        summary="The `$ref`s of a path item, operation, parameter or scheme form a cycle.",
        why="The cycle has no value that could be tested.",
        remedy="Break the cycle: one of the references must be replaced by a value.",
        references=("OpenAPI Reference Object", "CWE-674"),
    ),
    Rule(
        id="remote-reference-refused",
        severity=Severity.ERROR,
        title="A reference to another host was not fetched",
        summary="A `$ref` is an absolute URL, and its host is not allowed.",
        why="A document from elsewhere could otherwise make this machine send requests anywhere.",
        remedy="Download the file and reference it, or add the host to `[loader] allow-remote-refs`.",
        references=("CWE-918",),
    ),
    Rule(
        id="reference-outside-root",
        severity=Severity.ERROR,
        title="A reference leads out of the document's folder",
        summary="A `$ref` names an absolute path, or one outside the folder of the entry document.",
        why="A document from elsewhere could otherwise read any file of this machine.",
        remedy="If the files are yours, widen the folder: `--ref-root DIR`, or `ref-root` in `[loader]`.",
        references=("CWE-22",),
    ),
    Rule(
        id="misplaced-reference",
        severity=Severity.WARNING,
        title="A reference is used where OpenAPI allows none",
        summary="`$ref` is used in an operation, in `paths`, or in place of all `securitySchemes`.",
        why="Tools that ignore it find no `security` there, and use the root's or none; specdrift resolves it.",
        remedy="Reference the path item or the single scheme instead.",
        references=("OpenAPI Operation Object", "OpenAPI Reference Object"),
    ),
    Rule(
        id="ref-siblings",
        severity=Severity.WARNING,
        title="A path item has a reference and fields beside it",
        summary="A path item has a `$ref` and also operations, parameters or servers of its own. It is an error if a "
        "method of both requires different things.",
        why="OpenAPI leaves the meaning undefined. Most tools drop the siblings: a local `security: []`, or the "
        "whole operation, is lost.",
        remedy="Move the siblings into the referenced path item, or remove the reference.",
        references=("OpenAPI Path Item Object, $ref",),
    ),
)

PATHS = (
    Rule(
        id="unknown-path-item-field",
        severity=Severity.WARNING,
        title="A path item has an unknown field",
        summary="`security` in a path item, a method in upper case, a method of a later OpenAPI version, a misspelled "
        "field, or a path without a leading slash, or with a query or fragment. It is an error if an operation is lost by it.",
        why="The field has no effect, although it looks so: `security` in a path item protects nothing.",
        remedy="Move `security` into the operations (or to the root); write methods in lower case.",
        references=("OpenAPI Path Item Object", "OpenAPI Paths Object"),
    ),
    Rule(
        id="ambiguous-path",
        severity=Severity.WARNING,
        title="Two paths are the same",
        summary="Two path templates differ only in the names of their parameters, or in their spelling: `/%61`, `//a`, "
        "`/./a`. It is an error if a method of both requires different things.",
        why="It is undefined which of them matches a request, and so which `security` applies.",
        remedy="Merge them, or change their literal parts.",
        references=("OpenAPI Path Templating Matching",),
    ),
    Rule(
        id="undefined-server-variable",
        severity=Severity.WARNING,
        title="A server URL has a variable without a value",
        summary="A variable in a server URL is not declared in `variables`, or has no `default`, and the configuration "
        "does not set it.",
        why="It is unknown which server the document describes; requests would go to a host or path with braces.",
        remedy="Declare the variable with a `default`, or set it under `[server] variables`.",
        references=("OpenAPI Server Variable Object",),
    ),
)

RULES: tuple[Rule, ...] = (*UNJUDGEABLE, *SECURITY, *REFERENCES, *PATHS)
