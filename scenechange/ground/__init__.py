"""Where one can stand in a photo: the ground plane, and the surfaces that look like ground."""
