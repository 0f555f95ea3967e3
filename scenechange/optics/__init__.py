"""Sharpness and grain: make person and scene look like one exposure."""
