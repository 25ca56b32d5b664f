"""Where things are at a time: key-framed tracks, the bend of the road, the drive of the camera car."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP = 1 / 30  # seconds between samples of a drive


def smooth(share: float) -> float:
    """0 to 1 with soft ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


class Track:
    """A value over time through (time, value) points; `ease` softens each piece, otherwise it is linear."""

    def __init__(self, *points: tuple[float, float], ease: bool = True) -> None:
        self._times = [time for time, _ in points]
        self._values = [value for _, value in points]
        self._ease = ease

    def at(self, time: float) -> float:
        index = bisect.bisect_right(self._times, time)
        if index == 0 or index == len(self._times):
            return self._values[max(index - 1, 0)]
        start, end = self._times[index - 1], self._times[index]
        share = (time - start) / (end - start)
        low, high = self._values[index - 1], self._values[index]
        return low + (high - low) * (smooth(share) if self._ease else share)


class Bend:
    """The centre line of the road. `bumps` are (from m, length m, turn in radians, right is positive)."""

    def __init__(self, length: float, bumps: Sequence[tuple[float, float, float]]) -> None:
        self._s = np.arange(-50.0, length + 400.0, 2.0)
        curvature = np.zeros_like(self._s)
        for start, span, turn in bumps:
            share = np.clip((self._s - start) / span, 0, 1)
            curvature += turn / span * 2 * np.sin(np.pi * share) ** 2
        self._heading = np.cumsum(curvature) * 2.0
        self._sideways = np.cumsum(self._heading) * 2.0

    def heading(self, s: float) -> float:
        """Direction in radians at `s` metres."""
        return float(np.interp(s, self._s, self._heading))

    def ahead(self, s: float, distance: Floats) -> Floats:
        """How far right of straight ahead the centre line lies, in metres, at these distances from `s`."""
        offset = float(np.interp(s, self._s, self._sideways))
        beyond = np.interp(s + distance, self._s, self._sideways)
        return beyond - offset - self.heading(s) * distance


@dataclass(frozen=True)
class Dip:
    """The camera car slows down to `speed` (m/s): from `start` until `low`, holds until `go`, is back at `end`."""

    start: float
    low: float
    go: float
    end: float
    speed: float


class Drive:
    """The camera car: distance, speed and place on the road at every time."""

    def __init__(self, seconds: float, cruise: float, dips: Sequence[Dip], x: float, shifts: Sequence[Track]) -> None:
        times = np.arange(0.0, seconds + 2.0, STEP)
        speeds = np.array([min([cruise, *(_dipped(dip, cruise, t) for dip in dips)]) for t in times])
        self._times, self._speeds = times, speeds
        self._s = np.concatenate([[0.0], np.cumsum((speeds[1:] + speeds[:-1]) / 2 * STEP)])
        self._x, self._shifts = x, shifts

    @property
    def length(self) -> float:
        """Metres driven in all."""
        return float(self._s[-1])

    def s(self, time: float) -> float:
        """Metres along the road; before the start and after the end at the first and last speed."""
        outside = min(time, 0.0) * self._speeds[0] + max(time - self._times[-1], 0.0) * self._speeds[-1]
        return float(np.interp(time, self._times, self._s) + outside)

    def speed(self, time: float) -> float:
        """Metres a second."""
        return float(np.interp(time, self._times, self._speeds))

    def braking(self, time: float) -> float:
        """Deceleration in m/s²."""
        return (self.speed(time - 0.15) - self.speed(time + 0.15)) / 0.3

    def x(self, time: float) -> float:
        """Metres right of the line between the directions."""
        return self._x + sum(shift.at(time) for shift in self._shifts)


def _dipped(dip: Dip, cruise: float, time: float) -> float:
    if time <= dip.low:
        return cruise + (dip.speed - cruise) * smooth((time - dip.start) / (dip.low - dip.start))
    return dip.speed + (cruise - dip.speed) * smooth((time - dip.go) / (dip.end - dip.go))
