"""Fixtures for the tests below and for the promise beside this file."""

pytest_plugins = ["tests.live"]
