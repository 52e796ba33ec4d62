"""The manifests for Kubernetes: what kustomize makes of them, what a pod may do, and a pod's own run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from specdrift.errors import ExitStatus
from tests.ci.repository import DEMO, ROOT, Repository, clean_environ

MANIFESTS = ROOT / "examples/kubernetes"
CRON: dict[str, Any] = yaml.safe_load((MANIFESTS / "service/cronjob.yaml").read_text(encoding="utf-8"))
REVISION = "..2026_11_27"
"""Kubernetes mounts a revision of an object, and links each file of it."""


def pods() -> dict[str, dict[str, Any]]:
    """The pod of each job, by its file."""
    found = {}
    for path in sorted(MANIFESTS.glob("*/*.yaml")):
        spec = yaml.safe_load(path.read_text(encoding="utf-8")).get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            found[path.name] = template["spec"]
    return found


def test_every_pod_meets_the_restricted_standard() -> None:
    """The restricted Pod Security Standard, on a root that cannot be written, without the cluster's token."""
    assert pods().keys() == {"cronjob.yaml", "fleet.yaml", "fleet-merge.yaml"}
    for name, pod in pods().items():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["image"].rpartition(":")[2] not in ("", "latest"), name
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in pod["volumes"]}, name


@pytest.mark.parametrize(
    ("folder", "kinds"),
    [
        ("service", {"ConfigMap", "CronJob", "NetworkPolicy", "PersistentVolumeClaim"}),
        ("fleet", {"ConfigMap", "Job", "PersistentVolumeClaim"}),
    ],
)
def test_kustomize_builds_what_the_pods_mount(folder: str, kinds: set[str]) -> None:
    """Every object that a pod names is made, apart from the secret, which is no part of manifests."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    command = ["kubectl", "kustomize", str(MANIFESTS / folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environ())
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    assert {one["kind"] for one in objects} == kinds
    names = {(one["kind"], one["metadata"]["name"]) for one in objects}
    (spec,) = (one["spec"] for one in objects if one["kind"] in ("CronJob", "Job"))
    pod = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert ("ConfigMap", volumes["configuration"]["configMap"]["name"]) in names
    assert ("PersistentVolumeClaim", volumes["reports"]["persistentVolumeClaim"]["claimName"]) in names
    assert volumes["identities"]["secret"]["secretName"] == "specdrift-identities"


def test_the_network_policy_names_the_service_and_the_pod_of_the_job() -> None:
    """Another port or label would leave the run incomplete, or the pod without a policy."""
    policy = yaml.safe_load((MANIFESTS / "service/network-policy.yaml").read_text(encoding="utf-8"))["spec"]
    labels = CRON["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    address = re.search(r'base-url = "https://\w+\.(\w+)\.svc\.cluster\.local:(\d+)"', configuration())
    assert address is not None
    service = policy["egress"][0]
    assert service["to"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": address[1]}
    assert service["ports"] == [{"protocol": "TCP", "port": int(address[2])}]


def configuration() -> str:
    """The configuration of the nightly check."""
    return (MANIFESTS / "service/specdrift.toml").read_text(encoding="utf-8")


def mount(folder: Path, name: str, content: str | bytes) -> None:
    """Put a file where Kubernetes would: in a revision's folder, behind two links."""
    revision = folder / REVISION
    revision.mkdir(parents=True, exist_ok=True)
    (revision / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    data = folder / "..data"
    if not data.is_symlink():
        data.symlink_to(REVISION)
    (folder / name).symlink_to(f"..data/{name}")


@pytest.mark.servers
def test_the_cron_job_checks_with_what_it_mounts(repository: Repository) -> None:
    """Its own arguments and configuration, each mounted folder being one of ours."""
    container = pods()["cronjob.yaml"]["containers"][0]
    mounts = {
        mount["mountPath"]: repository.folder / mount["mountPath"].strip("/")
        for mount in container["volumeMounts"]
    }
    for folder in mounts.values():
        folder.mkdir(parents=True, exist_ok=True)
    base_url = f'base-url = "{repository.environ["SPECDRIFT_BASE_URL"]}"'
    mount(mounts["/etc/specdrift"], "specdrift.toml", re.sub('base-url = ".*"', base_url, configuration()))
    mount(mounts["/etc/specdrift"], "openapi.yaml", DEMO)
    own = Path(repository.environ["SPECDRIFT_CACERT"]).parent
    for name in ("server-ca.pem", "alice.pem", "alice.key"):
        mount(mounts["/etc/specdrift-identities"], name, (own / name).read_bytes())
    kept = {name: repository.environ[name] for name in ("SPECDRIFT_RESOLVE", "SPECDRIFT_CHECKS")}
    inside = Repository(folder=repository.folder, environ=kept)
    arguments = [_outside(argument, mounts) for argument in container["args"]]
    ended = inside.run(sys.executable, "-m", "specdrift", *arguments, TMPDIR=str(mounts["/tmp"]))
    assert ended.status == ExitStatus.DRIFT, ended.log
    assert {file.name for file in mounts["/reports"].iterdir()} == {"result.json", "report.html"}


def _outside(argument: str, mounts: dict[str, Path]) -> str:
    """An argument with the path that a mounted folder has on this machine."""
    for inside, folder in sorted(mounts.items(), reverse=True):
        argument = re.sub(rf"(?<==){re.escape(inside)}/", f"{folder}/", argument)
    return argument
