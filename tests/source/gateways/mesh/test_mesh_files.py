"""Files and folders of resources: what is read, what is listed, and in how much time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from specdrift.errors import UsageError
from specdrift.source import is_gateway, read_gateway
from specdrift.source.kubernetes.kubernetes_gateway import Kubernetes, MeshConfiguration
from specdrift.source.kubernetes.listeners.entrances import MOST_ENTRANCES
from specdrift.source.kubernetes.manifests import MOST_DOCUMENTS
from tests.source.gateways.mesh.meshes import (
    api_gateway,
    http_route,
    letters,
    mutual,
    policy,
    read,
    routes,
    written,
)

SECONDS = 10.0
EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "gateway"


def reasons(found: MeshConfiguration) -> list[str]:
    """Return what is not evaluated."""
    return [one.what for one in found.unresolved]


def timed(file: Path) -> MeshConfiguration:
    """Read, in time."""
    began = time.process_time()
    found = Kubernetes().read(file)
    assert time.process_time() - began < SECONDS
    return found


def test_places_count_the_lines_of_the_file(tmp_path: Path) -> None:
    """Not those of the document in it."""
    file = tmp_path / "mesh.yaml"
    file.write_text(f"# a comment\n---\n{written(mutual())}---\n\n{written(routes())}", encoding="utf-8")
    lines = file.read_text(encoding="utf-8").split("\n")
    (entrance,) = timed(file).entrances
    assert lines[entrance.validation.at.line - 1].strip() == "mode: MUTUAL"
    assert entrance.validation.at.text == lines[entrance.validation.at.line - 1]
    (route,) = entrance.table.routes()
    assert lines[route.at.line - 1].strip() == "- route:"


def test_a_folder_is_read_with_what_is_beneath_it(tmp_path: Path) -> None:
    """Other YAML files and hidden folders are left out."""
    (tmp_path / "base").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "base" / "gateway.yaml").write_text(written(mutual()), encoding="utf-8")
    (tmp_path / "routes.json").write_text(json.dumps(routes()), encoding="utf-8")
    (tmp_path / "values.yaml").write_text("replicas: [1, 2", encoding="utf-8")
    (tmp_path / ".git" / "x.yaml").write_text(written(policy({})), encoding="utf-8")
    assert is_gateway(tmp_path)
    found = timed(tmp_path)
    assert letters(found) == "TFT"
    assert reasons(found) == []
    assert found.files == 2


def test_a_service_with_resources_in_a_folder_stays_a_service(tmp_path: Path) -> None:
    """Its folder is that of a crate."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "mesh.yaml").write_text(written(mutual()), encoding="utf-8")
    assert is_gateway(tmp_path / "deploy")
    (tmp_path / "Cargo.toml").write_text("[package]\n", encoding="utf-8")
    assert not is_gateway(tmp_path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    """It is listed."""
    (tmp_path / "other.yaml").write_text(written(policy({})), encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "mesh.yaml").write_text(written(mutual(), routes()), encoding="utf-8")
    (folder / "link.yaml").symlink_to(tmp_path / "other.yaml")
    found = timed(folder)
    assert reasons(found) == ["link.yaml: outside of the folder"]


def test_a_list_is_read_as_its_items(tmp_path: Path) -> None:
    """As ``kubectl get -o yaml`` writes it."""
    items = {"apiVersion": "v1", "kind": "List", "items": [mutual(), routes()]}
    assert letters(read(tmp_path, items)) == "TFT"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: {{ .Values.spec }}\n",
            "a template that is not filled in",
        ),
        (written(policy({}), policy({})), "AuthorizationPolicy p is defined twice"),
        (
            written({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {}}),
            "Ingress of networking.k8s.io",
        ),
        (
            written({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GRPCRoute", "metadata": {}}),
            "GRPCRoute of gateway.networking.k8s.io",
        ),
    ],
)
def test_what_is_not_read_is_listed(text: str, listed: str, tmp_path: Path) -> None:
    """A template, a resource that is there twice, kinds that are not evaluated."""
    file = tmp_path / "mesh.yaml"
    file.write_text(f"{written(mutual(), routes())}---\n{text}", encoding="utf-8")
    assert any(one.startswith(listed) for one in reasons(timed(file)))


def test_patches_of_kustomize_are_listed(tmp_path: Path) -> None:
    """They may change every resource."""
    (tmp_path / "kustomization.yaml").write_text("resources: [mesh.yaml]\n", encoding="utf-8")
    (tmp_path / "mesh.yaml").write_text(written(mutual(), routes()), encoding="utf-8")
    assert reasons(timed(tmp_path)) == [
        "patches of kustomize are not applied; name the output of kustomize build"
    ]


def test_a_file_without_listeners_is_incomplete(tmp_path: Path) -> None:
    """A policy alone serves nothing."""
    found = read(tmp_path, policy({}))
    assert found.entries == ()
    assert reasons(found) == ["no listener whose routes are in the files"]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """With its name."""
    (tmp_path / "x.yaml").write_text("a: b\n", encoding="utf-8")
    assert not is_gateway(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match=r"x\.yaml"):
        read_gateway(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match="absent: no YAML or JSON file"):
        Kubernetes().read(tmp_path / "absent")


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + number)}: &{chr(98 + number)} [{', '.join([f'*{chr(97 + number)}'] * 9)}]\n"
    for number in range(9)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (
            "---\napiVersion: v1\nkind: ConfigMap\n" * (MOST_DOCUMENTS + 10),
            f"more than {MOST_DOCUMENTS:,} documents",
        ),
        (f"---\n# security.istio.io/v1\n{BOMB}", "a document that is its YAML aliases multiply"),
        (f"---\nspec: {'[' * 100_000}\n# security.istio.io/v1\n", "a document that is more than 500 levels"),
    ],
    ids=["documents", "aliases", "nesting"],
)
def test_hostile_files_are_read_in_time(text: str, listed: str, tmp_path: Path) -> None:
    """What is beyond a limit is listed."""
    file = tmp_path / "mesh.yaml"
    file.write_text(f"{written(mutual(), routes())}{text}", encoding="utf-8")
    found = timed(file)
    assert any(one.startswith(listed) for one in reasons(found)), reasons(found)[:3]
    assert letters(found) == "???"


def test_values_behind_aliases_count_each_time(tmp_path: Path) -> None:
    """Each document may have a million of them."""
    (tmp_path / "mesh.yaml").write_text(
        "".join(
            f"---\nx: &a [{'0,' * 1000}]\ny: [{'*a,' * 100}]\n# security.istio.io/v1\n" for _ in range(50)
        ),
        encoding="utf-8",
    )
    assert any(one.startswith("more than 500,000 values") for one in reasons(timed(tmp_path / "mesh.yaml")))


def test_hosts_and_routes_do_not_multiply(tmp_path: Path) -> None:
    """Each host of a route has all its rules."""
    many = [f"a{number}.example" for number in range(MOST_ENTRANCES + 100)]
    found = read(tmp_path, mutual(), routes(hosts=many))
    assert len(found.entries) <= MOST_ENTRANCES
    gateway = api_gateway({"name": "l", "port": 80, "protocol": "HTTP"})
    wide = read(
        tmp_path, gateway, http_route(*[{"backendRefs": [{"name": "a", "port": 1}]}] * 1000, hostnames=many)
    )
    assert any("hosts, or" in one for one in reasons(wide))
