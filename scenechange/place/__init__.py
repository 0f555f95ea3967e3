"""Scale, position and perspective of the cut-out in the scene."""
