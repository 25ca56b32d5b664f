"""A finger on a touch screen."""

from playwright.sync_api import CDPSession, Locator, Page

Point = tuple[int, int]
MIDDLE: Point = (195, 180)


class Finger:
    """Real touches, as the browser gets them from a screen."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: Point) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, x: int, y: int, *, start: Point = MIDDLE, up: bool = True) -> None:
        self.send("touchStart", start)
        for part in (0.25, 0.5, 0.75, 1):
            self.send("touchMove", (start[0] + round(x * part), start[1] + round(y * part)))
        if up:
            self.send("touchEnd")


def point_in(locator: Locator, across: float = 0.5, down: float = 0.5) -> Point:
    """A point of something on screen, as parts of its width and height."""
    box = locator.bounding_box()
    assert box is not None
    return round(box["x"] + box["width"] * across), round(box["y"] + box["height"] * down)
