"""Which situations a drive goes through, by kind of road and seed."""

from dataclasses import dataclass

import numpy as np

from batches.sandbox.road import hazards, junctions, people, traffic
from batches.sandbox.road.caption import Telemetry, print_line
from batches.sandbox.road.layout import LAYOUTS
from batches.sandbox.road.look import LOOKS
from batches.sandbox.road.paint import Image
from batches.sandbox.road.renderer import Renderer
from batches.sandbox.road.script import Script, Situation

# situation → seconds it takes until the next may begin
PROGRAMMES: dict[str, dict[Situation, float]] = {
    "highway": {
        traffic.cut_in: 6.6, traffic.hard_braking: 7.2, traffic.stopped_on_shoulder: 5.0, traffic.lane_change: 9.2,
        traffic.fast_overtaker: 4.6,
        traffic.tailgating: 7.0, hazards.debris: 6.2, traffic.lane_departure: 4.8, traffic.wrong_way: 6.4,
        traffic.emergency_vehicle: 6.4,
        hazards.work_zone: 8.4, traffic.lane_splitting: 5.0, traffic.swerving: 6.0,
    },
    "city": {
        people.jaywalker: 6.8, junctions.red_light: 9.6, traffic.cut_in: 6.6, people.cyclist_ahead: 7.2,
        junctions.double_parked: 6.6,
        junctions.red_light_runner: 6.2, people.crosswalk: 9.0, junctions.oncoming_turns: 6.2,
        junctions.bus_pulls_out: 6.8, people.cyclist_crosses: 6.4,
        traffic.hard_braking: 7.2, people.sidewalk_walker: 4.4, traffic.emergency_vehicle: 6.4, traffic.tailgating: 7.0,
    },
    "suburb": {
        people.child_after_ball: 6.8, hazards.stop_sign: 8.0, people.crosswalk: 9.0, people.cyclist_ahead: 7.6,
        hazards.animal: 6.2,
        hazards.school_bus: 9.0, traffic.stopped_on_shoulder: 5.2, people.sidewalk_walker: 4.6, hazards.work_zone: 8.2,
        traffic.oncoming_over_line: 6.0, people.jaywalker: 6.6, people.cyclist_crosses: 6.4,
    },
    "country": {
        hazards.animal: 6.4, traffic.oncoming_over_line: 6.0, traffic.slow_vehicle: 7.6, people.cyclist_ahead: 7.6,
        hazards.debris: 6.2,
        traffic.lane_departure: 4.8, traffic.hard_braking: 7.2, traffic.stopped_on_shoulder: 5.2,
        traffic.wrong_way: 6.2, traffic.tailgating: 7.2,
        hazards.work_zone: 8.2,
    },
}  # fmt: skip


# what may happen beside them: it needs neither our brakes nor our wheel
ASIDES: dict[str, tuple[Situation, ...]] = {
    "highway": (traffic.stopped_on_shoulder, hazards.debris_on_verge),
    "city": (people.sidewalk_walker, people.sidewalk_walker, people.sidewalk_walker),
    "suburb": (people.sidewalk_walker, people.sidewalk_walker, hazards.debris_on_verge),
    "country": (traffic.stopped_on_shoulder, hazards.debris_on_verge),
}
# these fill the edge of the road themselves
CROWDED = frozenset(
    {
        hazards.work_zone,
        traffic.stopped_on_shoulder,
        traffic.slow_vehicle,
        junctions.bus_pulls_out,
        people.cyclist_ahead,
    }
)


@dataclass(frozen=True)
class Film:
    """One drive to be: enough to make every frame, box and word of it again."""

    seed: int
    road: str
    look: str
    seconds: float
    camera: Telemetry
    quiet: bool = False  # nothing happens

    def script(self) -> Script:
        rng = np.random.default_rng(self.seed)
        script = Script(LAYOUTS[self.road], LOOKS[self.look], self.seconds, rng)
        programme = PROGRAMMES[self.road]
        order = list(programme)
        rng.shuffle(order)
        scheduled: list[tuple[Situation, float]] = []
        time = 2.2
        while not self.quiet and order:
            situation = order.pop()
            if time + programme[situation] > self.seconds + 1.0:
                continue
            scheduled.append((situation, time))
            time += programme[situation]
        calm = [start + 0.7 for situation, start in scheduled if situation not in CROWDED]
        rng.shuffle(calm)
        scheduled += zip(ASIDES[self.road], calm, strict=False)
        script.play(scheduled)
        script.traffic()
        if not self.quiet:
            script.notices()
        script.findings.sort(key=lambda finding: finding.start)
        return script

    def renderer(self, script: Script | None = None) -> Renderer:
        return Renderer(script or self.script(), self.seed)

    def frame(self, renderer: Renderer, time: float) -> Image:
        """A frame with the dashcam's printed line."""
        image = renderer.frame(time)
        print_line(image, self.camera.line(renderer.script, time))
        return image
