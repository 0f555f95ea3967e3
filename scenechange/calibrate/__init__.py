"""Camera of a photo: focal length, pitch, roll, height, each with a standard deviation."""
