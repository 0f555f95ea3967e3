"""What of a scene can stand in front of a person: each thing with a mask and the line where it meets the ground."""
