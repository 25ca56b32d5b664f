"""The camera: metres on the road to pixels of the frame."""

import numpy as np

from batches.sandbox.road.motion import Bend, Floats

WIDTH, HEIGHT = 640, 360  # pixels
FOCAL = 500.0
CENTRE, HORIZON = 320.0, 160.0
EYE = 1.4  # metres above the road
NEAR = 1.6  # metres: nothing closer is projected
FAR = 230.0


class View:
    """One moment: the camera at `s` metres along the road and `x` metres right of its middle line."""

    def __init__(self, bend: Bend, s: float, x: float, tilt: float = 0.0) -> None:
        self.bend, self.s, self.x = bend, s, x
        self.heading = bend.heading(s)
        self.horizon = HORIZON + tilt
        self._grid = np.concatenate([[0.0], np.geomspace(NEAR, FAR + 120, 60)])
        self._bent = bend.ahead(s, self._grid)
        self._straight = not self._bent.any()

    def points(self, s: Floats, x: Floats, y: Floats) -> Floats:
        """Pixels (n, 2) of road points: along, right of the middle line, up."""
        z = np.maximum(s - self.s, NEAR)
        scale = FOCAL / z
        pixels = np.empty((len(z), 2))
        right = x - self.x if self._straight else x - self.x + np.interp(z, self._grid, self._bent)
        pixels[:, 0] = CENTRE + right * scale
        pixels[:, 1] = self.horizon + (EYE - y) * scale
        return pixels

    def point(self, s: float, x: float, y: float) -> tuple[float, float]:
        z = max(s - self.s, NEAR)
        scale = FOCAL / z
        bent = float(np.interp(z, self._grid, self._bent))
        return CENTRE + (x + bent - self.x) * scale, self.horizon + (EYE - y) * scale

    def scale(self, s: float) -> float:
        """Pixels a metre at this place."""
        return FOCAL / max(s - self.s, NEAR)
