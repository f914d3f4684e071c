"""Settings of the whole suite."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a slow machine is not a fault. In the automatic check the examples are the same every time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
