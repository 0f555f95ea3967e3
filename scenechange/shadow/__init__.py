"""Contact and cast shadow of the person on the scene's ground, as a transmittance."""
