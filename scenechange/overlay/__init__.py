"""What was measured of a photo, drawn over it: the camera and the ground, or the light."""
