"""Where things are in a frame, and pictures with boxes drawn around them."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from batches.sandbox.road.actors import VEHICLES, Actor
from batches.sandbox.road.film import Film
from batches.sandbox.road.look import ink
from batches.sandbox.road.paint import Image
from batches.sandbox.road.renderer import Renderer
from batches.sandbox.road.script import Finding
from batches.sandbox.road.view import HEIGHT, NEAR, WIDTH

Box = tuple[int, int, int, int]  # left, top, right, bottom; pixels
SMALLEST = 5  # pixels: a thing narrower or lower than this is not marked
REACH = {"deer": 1.1, "dog": 0.6, "pedestrian": 0.45, "child": 0.35}  # metres a stride or a neck adds to the length
MARK, TEXT = ink("#37e6b8"), ink("#06231c")


def box(renderer: Renderer, actor: Actor, time: float) -> Box | None:
    """The part of the frame the actor covers, None where it is not in view."""
    pose = renderer.pose(actor, time)
    view = renderer.view(time)
    length, width, height = actor.size
    length += REACH.get(actor.kind, 0.0)
    if pose is None or pose[0] - view.s < NEAR + 0.2:
        return None
    s, x, yaw = pose
    yaw += view.bend.heading(s) - view.heading
    low, high = (height - 1.3, height + 0.2) if actor.kind == "traffic light" else (0.0, height * 1.04)
    corners = np.array([(f, r, u) for f in (-0.5, 0.5) for r in (-0.5, 0.5) for u in (low, high)])
    f, r = corners[:, 0] * length, corners[:, 1] * width
    along, across = s + f * np.cos(yaw) - r * np.sin(yaw), x + f * np.sin(yaw) + r * np.cos(yaw)
    pixels = view.points(along, across, corners[:, 2])
    left, top = np.floor(pixels.min(axis=0)).astype(int).tolist()
    right, bottom = np.ceil(pixels.max(axis=0)).astype(int).tolist()
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, WIDTH - 1), min(bottom, HEIGHT - 1)
    return (left, top, right, bottom) if right - left >= SMALLEST and bottom - top >= SMALLEST else None


def in_view(renderer: Renderer, actor: Actor, time: float) -> bool:
    """Whether one can see it: wholly inside the frame, not tiny, not mostly behind a nearer vehicle."""
    pose, mark = renderer.pose(actor, time), box(renderer, actor, time)
    if pose is None or mark is None or mark[0] < 2 or mark[2] > WIDTH - 3 or mark[3] - mark[1] < 9:
        return False
    near = renderer.view(time).s + NEAR
    area, hidden = (mark[2] - mark[0]) * (mark[3] - mark[1]), 0
    for other in renderer.script.actors:
        if other.kind not in VEHICLES or other is actor:
            continue
        before = renderer.pose(other, time)
        if before and near < before[0] < pose[0] - 0.5:
            cover = box(renderer, other, time) or (0, 0, 0, 0)
            wide = min(mark[2], cover[2]) - max(mark[0], cover[0])
            tall = min(mark[3], cover[3]) - max(mark[1], cover[1])
            hidden += max(wide, 0) * max(tall, 0)
    return hidden < 0.4 * area


def shown(renderer: Renderer, finding: Finding) -> Finding | None:
    """The finding with its best moment where everything it marks can be seen; None where there is no such moment."""
    times = [
        finding.best,
        *sorted(np.linspace(finding.start, finding.end, 21).tolist(), key=lambda t: abs(t - finding.best)),
    ]
    for time in times:
        if all(in_view(renderer, actor, time) for actor in finding.actors):
            return replace(finding, best=float(time))
    return None


def picture(film: Film, renderer: Renderer, finding: Finding) -> Image:
    """The finding's best frame with its boxes."""
    image = film.frame(renderer, finding.best)
    marks = [(box(renderer, actor, finding.best), actor.kind) for actor in finding.actors]
    _draw(image, [(bounds, kind) for bounds, kind in marks if bounds])
    return image


def _draw(image: Image, marks: Sequence[tuple[Box, str]]) -> None:
    for (left, top, right, bottom), _ in marks:
        cv2.rectangle(image, (left - 1, top - 1), (right + 1, bottom + 1), TEXT, 1, cv2.LINE_AA)
        cv2.rectangle(image, (left, top), (right, bottom), MARK, 2, cv2.LINE_AA)
    for (left, top, _, _), kind in marks[:1]:
        (wide, tall), _ = cv2.getTextSize(kind, cv2.FONT_HERSHEY_SIMPLEX, 0.42, 1)
        x, y = min(left, WIDTH - wide - 9), max(top - 3, tall + 7)
        cv2.rectangle(image, (x - 1, y - tall - 6), (x + wide + 7, y), MARK, -1)
        cv2.putText(image, kind, (x + 3, y - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.42, TEXT, 1, cv2.LINE_AA)
