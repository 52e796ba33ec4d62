"""Values are structs: docs/decisions/13-structs.md says why."""

from tests.packaging.tree import modules


def test_no_module_makes_dataclasses() -> None:
    """One kind of value, one `replace`: that of dataclasses refuses structs only when it is called."""
    found = [
        f"{module.path}:{line}"
        for module in modules()
        for line, name in module.imports()
        if name.split(".")[0] == "dataclasses"
    ]
    assert not found, "\n".join(found)
