"""Fixtures of the studio's tests."""

from conftest_studio import chromium, shot, studio, visit

__all__ = ["chromium", "shot", "studio", "visit"]
