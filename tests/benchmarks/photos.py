"""python -m tests.benchmarks.photos: how many photographs a second become faces.

Makes pictures like LFW's, 250x250 JPEGs, of the photographs in $LABS_TEST_DATA: put off-centre on
varied backgrounds. Then runs `python -m dsutil photos` on them, and says where the time goes.
"""

import argparse
import cProfile
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.__main__ import ROOT, machine
from tests.dsutil.lfw_like import pasted, photographs


def make_pictures(folder, count):
    """Writes `count` pictures into a folder for each class; returns their paths."""
    random = np.random.default_rng(0)
    sources = photographs()
    if not sources:
        sys.exit("LABS_TEST_DATA names no folder with photos/man and photos/woman.")
    paths = []
    for number in range(count):
        source = sources[number % len(sources)]
        path = Path(folder, source.parent.name, f"{number}.jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        pasted(source, random)[0].save(path, quality=90)
        paths.append(path)
    return paths


def rate(folder, count, processes):
    """Pictures a second of the whole command, and its last lines."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "dsutil", "photos", folder, "--out", out]
        command += ["--name", "x", "--processes", str(processes)]
        begin = time.perf_counter()
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return count / (time.perf_counter() - begin), ended.stdout


def tell_where_time_goes(paths):
    """Prints milliseconds a picture of each step, in one process."""
    from dsutil.photos import near_duplicates, photo, workers

    steps = {
        "decode": photo.decode,
        "fingerprint": near_duplicates.fingerprint,
        "look for a face": photo.find,
        "crop": photo.crop,
    }
    workers.examine(paths[0], 48, True)  # loads what is needed
    profile = cProfile.Profile()
    profile.runcall(lambda: [workers.examine(path, 48, True) for path in paths])
    times = pstats.Stats(profile).stats
    for name, step in steps.items():
        code = step.__code__
        seconds = times[code.co_filename, code.co_firstlineno, code.co_name][3]
        print(f"  {name:<16} {seconds / len(paths) * 1000:6.2f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=4000, help="pictures (default: %(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="(default: %(default)s)")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        paths = make_pictures(folder, options.count)
        pictures, told = rate(folder, options.count, options.processes)
        print(told)
        print(f"{pictures:.0f} pictures a second in {options.processes} processes; in one, each:")
        tell_where_time_goes(paths[:400])


if __name__ == "__main__":
    main()
