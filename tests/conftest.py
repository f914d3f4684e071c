"""Settings of the whole suite."""

import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from tests.example_counts import FULL, QUICK

# No deadline: a slow machine is not a fault. In the automatic check the examples are the same every time.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=FULL,
)
settings.register_profile("quick", settings.get_profile("house"), max_examples=QUICK)
settings.load_profile("house" if os.environ.get("CI") else "quick")  # `./dev test --all` asks for the house's


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage before all is collected: little of it is garbage, and looking takes a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say in the report of each test which promises it shows; remit's own safety case is made of that."""
    for item in items:
        shown = {str(name): None for mark in item.iter_markers("requirement") for name in mark.args}
        item.user_properties += [("requirement", name) for name in shown]


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass by what was collected: thirteen thousand tests that stay to the end."""
    gc.collect()
    gc.freeze()
