"""What all tests need."""

import time

import pytest

import labs  # noqa: F401  sets the variables that TensorFlow reads when it loads, so it comes first


def pytest_addoption(parser):
    parser.addoption(
        "--minutes", type=float, help="skip the tests whose turn comes later than that"
    )


def pytest_configure(config):
    config.began = time.monotonic()


def pytest_runtest_setup(item):
    minutes = item.config.getoption("minutes")
    if minutes is not None and time.monotonic() - item.config.began > 60 * minutes:
        pytest.skip(f"{minutes:g} minutes have passed")
