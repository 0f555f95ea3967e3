"""Layers to pixels, in linear light."""
