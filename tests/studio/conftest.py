"""Fixtures of the studio's tests."""

from conftest_studio import shot, studio, visit

__all__ = ["shot", "studio", "visit"]
