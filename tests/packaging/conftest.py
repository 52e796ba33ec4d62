"""The script `./dev` as a module."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

import pytest

from tests.packaging.tree import ROOT


@pytest.fixture
def dev() -> ModuleType:
    """The script as a module."""
    return load_dev()


def load_dev() -> ModuleType:
    """Load the script as a module, anew, so that a test may change it."""
    spec = spec_from_loader("dev", SourceFileLoader("dev", str(ROOT / "dev")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
