"""The peer of `speed.py`: rembg with the same network, then a plain paste. Runs in the peer's own environment.

    python rembg_paste.py SUBJECT SCENE OUT REPEAT [matting]

Prints one line of JSON with the seconds of each run after the model is loaded, the load time and the peak memory.
"""

import json
import resource
import sys
import time

from PIL import Image, ImageOps
from rembg import new_session, remove

subject, scene, out, repeat = sys.argv[1:5]
matting = "matting" in sys.argv[5:]
since = time.perf_counter()
session = new_session("isnet-general-use")
load_s = time.perf_counter() - since
runs = []
for _ in range(int(repeat)):
    since = time.perf_counter()
    person = remove(ImageOps.exif_transpose(Image.open(subject)), session=session, alpha_matting=matting)
    place = Image.open(scene).convert("RGB")
    factor = 0.6 * place.height / person.height
    person = person.resize((round(person.width * factor), round(person.height * factor)), Image.Resampling.LANCZOS)
    place.paste(person, ((place.width - person.width) // 2, place.height - person.height), person)
    place.save(out, quality=95, subsampling=0)
    runs.append(time.perf_counter() - since)
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"load_s": load_s, "runs_s": runs, "peak_mb": peak_mb}))
