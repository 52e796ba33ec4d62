"""Rules about the document itself (``specdrift lint``).

An error is what makes the document unjudgeable or leaves an operation without an answer; the rest are warnings.
"""

from specdrift.model.result.drift import Severity
from specdrift.rules.rule import Rule

UNJUDGEABLE = (
    Rule(
        id="invalid-document",
        severity=Severity.ERROR,
        title="This cannot be read as an OpenAPI description",
        summary="The file is empty, of another encoding, not valid YAML or JSON, or has no `openapi` or `swagger` "
        "member; or a part of it is of the wrong type, so that what stands below it cannot be tested.",
        why="What cannot be read promises nothing that could be tested, and other tools may read it differently.",
        remedy="Correct the place that is named. A linter such as Redocly or Spectral shows more of the same kind.",
        references=("OpenAPI Format", "RFC 8259", "YAML 1.2.2"),
    ),
    Rule(
        id="unsupported-version",
        severity=Severity.ERROR,
        title="This version of OpenAPI is not known",
        summary="The document names a version other than 2.0, 3.0, 3.1 or 3.2.",
        why="Each version means something of its own by `security`; guessing could call an open API closed.",
        remedy="Write one of the known versions in `openapi`, or convert the document.",
        references=("OpenAPI Versions and Deprecation",),
    ),
    Rule(
        id="yaml-alias-bomb",
        severity=Severity.ERROR,
        title="Aliases multiply beyond all bounds",
        summary="YAML aliases or merges make more than a million values out of a small text.",
        why="Tools that follow them run out of memory or time. No description needs it, an attack does.",
        remedy="Use `$ref` instead of nested aliases.",
        references=("CWE-776", "YAML 1.2.2 §7.1"),
    ),
    Rule(
        id="nesting-too-deep",
        severity=Severity.ERROR,
        title="The document is nested too deeply",
        summary="Lists or maps stand inside each other more than 500 levels deep.",
        why="Readers of YAML and JSON end in a crash there. No description needs it, an attack does.",
        remedy="Move inner parts into components and refer to them.",
        references=("CWE-674",),
    ),
    Rule(
        id="duplicate-key",
        severity=Severity.ERROR,
        title="A key appears twice in the same map",
        summary="A member of the document, its paths, operations, security or components appears twice. "
        "Elsewhere (schemas, examples) this is a warning.",
        why="Some readers take the first, some the last, some refuse: the server and its reviewers may see different "
        "requirements in the same file. A second `security` wins silently in many tools.",
        remedy="Delete one of the two, or merge them.",
        references=("OpenAPI Format", "RFC 8259 §4", "CWE-694"),
    ),
    Rule(
        id="no-operations",
        severity=Severity.ERROR,
        title="There is nothing to test",
        summary="The document has no path with an operation. Webhooks and callbacks are requests to the consumer.",
        why="A run that tested nothing must not look like a run that found nothing.",
        remedy="Check that this is the right file, and that its references lead somewhere.",
        references=("OpenAPI Paths Object", "OpenAPI Callback Object"),
    ),
)

SECURITY = (
    Rule(
        id="undefined-security-scheme",
        severity=Severity.ERROR,
        title="A security requirement names a scheme that is not defined",
        summary="A name in `security` is neither in `components.securitySchemes` (2.0: `securityDefinitions`) nor, "
        "from OpenAPI 3.2, a URI of a scheme.",
        why="Nobody can tell whether a client certificate is needed. Generators drop such a requirement without a word.",
        remedy="Correct the spelling (names are case-sensitive), or define the scheme in the entry document.",
        references=("OpenAPI Security Requirement Object", "OWASP API8:2023"),
    ),
    Rule(
        id="invalid-security",
        severity=Severity.ERROR,
        title="A security requirement is malformed",
        summary="`security` is not a list of maps from scheme names to lists.",
        why="Readers differ: some crash, some inherit the root's requirement, some take it for open.",
        remedy='Write a list with a dash before each alternative: `- mtls: []`. `[]` means "no security".',
        references=("OpenAPI Security Requirement Object",),
    ),
    Rule(
        id="invalid-security-scheme",
        severity=Severity.ERROR,
        title="A security scheme is malformed",
        summary="A security scheme is no map, or its `type` is missing or none that OpenAPI has.",
        why="Operations that use it cannot be judged.",
        remedy="Write one of the types of the Security Scheme Object, exactly as spelled there: `mutualTLS`.",
        references=("OpenAPI Security Scheme Object",),
    ),
    Rule(
        id="mtls-inexpressible",
        severity=Severity.WARNING,
        title="This version of OpenAPI cannot say mutual TLS",
        summary="A scheme of `type: mutualTLS` in OpenAPI 2.0 or 3.0, or `scheme: mutual`, which is something else.",
        why="Validators refuse the document and generators drop the scheme, so that clients are built without "
        "certificates. The author's wish is clear, and is what is tested here.",
        remedy='Change the version to 3.1, or name the scheme in specdrift.toml: `[schemes.NAME]` `kind = "mutualTLS"`.',
        references=("OpenAPI 3.1 Security Scheme Object", "RFC 8120"),
    ),
    Rule(
        id="contradictory-security",
        severity=Severity.WARNING,
        title="What the document says of security contradicts itself",
        summary="A client certificate is required where no server speaks TLS, or an alternative asks for all that "
        "another asks for, and more.",
        why="One of the two statements is not meant. `- mtls: []` and `- apiKey: []` in two list entries are "
        "alternatives, not a combination: a frequent way to make a certificate optional by accident.",
        remedy="Put what must hold together into one list entry; give servers that ask for certificates an https URL.",
        references=("OpenAPI Security Requirement Object", "RFC 8446 §4.4.2"),
    ),
    Rule(
        id="unused-mtls-scheme",
        severity=Severity.WARNING,
        title="A mutual TLS scheme is defined and never used",
        summary="No operation's requirement names this scheme.",
        why="The author thought of client certificates, and no operation asks for one: often a forgotten root "
        "`security`.",
        remedy="Name the scheme under `security` at the root or in the operations, or delete it.",
        references=("OpenAPI Security Scheme Object", "OWASP API8:2023"),
    ),
    Rule(
        id="security-downgrade",
        severity=Severity.ERROR,
        title="An operation asks for less than before",
        summary="Compared with the older document, an operation no longer requires a client certificate, or more "
        "callers are let in: a requirement or a part of it is gone, an alternative or `{}` was added, a role dropped, "
        "a scheme changed or lost, an open operation or another server added. Only the meaning counts: order, names, "
        "lines and whether the root or the operation says it do not. Another scheme of the same strength is a "
        "warning, asking for more a note.",
        why="Such a change hides easily in a large diff, and servers built from the document follow it.",
        remedy="Restore the requirement, or accept the change on purpose in the baseline.",
        references=("CWE-306", "OWASP API2:2023"),
    ),
)

REFERENCES = (
    Rule(
        id="unresolved-reference",
        severity=Severity.ERROR,
        title="A reference leads nowhere",
        summary="The file or the member that a `$ref` names does not exist or cannot be read.",
        why="What it stands for is unknown, and is not tested.",
        remedy="Correct the path (it is relative to the file that it stands in) or the JSON Pointer after the `#`.",
        references=("OpenAPI Reference Object", "RFC 6901", "RFC 3986 §5"),
    ),
    Rule(
        id="recursive-reference",
        severity=Severity.ERROR,
        title="A reference leads back to itself",
        summary="Following a `$ref` of a path item, operation, parameter or scheme never ends.",
        why="There is nothing at the end of it that could be tested.",
        remedy="Break the circle: one of them must hold the value.",
        references=("OpenAPI Reference Object", "CWE-674"),
    ),
    Rule(
        id="remote-reference-refused",
        severity=Severity.ERROR,
        title="A reference to another host was not fetched",
        summary="A `$ref` is an absolute URL, and its host is not allowed.",
        why="A description from elsewhere could otherwise make this machine send requests anywhere.",
        remedy="Download the file and refer to it, or list the host in `[loader] allow-remote-refs`.",
        references=("CWE-918",),
    ),
    Rule(
        id="reference-outside-root",
        severity=Severity.ERROR,
        title="A reference leads out of the description's folder",
        summary="A `$ref` names an absolute path, or one that is not below the folder of the entry document.",
        why="A description from elsewhere could otherwise read any file of this machine.",
        remedy="If the files are yours, widen the folder: `--ref-root DIR`, or `ref-root` under `[loader]`.",
        references=("CWE-22",),
    ),
    Rule(
        id="misplaced-reference",
        severity=Severity.WARNING,
        title="A reference stands where OpenAPI allows none",
        summary="`$ref` in an operation, in `paths` or in `securitySchemes` as a whole.",
        why="It was followed here. Tools that ignore it see no `security` there, and inherit the root's or none.",
        remedy="Refer to the path item or to the single scheme instead.",
        references=("OpenAPI Operation Object", "OpenAPI Reference Object"),
    ),
    Rule(
        id="ref-siblings",
        severity=Severity.WARNING,
        title="Something stands beside a path item's reference",
        summary="A path item has a `$ref` and also operations, parameters or servers of its own.",
        why="OpenAPI leaves open what that means. Most tools drop what stands beside it: a local `security: []`, "
        "or the operation as a whole, vanishes for them.",
        remedy="Move it into the path item that is referred to, or drop the reference.",
        references=("OpenAPI Path Item Object, $ref",),
    ),
)

PATHS = (
    Rule(
        id="unknown-path-item-field",
        severity=Severity.WARNING,
        title="A path has a field that means nothing there",
        summary="`security` on a path, a method in upper case, a method of a later version of OpenAPI, a "
        "misspelled field, or a path without a leading slash. Where an operation is lost by it, this is an error.",
        why="It looks as if it had an effect, and has none: `security` on a path protects nothing.",
        remedy="Move `security` into the operations (or to the root); write methods in lower case.",
        references=("OpenAPI Path Item Object", "OpenAPI Paths Object"),
    ),
    Rule(
        id="ambiguous-path",
        severity=Severity.WARNING,
        title="Two paths are the same",
        summary="Path templates that differ only by the names of their expressions.",
        why="Which of them a request means is undefined. If they ask for different security, so is that.",
        remedy="Join them, or make their literal parts differ.",
        references=("OpenAPI Path Templating Matching",),
    ),
)

RULES: tuple[Rule, ...] = (*UNJUDGEABLE, *SECURITY, *REFERENCES, *PATHS)
