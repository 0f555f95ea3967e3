"""Foreground colour and tone only: the person takes on the light of the scene."""
