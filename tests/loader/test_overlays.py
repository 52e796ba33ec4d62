"""OpenAPI Overlays: what they write is read as if it stood in the document, with its own lines."""

import json
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from specdrift.errors import DocumentError
from specdrift.loader import load
from specdrift.model.contract.contract import Contract
from specdrift.settings import LoaderSettings
from tests.loader.documents import operation, said, written

DOCUMENT = """
    openapi: 3.1.0
    info: {title: Things, version: "1"}
    paths:
      /things:
        get: {operationId: list, tags: [things], responses: {}}
        post: {operationId: add, security: [], responses: {}}
      /healthz:
        get: {security: [{key: []}], responses: {}}
    components:
      securitySchemes:
        key: {type: apiKey, in: header, name: X-Key}
"""
EVERYWHERE = """
      - target: $
        update:
          security:
            - mtls: []
          components:
            securitySchemes:
              mtls: {type: mutualTLS}
"""


def _overlaid(folder: Path, actions: str, *, document: str = DOCUMENT, version: str = "1.1.0") -> Contract:
    written(folder, document)
    actions = dedent(actions)
    (folder / "overlay.yaml").write_text(
        f'overlay: {version}\ninfo: {{title: Certificates, version: "1"}}\nactions:\n{actions.strip(chr(10))}\n'
    )
    return load("openapi.yaml", LoaderSettings(overlays=("overlay.yaml",)), cwd=folder)


def _action(**members: object) -> str:
    """An action in one line."""
    return f"  - {json.dumps(members)}"


def _requirements(contract: Contract) -> dict[str, str]:
    return {str(each.key): f"{each.requirement.demand.value} {each.location}" for each in contract.operations}


def _refusal(folder: Path, actions: str, *, version: str = "1.1.0") -> str:
    with pytest.raises(DocumentError) as error:
        _overlaid(folder, actions, version=version)
    (only,) = said(error.value.diagnostics)
    return only


def test_an_overlay_requires_certificates_at_its_own_lines(tmp_path: Path) -> None:
    """The lines of the document stay for what it says itself."""
    contract = _overlaid(tmp_path, EVERYWHERE)
    assert _requirements(contract) == {
        "GET /things": "required overlay.yaml:6",
        "POST /things": "not-required openapi.yaml:6",
        "GET /healthz": "other openapi.yaml:8",
    }
    location = operation(contract, "GET /things").location
    assert (location.pointer, location.text.splitlines()[0].strip()) == (
        "/actions/0/update/security",
        "security:",
    )


def test_json_documents_and_overlays_have_lines_too(tmp_path: Path) -> None:
    """The places of JSON are read when overlays need them."""
    overlay = {"overlay": "1.0.0", "info": {}, "actions": yaml.safe_load(dedent(EVERYWHERE))}
    (tmp_path / "overlay.json").write_text(json.dumps(overlay, indent=1))
    (tmp_path / "openapi.json").write_text(json.dumps(yaml.safe_load(dedent(DOCUMENT)), indent=1))
    contract = load("openapi.json", LoaderSettings(overlays=("overlay.json",)), cwd=tmp_path)
    lines = (tmp_path / "overlay.json").read_text().splitlines()
    at = operation(contract, "GET /things").location
    assert (at.file, lines[at.line - 1].strip()) == ("overlay.json", '"security": [')


def test_arrays_are_extended_and_members_removed(tmp_path: Path) -> None:
    """A second requirement is an alternative: to replace one, remove it first."""
    extended = _overlaid(
        tmp_path,
        EVERYWHERE
        + """
      - target: $.paths['/healthz'].get.security
        update: {mtls: []}
""",
    )
    assert _requirements(extended)["GET /healthz"] == "one-of-several overlay.yaml:13"
    replaced = _overlaid(
        tmp_path,
        EVERYWHERE
        + """
      - target: $.paths.*.*.security
        remove: true
""",
    )
    assert set(_requirements(replaced).values()) == {"required overlay.yaml:6"}


def test_a_copy_stands_where_it_is_copied(tmp_path: Path) -> None:
    """``copy`` belongs to Overlay 1.1."""
    actions = """
      - target: $.paths['/things'].get
        copy: $.paths['/healthz'].get
"""
    assert _requirements(_overlaid(tmp_path, actions))["GET /things"] == "other overlay.yaml:5"
    assert _refusal(tmp_path, actions, version="1.0.0") == 'overlay.yaml:5: "copy" needs "overlay: 1.1.0".'


def test_overlays_are_applied_in_order(tmp_path: Path) -> None:
    """The later one changes what the earlier one wrote."""
    _overlaid(tmp_path, EVERYWHERE)
    (tmp_path / "second.yaml").write_text(
        "overlay: 1.0.0\ninfo: {}\nactions:\n"
        "- target: $.security\n  remove: true\n"
        "- target: $\n  update: {security: [{key: []}]}\n"
    )
    contract = load("openapi.yaml", LoaderSettings(overlays=("overlay.yaml", "second.yaml")), cwd=tmp_path)
    assert _requirements(contract)["GET /things"] == "other second.yaml:7"


def test_an_alias_is_changed_only_where_it_is_selected(tmp_path: Path) -> None:
    """YAML aliases share one value in memory."""
    document = """
        openapi: 3.1.0
        info: {title: Things, version: "1"}
        paths:
          /a: &shared
            get: {responses: {}}
          /b: *shared
        components: {securitySchemes: {mtls: {type: mutualTLS}}}
    """
    actions = """
      - target: $.paths['/b'].get
        update: {security: [{mtls: []}]}
"""
    contract = _overlaid(tmp_path, actions, document=document)
    assert _requirements(contract) == {
        "GET /a": "undeclared openapi.yaml:5",
        "GET /b": "required overlay.yaml:5",
    }


def test_an_action_without_effect_is_reported(tmp_path: Path) -> None:
    """The specification lets it pass; a requirement that applies to nothing must be seen."""
    contract = _overlaid(tmp_path, EVERYWHERE + "      - target: $.paths['/nothing']\n        remove: true\n")
    (found,) = said(tuple(d for d in contract.diagnostics if d.rule == "requirement-without-effect"))
    assert found.startswith("overlay.yaml:11: the target $.paths['/nothing'] selects nothing")


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ("- target: $.paths[\n  remove: true", "overlay.yaml:4: $.paths[ is not a JSONPath (RFC 9535): "),
        ("- target: $\n  remove: true", "overlay.yaml:4: the document as a whole cannot be removed."),
        ("- target: $.paths\n  updates: {}", 'overlay.yaml:5: unknown field "updates" of an action.'),
        ("- target: $.paths", "overlay.yaml:4: the action changes nothing: it needs "),
        ("- update: {}", 'overlay.yaml:4: an action needs a "target", a JSONPath such as $.paths.'),
        (
            "- target: $\n  update: {paths: []}",
            'overlay.yaml:4: "paths" is a map in the document, and the change has a list.',
        ),
        (
            "- target: $.paths\n  update: [1]",
            "overlay.yaml:4: the target is a map, and the change is a list.",
        ),
        ("- target: $.paths\n  copy: $.paths.*", "overlay.yaml:5: $.paths.* selects 2 values; copy one."),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, actions: str, message: str) -> None:
    """An overlay that cannot be applied ends the run: the document would not be what the author means."""
    assert _refusal(tmp_path, actions).startswith(message)


@pytest.mark.parametrize("version", ["1.2.0", "2.0.0", "soon"])
def test_other_versions_are_refused(tmp_path: Path, version: str) -> None:
    """They may mean something else."""
    assert "is not supported; specdrift reads 1.0 and 1.1." in _refusal(tmp_path, EVERYWHERE, version=version)


@pytest.mark.slow
def test_an_overlay_cannot_multiply_without_limit(tmp_path: Path) -> None:
    """Each copy of a list to its own end doubles it; each copy of a map into itself nests it deeper."""
    doubling = "- target: $.info\n  update: {x: [1]}\n" + "- target: $.info.x\n  copy: $.info.x\n" * 30
    assert "the overlays add more than 1,000,000 values." in _refusal(tmp_path, doubling)
    nesting = "- target: $.info\n  update: {x: {y: {}}}\n" + "- target: $..y\n  copy: $.info.x\n" * 30
    assert "more than 500 levels of nesting." in _refusal(tmp_path, nesting)


def test_the_digest_covers_the_overlays(tmp_path: Path) -> None:
    """Two results of one document with other overlays are not results of the same requirements."""
    with_overlay = _overlaid(tmp_path, EVERYWHERE).document.sha256
    without = load("openapi.yaml", LoaderSettings(), cwd=tmp_path).document.sha256
    assert with_overlay != without


@pytest.mark.parametrize(
    "query",
    [
        "$.info[?search(@, '^Thi[n-p]gs$')]",
        "$.info[?match(@, '(a+)+b|T.*s')]",
        "$.info[?match(@, '\\\\p{Lu}\\\\p{Ll}{5}')]",
        "$.info[?match(@, 'T(h|i|n|g|s){5,}') && !search(@, '[0-9]')]",
        "$.info[?search(@, 'T') && @ == $.info.title]",
    ],
)
def test_a_target_may_have_regular_expressions(query: str, tmp_path: Path) -> None:
    """``match`` compares the whole text, and ``search`` a part (RFC 9535, 2.4.6)."""
    assert _overlaid(tmp_path, _action(target=query, update="Renamed")).document.title == "Renamed"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("$.info[?search(@, '(a+')]", 'has the regular expression (a+: a ")" is missing.'),
        ("$.info[?!search(@, 'a(?=b)')]", "'?' has no meaning"),
        ("$.info[?search(@, 'a**')]", "'*' has no meaning"),
        ("$.info[?search(@, '((a{500}){500}){500}')]", "repeats too much"),
        (f"$.info[?search(@, '{'a' * 1001}')]", "more than 1,000 characters"),
        ("$..[?@..[?@..[?@..[?@..x]]]]", "takes too long"),
        ("$..[?$.paths != $.components]", "takes too long"),
    ],
)
def test_a_target_that_is_not_evaluated_is_an_error(
    query: str, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regular expression that is "false" because it is not read would select everything where it is negated."""
    monkeypatch.setattr("specdrift.loader.overlays.json_path.MOST_STEPS", 50)
    assert word in _refusal(tmp_path, _action(target=query, remove=True))


def test_a_regular_expression_is_evaluated_in_linear_time(tmp_path: Path) -> None:
    """Nested repetitions would take a backtracking engine longer than any time limit, which it does not even notice."""
    document = DOCUMENT.replace("Things", "a" * 10_000)
    action = _action(target="$.info[?search(@, '(a+)+b') || match(@, '((a*)*|a)*c')]", update="")
    (finding,) = said(_overlaid(tmp_path, action, document=document).diagnostics)
    assert "selects nothing" in finding


EXTENDING = (
    "overlay: 1.0.0\ninfo: {}\nextends: %s\nactions:\n  - {target: $, update: {security: [{key: []}]}}\n"
)


@pytest.mark.parametrize(
    ("extends", "is_other"),
    [
        ("openapi.yaml", False),
        ("./sub/../openapi.yaml#/paths", False),
        ("https://api.test/v1/openapi.yaml", False),
        ("dist/openapi.yaml", False),
        ("billing.yaml", True),
        ("https://api.test/v1/", True),
        ("http://[::1/x", True),
    ],
)
def test_an_overlay_for_another_document_is_named(tmp_path: Path, extends: str, *, is_other: bool) -> None:
    """Its requirements would count for the wrong API; a copy or a revision has the same name."""
    written(tmp_path, DOCUMENT)
    (tmp_path / "overlay.yaml").write_text(EXTENDING % extends)
    contract = load("openapi.yaml", LoaderSettings(overlays=("overlay.yaml",)), cwd=tmp_path)
    expected = (
        f'overlay.yaml:3: the overlay is for another document ("extends: {extends}"), and was applied to '
    )
    expected += "openapi.yaml. Correct or delete this line, or leave the overlay out."
    assert said(contract.diagnostics) == ([expected] if is_other else [])


def test_an_overlay_that_extends_no_address_is_refused(tmp_path: Path) -> None:
    """A list of documents is none."""
    written(tmp_path, DOCUMENT)
    (tmp_path / "overlay.yaml").write_text(EXTENDING % "[openapi.yaml]")
    with pytest.raises(DocumentError, match=r"overlay.yaml:3: .extends. must be the URI"):
        load("openapi.yaml", LoaderSettings(overlays=("overlay.yaml",)), cwd=tmp_path)


def test_an_overlay_is_given_once(tmp_path: Path) -> None:
    """Applied twice, it would add its alternatives twice."""
    written(tmp_path, DOCUMENT)
    (tmp_path / "overlay.yaml").write_text(EXTENDING % "openapi.yaml")
    with pytest.raises(DocumentError, match=r"overlay.yaml.*: the overlay is given twice"):
        load("openapi.yaml", LoaderSettings(overlays=("overlay.yaml", "./overlay.yaml")), cwd=tmp_path)
