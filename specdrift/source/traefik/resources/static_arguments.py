"""The static configuration in the arguments of Traefik's own pods, as its Helm chart writes them."""

import re
from collections.abc import Iterator

from specdrift.loader.parse.tree import Mark, MarkedMapping
from specdrift.source.gateway.yaml_nodes import YamlNode
from specdrift.source.kubernetes.manifests import KubernetesObject, Manifests
from specdrift.source.traefik.resources.translated_tree import mark_of
from specdrift.source.traefik.traefik_files import TraefikFiles

WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")
FOLDER = "/etc/traefik"
"""A file in it is read instead of arguments."""
_IMAGE = re.compile(r"(?:\A|/)traefik(?:[:@]|\Z)")
_ARGUMENT = re.compile(r"--([\w-]+(?:\.[\w\[\]-]+)*)(?:=(.*))?\Z", re.DOTALL)
_BOOLEANS = {"": True, "true": True, "false": False}


def add_static(manifests: Manifests, files: TraefikFiles) -> None:
    """Take the static configuration from arguments, if no file has it. What is not understood is listed."""
    found = [] if files.static is not None else list(_containers(manifests))
    if len(found) > 1:
        what = "several Traefiks: which of them reads the resources is not known"
        files.not_read(found[1].place, what, anything=True)
    elif found:
        files.static = _static(found[0], files)


def _containers(manifests: Manifests) -> Iterator[YamlNode]:
    for one in manifests.resources:
        if one.group == "apps" and one.kind in WORKLOADS:
            yield from (each for each in _of_pod(one) if _IMAGE.search(each.get("image").written))


def _of_pod(one: KubernetesObject) -> Iterator[YamlNode]:
    return one.spec.get("template", "spec", "containers").items()


def _static(container: YamlNode, files: TraefikFiles) -> YamlNode | None:
    """Return the tree of the arguments."""
    arguments = container.get("args")
    mounts = (one.get("mountPath").written for one in container.get("volumeMounts").items())
    elsewhere = next((one for one in mounts if f"{one.rstrip('/')}/".startswith(f"{FOLDER}/")), "")
    if container.get("command") or elsewhere or not arguments:
        what = f"the static configuration in {elsewhere}" if elsewhere else "the command of Traefik"
        files.not_read(container.place, what)
        return None
    tree, mark = MarkedMapping(), mark_of(container, "args")
    for one in arguments.items():
        found = _ARGUMENT.match(one.written)
        names, written = (found[1].split("."), found[2] or "") if found is not None else ([], "")
        if not names or names[0].lower() == "configfile" or not _put(tree, names, written, mark):
            files.not_read(arguments.place, f"the argument {one.written[:100]}", anything=True)
    return YamlNode(tree, container.file, arguments.place)


def _put(tree: MarkedMapping, names: list[str], written: str, mark: Mark) -> bool:
    """Set a member; names count in any case of their letters. Return whether it had no value before."""
    *parents, last = names
    for name in parents:
        key = _spelled(tree, name, mark)
        if not isinstance(tree[key], MarkedMapping):
            tree[key] = MarkedMapping()
        tree = tree[key]
    key = _spelled(tree, last, mark)
    if tree[key] is None:
        tree[key] = _BOOLEANS.get(written, written)
        return True
    return isinstance(tree[key], MarkedMapping)


def _spelled(tree: MarkedMapping, name: str, mark: Mark) -> str:
    """Return the key of a name; a new one has no value yet."""
    found = next((key for key in tree if key.lower() == name.lower()), name)
    tree.setdefault(found, None)
    tree.marks.setdefault(found, mark)
    return found
