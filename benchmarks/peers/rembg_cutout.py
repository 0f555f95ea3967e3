"""The peer of `cutout_cost.py`: rembg with the same network, alpha matting on. Runs in the peer's own environment.

    python rembg_cutout.py

Reads lines of SOURCE, tab, TARGET; writes the opacity and prints one line of JSON: seconds, peak memory so far.
"""

import contextlib
import json
import resource
import sys
import time

from PIL import Image
from rembg import new_session, remove

session = new_session("isnet-general-use")
for line in sys.stdin:
    source, target = line.rstrip("\n").split("\t")
    since = time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):  # its solver prints warnings
        person = remove(Image.open(source), session=session, alpha_matting=True)
    seconds = time.perf_counter() - since
    person.getchannel("A").save(target)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}), flush=True)
