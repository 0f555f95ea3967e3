"""The peer of `geometry.py`: lu-vp-detect 1.0.4 (Lu et al., WACV 2017). Runs in the peer's own environment.

Reads a JSON list of [path, focal length in pixels] from stdin, prints a JSON list of [pitch, roll] in degrees.
"""

import json
import math
import sys

import cv2
import numpy as np
from lu_vp_detect import VPDetection

make = cv2.createLineSegmentDetector


class Detector:  # lu-vp-detect wants (N, 1, 4), as OpenCV 4 gave; OpenCV 5 gives (N, 4)
    def __init__(self, *options):
        self.detector = make(*options)

    def detect(self, image):
        lines, *rest = self.detector.detect(image)
        return (lines.reshape(-1, 1, 4), *rest)


cv2.createLineSegmentDetector = Detector

out = []
for path, f_px in json.load(sys.stdin):
    directions = np.asarray(VPDetection(length_thresh=30, focal_length=f_px, seed=1).find_vps(path))
    up = directions[np.argmax(np.abs(directions[:, 1]))]
    up = -up if up[1] > 0 else up
    out.append([math.degrees(math.asin(up[2])), math.degrees(math.atan2(-up[0], -up[1]))])
print(json.dumps(out))
