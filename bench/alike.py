"""How far apart the looks of two thumbnails are: the same finding marked or coded otherwise or a moment later, and
others.

python bench/alike.py [--every 3]
"""

import argparse
import os
import sys
import time
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

import cv2
import numpy as np

from batches.sandbox import demo
from batches.sandbox.road.boxes import picture
from batches.sync.alike import MAX_DIFFERENT_BITS, WINDOW_SECONDS
from batches.sync.pictures import WIDTHS, _reduced
from bench.figures import Figures

GRID = 48  # pictures of a page


def measure(every: int) -> None:
    import django

    django.setup()
    from batches.sync.pictures import difference_hash

    distances: dict[str, list[int]] = defaultdict(list)
    images: list[bytes] = []
    spent, count = 0.0, 0

    def hashed(image: np.ndarray, quality: int = 82) -> int:
        nonlocal spent, count
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        started = time.process_time()
        seen = difference_hash(data)
        spent, count = spent + time.process_time() - started, count + 1
        return seen

    for index in range(0, len(demo.DRIVES) - len(demo.QUIET), every):
        drive = demo.make_drive(index)
        renderer = drive.film.renderer()
        findings = [finding for finding in drive.findings if finding.actors]
        own = []
        for finding in findings:
            image = picture(drive.film, renderer, finding)
            images.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes())
            own.append(hashed(image))
            distances["coded anew"].append(bits(own[-1], hashed(image, 55)))
            bare = picture(drive.film, renderer, replace(finding, actors=()))
            distances["without its box"].append(bits(own[-1], hashed(bare)))
            for late in (0.2, 0.5, 1.0):
                later = replace(finding, best=min(finding.best + late, drive.film.seconds - 0.2))
                distances[f"{late} s later"].append(bits(own[-1], hashed(picture(drive.film, renderer, later))))
        for (first, looks_first), (second, looks_second) in combinations(zip(findings, own, strict=True), 2):
            if (first.best, first.actors) != (second.best, second.actors):
                near = abs(first.start - second.start) <= WINDOW_SECONDS
                distances["another, near" if near else "another, elsewhere"].append(bits(looks_first, looks_second))
    with Figures("alike", "no database") as figures:
        for name, bits_found in distances.items():
            values = np.array(bits_found)
            figures.row(
                f"{name}, {len(values):,} pairs",
                f"median {np.median(values):.0f}, 95 % {np.percentile(values, 95):.0f}, "
                f"most {values.max()} of 64 bits",
                f"{(values <= MAX_DIFFERENT_BITS).mean():.0%} within {MAX_DIFFERENT_BITS} bits",
            )  # fmt: skip
        figures.row("CPU of a picture", f"{1000 * spent / count:.1f} ms", "")
        given = sum(map(len, images)) / len(images)
        for width in WIDTHS:
            started = time.process_time()
            made = sum(len(_reduced(data, width)) for data in images) / len(images)
            took = (time.process_time() - started) / len(images)
            figures.row(
                f"{GRID} pictures of a grid, {width} points wide",
                f"{GRID * made / 1000:.0f} kB, made once in {1000 * took:.0f} ms of CPU each",
                f"the vendor's own: {GRID * given / 1000:.0f} kB; target 350 kB",
            )  # fmt: skip


def bits(first: int, second: int) -> int:
    return ((first ^ second) % 2**64).bit_count()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=3, help="every so many drives of the demo")
    measure(parser.parse_args().every)
