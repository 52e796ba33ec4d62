"""Reads configurations from text, as the tests write them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from specdrift.config import AllowedNames, ConfigAccess, Consent, read
from specdrift.config.trust.consent import Trust
from specdrift.errors import ConfigError
from specdrift.settings import Settings

KNOWN = AllowedNames(
    checks=("certificate", "mtls-not-enforced", "undocumented"),
    profiles=("self-signed", "no-eku"),
    formats=("html", "json", "text"),
)


def read_text(
    folder: Path,
    text: str = "",
    *,
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    warnings: list[str] | None = None,
    consent: Consent | None = None,
) -> Settings:
    """The settings of a ``specdrift.toml`` with that text (none when it is empty) in ``folder``, which is trusted
    unless ``consent`` differs.
    """
    (folder / ".git").mkdir(exist_ok=True)
    if text:
        (folder / "specdrift.toml").write_text(text, encoding="utf-8")
    heard: list[str] = [] if warnings is None else warnings
    return read(
        options,
        names=KNOWN,
        cwd=folder,
        environ=environ or {},
        warn=heard.append,
        access=ConfigAccess(consent=consent or Consent(trust=Trust.GRANTED)),
    )


def problems(folder: Path, text: str = "", **more: Any) -> list[str]:  # noqa: ANN401 - as read_text
    """The lines of the ConfigError that reading brings."""
    with pytest.raises(ConfigError) as caught:
        read_text(folder, text, **more)
    return str(caught.value).splitlines()
