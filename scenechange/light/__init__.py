"""Illumination of a photo: colour, level, direction, hardness, each with a spread."""
