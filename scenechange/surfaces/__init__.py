"""Which surfaces a photo shows: ground, tops of things, water; like the detectors, for any stage to use."""
