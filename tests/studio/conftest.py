"""Fixtures of the studio's tests."""

from conftest_studio import address, chromium, shot, visit

__all__ = ["address", "chromium", "shot", "visit"]
