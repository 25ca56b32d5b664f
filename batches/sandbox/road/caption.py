"""What a dashcam prints into its film: name, time, speed, place. The same numbers go into the documents."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import cos, radians, sin

import cv2
import numpy as np

from batches.sandbox.road.look import ink
from batches.sandbox.road.paint import Image
from batches.sandbox.road.script import Script
from batches.sandbox.road.view import HEIGHT, WIDTH

METRES_A_DEGREE = 111_320.0
LINE_HEIGHT = 15  # pixels


@dataclass(frozen=True)
class Telemetry:
    """Clock and place of one drive."""

    camera: str
    began: float  # seconds since the epoch
    latitude: float
    longitude: float
    course: float  # degrees clockwise from north at the start

    def position(self, script: Script, time: float) -> tuple[float, float]:
        """Latitude and longitude in degrees at a second of the film."""
        s = script.drive.s(time)
        heading = radians(self.course) + script.bend.heading(s) / 2
        north, east = s * cos(heading), s * sin(heading)
        latitude = self.latitude + north / METRES_A_DEGREE
        return latitude, self.longitude + east / (METRES_A_DEGREE * cos(radians(latitude)))

    def line(self, script: Script, time: float) -> str:
        """The printed line; it changes twice a second."""
        moment = int(time * 2) / 2
        clock = datetime.fromtimestamp(self.began + moment, UTC).strftime("%Y-%m-%d  %H:%M:%S")
        latitude, longitude = self.position(script, moment)
        return f"{self.camera}   {clock} UTC   {script.kmh(moment):3.0f} km/h   {latitude:.5f}  {longitude:.5f}"


def print_line(image: Image, text: str) -> None:
    """Prints along the lower edge."""
    light = _lettering(text)
    part = image[HEIGHT - LINE_HEIGHT :]
    part[:] = cv2.add(part, light)


@lru_cache(maxsize=64)
def _lettering(text: str) -> Image:
    strip = np.zeros((LINE_HEIGHT, WIDTH, 3), np.uint8)
    cv2.putText(strip, text, (12, LINE_HEIGHT - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink("#c9cfd2"), 1, cv2.LINE_AA)
    return strip
