"""How Hypothesis tests properties: without a deadline, since other tests keep the machine busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `./dev test --fast`: the full number of examples is left to `./dev test`.
settings.register_profile("fast", settings.get_profile("suite"), max_examples=15)
settings.load_profile("suite")
