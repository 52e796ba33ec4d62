"""What an inventory names is trusted; what its patterns find is not. A scheduler without TLS is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from specdrift.config import Consent
from specdrift.config.reading import file as source
from specdrift.config.trust.consent import Trust
from specdrift.config.trust.store import TrustStore
from specdrift.errors import ConfigError, UsageError
from specdrift.fleet.inventory.inventory import read
from specdrift.fleet.inventory.service import FleetSettings
from specdrift.fleet.plan import Choice, Plan, plan
from specdrift.fleet.scheduler.dask_pool import refuse_unencrypted
from specdrift.fleet.work import _read, _settings

INVENTORY = """
[[defaults.identities]]
name = "alice"
cert-file = "/srv/owner/alice.pem"
[[services]]
name = "{{folder}}"
config = "{config}"
"""
OWN = 'spec = "openapi.yaml"\nbase-url = "https://elsewhere.test"\n'


def planned(
    folder: Path, config: str, *, consent: Consent | None = None, environ: Mapping[str, str] | None = None
) -> Plan:
    """Plan a fleet of one service with its own configuration."""
    (folder / "orders").mkdir(exist_ok=True)
    (folder / "orders/specdrift.toml").write_text(OWN)
    (folder / "inventory.toml").write_text(INVENTORY.format(config=config))
    consent, environ = consent or Consent(), environ or {"HOME": "/nonexistent"}
    inventory = read(folder / "inventory.toml", cwd=folder, trusts=consent.trusts(environ))
    return plan(inventory, Choice(), cwd=folder, elsewhere=False)


def test_a_configuration_that_a_pattern_finds_is_not_trusted(tmp_path: Path) -> None:
    """It must not choose where the certificates of [defaults] go."""
    with pytest.raises(ConfigError, match="decides where your credentials are sent") as caught:
        planned(tmp_path, "*/specdrift.toml")
    assert "specdrift trust orders/specdrift.toml" in str(caught.value)


@pytest.mark.parametrize("by", ["name", "option", "record"])
def test_the_owner_can_trust_it(tmp_path: Path, by: str) -> None:
    """The worker comes to the same decision, by the digest of the file."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    (tmp_path / "orders").mkdir()
    file = tmp_path / "orders/specdrift.toml"
    file.write_text(OWN)
    if by == "record":
        TrustStore.of(environ).add(source.load(file, cwd=tmp_path))
    consent = Consent(trust=Trust.GRANTED) if by == "option" else None
    config = "orders/specdrift.toml" if by == "name" else "*/specdrift.toml"
    (task,) = planned_as(tmp_path, config, by, consent=consent, environ=environ).tasks
    assert _settings(task, []).base_url == "https://elsewhere.test"
    file.write_text(OWN + "\n")
    _read.cache_clear()
    with pytest.raises(ConfigError, match="decides where"):
        _settings(task, [])


def planned_as(
    folder: Path, config: str, by: str, *, consent: Consent | None, environ: Mapping[str, str]
) -> Plan:
    """Plan; a service without a pattern has a name of its own."""
    if by != "name":
        return planned(folder, config, consent=consent, environ=environ)
    text = INVENTORY.format(config=config).replace('"{folder}"', '"orders"')
    (folder / "inventory.toml").write_text(text)
    inventory = read(folder / "inventory.toml", cwd=folder, trusts=Consent().trusts(environ))
    return plan(inventory, Choice(), cwd=folder, elsewhere=False)


@pytest.mark.parametrize(
    "scheduler", ["tls://scheduler.test:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"]
)
def test_a_scheduler_with_tls_or_on_loopback_is_used(tmp_path: Path, scheduler: str) -> None:
    """Its messages cannot be changed on their way."""
    refuse_unencrypted(FleetSettings(folder=tmp_path, name="f", scheduler=scheduler))


@pytest.mark.parametrize(
    "scheduler",
    ["tcp://scheduler.test:8786", "scheduler.test:8786", "tcp://10.0.0.1:8786", "ws://s.test", "x"],
)
def test_a_scheduler_without_tls_beyond_loopback_is_refused(tmp_path: Path, scheduler: str) -> None:
    """Unless the owner accepts it: Dask unpickles what it sends."""
    fleet = FleetSettings(folder=tmp_path, name="f", scheduler=scheduler)
    with pytest.raises(UsageError, match="is not encrypted"):
        refuse_unencrypted(fleet)
    refuse_unencrypted(FleetSettings(folder=tmp_path, name="f", scheduler=scheduler, scheduler_insecure=True))
