"""How properties are tested: as thoroughly as ever, and by no clock."""

from hypothesis import HealthCheck, settings

# Machines that run tests are busy with other tests: a slow example there is no finding.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")
