"""The names that programs may import from ``specdrift``."""

import re
import subprocess
import sys

import specdrift
from specdrift import errors
from specdrift.app.library import CheckOptions, LintOptions
from specdrift.config.keys.catalogue import GROUPS
from tests.packaging.tree import PACKAGE

PUBLIC = [
    "ConfigError",
    "CredentialError",
    "DocumentError",
    "Drift",
    "ExitStatus",
    "Expect",
    "Identity",
    "OutOfTimeError",
    "Result",
    "Severity",
    "SpecdriftError",
    "TemplateError",
    "UsageError",
    "__version__",
    "acheck",
    "check",
    "lint",
    "read_result",
    "render",
]
NOT_IN_THE_LIBRARY = {
    *("base_url", "cacert"),  # parameters of their own
    *("cert", "key", "cert_type", "key_pass_file"),  # identities
    *("exit_zero", "update_baseline", "record", "resume"),  # the process's exit status, and files
    "workers",  # forks, which a program that has threads must not be
}


def test_public_names() -> None:
    """Adding one is a decision, removing one breaks programs."""
    assert specdrift.__all__ == PUBLIC
    assert all(getattr(specdrift, name) is not None for name in PUBLIC)
    assert set(PUBLIC) <= set(dir(specdrift))


def test_every_error_is_public_and_on_the_page() -> None:
    """Programs catch them by name, and read of them in docs/library.md."""
    found = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert found <= set(PUBLIC)
    page = (PACKAGE.parent / "docs" / "library.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert listed == found - {"SpecdriftError"}


def test_the_package_is_typed() -> None:
    """Type checkers read the annotations of an installed package."""
    assert (PACKAGE / "py.typed").is_file()


def test_options_of_the_library_are_those_of_the_command_line() -> None:
    """A new option reaches programs too, or is listed here."""
    parameters = {key.parameter for group in GROUPS for key in group.keys if key.option}
    own = CheckOptions.__annotations__.keys() | LintOptions.__annotations__.keys()
    assert own | NOT_IN_THE_LIBRARY == parameters
    assert not own & NOT_IN_THE_LIBRARY


def test_importing_the_package_imports_nothing_heavy() -> None:
    """Public names are loaded when they are used."""
    code = "import sys, specdrift; print(*[name for name in sys.modules if name.startswith('specdrift')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["specdrift"]
