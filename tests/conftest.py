"""What all tests have in common: no test may depend on the machine's speed, so Hypothesis waits for each example."""

from freezing import pytest_collection_finish as pytest_collection_finish
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
