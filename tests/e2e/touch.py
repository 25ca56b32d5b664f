"""A finger on a touch screen."""

from playwright.sync_api import CDPSession, Page

Point = tuple[int, int]
MIDDLE: Point = (195, 180)


class Finger:
    """Real touches, as the browser gets them from a screen."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: Point) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, x: int, y: int, *, up: bool = True) -> None:
        self.send("touchStart", MIDDLE)
        for part in (0.25, 0.5, 0.75, 1):
            self.send("touchMove", (MIDDLE[0] + round(x * part), MIDDLE[1] + round(y * part)))
        if up:
            self.send("touchEnd")
