"""Every state of every page, in the order of a walk through them: how it is reached, and what shows that it is
there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from batches.actions import lease_events, record_presence
from batches.models import Batch, Event, Lease, PictureHash, SyncRun, UserSession
from tests.e2e.conftest import sign_in
from tests.e2e.fleet import Fleet, pile_up
from tests.factories import change_upstream, make_user

STATES: dict[str, tuple[str, Callable[["Walk"], Any]]] = {}


@dataclass(slots=True)
class Walk:
    """One page on its way; `deck`: the address of what is pending, as a new queue."""

    page: Page
    base: str
    day: Fleet
    routes: list[str] = field(default_factory=list)

    @property
    def batch(self) -> str:
        return f"/batches/{self.day.batch.pk}/"

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def enter(self, name: str, to: str = "/batches/") -> None:
        self.page.goto("about:blank")  # nothing under way may set a cookie again
        self.page.context.clear_cookies()
        sign_in(self.page, self.base, name, to=to)

    def deck(self, query: str = "approval=pending") -> Locator:
        self.go(f"{self.batch}review/?{query}")
        expect(self.page.locator("[data-place]")).to_contain_text("/")
        return self.page.locator("#card")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def sees(self, selector: str, text: str = "") -> None:
        element = self.page.locator(selector).first
        expect(element).to_be_visible()
        expect(element).to_contain_text(text)

    def unfold(self) -> None:
        """The filters, which a narrow page folds away."""
        folded = self.page.locator("[data-fold]:not([open]) > summary")
        if folded.count():
            folded.click()

    def stop(self, address: str, answer: Callable[[Route], Any]) -> None:
        self.page.route(address, answer)
        self.routes.append(address)

    def mend(self) -> None:
        while self.routes:
            self.page.unroute(self.routes.pop())


def state(sentence: str) -> Callable[[Callable[[Walk], Any]], Callable[[Walk], Any]]:
    """Its name is the function's; `words` go below the picture."""

    def keep(reach: Callable[[Walk], Any]) -> Callable[[Walk], Any]:
        STATES[reach.__name__.replace("_", "-")] = (sentence, reach)
        return reach

    return keep


def away(route: Route) -> None:
    route.fulfill(status=503, body="away")


@state("Signing in.")
def login(walk: Walk) -> None:
    walk.go("/login/")


@state("A wrong password.")
def login_refused(walk: Walk) -> None:
    walk.page.get_by_label("User name").fill("maya")
    walk.page.get_by_label("Password").fill("not-hers-at-all")
    walk.page.get_by_role("button", name="Sign in").click()
    walk.sees("#login-error", "Wrong user name or password")


@state("Nothing is here yet for somebody who is a member of no connection.")
def no_batches(walk: Walk) -> None:
    make_user("newcomer")
    walk.enter("newcomer")


@state("Every batch: what the vendor says, how far the review is, who has what.")
def batches(walk: Walk) -> None:
    walk.enter("edda")
    walk.sees(".batch-row .shares")


@state("A search that finds no batch.")
def batches_none_found(walk: Walk) -> None:
    walk.go("/batches/?q=nothing+of+this+kind")


@state("The events of a batch as tiles.")
def grid(walk: Walk) -> None:
    walk.enter("maya", walk.batch)
    walk.sees(".tile img")


@state("A tile plays its span while the pointer rests on it.")
def grid_clip(walk: Walk) -> None:
    walk.page.emulate_media(reduced_motion="no-preference")
    walk.page.locator(".tile-picture").first.hover()
    walk.sees(".tile video.playing")
    walk.page.emulate_media(reduced_motion="reduce")


@state("Saved views.")
def views(walk: Walk) -> None:
    walk.go(walk.batch + "?approval=pending&severity=high")
    walk.page.locator("#views summary").click()
    walk.page.get_by_label("Name of the view").fill("High and pending")
    walk.page.get_by_role("button", name="Save view").click()
    walk.page.locator("#views summary").click()
    walk.sees(".view-name", "High and pending")


@state("What can be downloaded.")
def download(walk: Walk) -> None:
    walk.go(walk.batch)
    walk.page.locator("summary", has_text="Download").click()


@state("The counts beside the filters come after the page.")
def grid_loading(walk: Walk) -> None:

    def hold_facets(route: Route) -> None:
        if route.request.headers.get("hx-target") == "facets":
            return
        route.continue_()

    walk.stop(f"**{walk.batch}?*", hold_facets)
    walk.go(walk.batch + "?approval=pending")
    walk.unfold()
    walk.sees(".skeleton")


@state("No events match the filter.")
def grid_empty(walk: Walk) -> None:
    walk.mend()
    walk.go(walk.batch + "?q=nothing+of+this+kind")


@state("Several are selected; the same keys decide all of them.")
def grid_selected(walk: Walk) -> None:
    walk.go(walk.batch)
    walk.page.locator("[data-open]").first.focus()
    walk.press("x", "j", "j", "j", "Shift+X")
    walk.sees("[data-bulk-words]", "4 selected")


@state("Bulk decision, with one Undo.")
def grid_decided(walk: Walk) -> None:
    walk.press("a")
    walk.sees("[data-run-words]", "approved")


@state("The same events as a table.")
def table(walk: Walk) -> None:
    walk.go(walk.batch + "table/?sort=-confidence")


@state("An address whose filter cannot be read.")
def wrong_filter(walk: Walk) -> None:
    walk.go(walk.batch + "?approval=aproved")


@state("The deck: one event, its clip looped to its span, one key.")
def deck(walk: Walk) -> None:
    walk.page.emulate_media(reduced_motion="no-preference")
    walk.deck()
    walk.sees("#card video.playing")
    walk.press("Space")
    walk.page.emulate_media(reduced_motion="reduce")


@state("Every key, from the table the code uses; each can be changed.")
def keys(walk: Walk) -> None:
    walk.press("?")
    walk.sees("dialog.help")


@state("A key that is used already.")
def keys_taken(walk: Walk) -> None:
    walk.page.locator("[data-change=approve]").click()
    walk.press("r")
    walk.sees(".help-status", "is already used")


@state("A comment, with the people who can be told.")
def deck_comment(walk: Walk) -> None:
    walk.deck()
    walk.press("c")
    expect(walk.page.locator("#card [data-talk-field]")).to_be_focused()
    walk.page.keyboard.type("Is the gap right, @ed")
    walk.sees("[role=option]")


@state("Right after a rejection a digit adds its reason; the next card is there already.")
def deck_reasons(walk: Walk) -> None:
    walk.deck()
    walk.press("r")
    walk.sees("[data-reasons]")
    walk.page.locator("[data-reasons] button:visible").first.focus()


@state("Near-identical events are one card, fanned out on demand.")
def deck_pile(walk: Walk) -> None:
    first = pile_up(walk.day)
    walk.deck(f"approval=pending&event={first.pk}")
    walk.sees("#card [data-pile]")
    walk.press("Enter")
    walk.sees("#card [data-pile-event]")


@state("In the tiles too: a pile is one tile until it is fanned out.")
def grid_pile(walk: Walk) -> None:
    walk.go(walk.batch + "?approval=pending")
    walk.sees(".tile[data-stacked] [data-stack]", "near-identical")


@state("The server is away: verdicts wait in the browser, and the header says how many.")
def deck_waiting(walk: Walk) -> None:
    PictureHash.objects.filter(batch=walk.day.batch).delete()
    walk.stop("**/decide/", away)
    walk.deck()
    walk.press("a")
    walk.sees("#saved", "1 waiting")


@state("The session ended: sign in, and they are sent.")
def deck_signed_out(walk: Walk) -> None:
    UserSession.objects.all().delete()
    walk.mend()
    walk.sees("#saved a", "Sign in again")


@state("A clip that cannot be played says why; the thumbnail stays.")
def deck_clip_failed(walk: Walk) -> None:
    walk.enter("maya", f"{walk.batch}review/?approval=pending")
    walk.stop(
        "**/clip/", lambda route: route.fulfill(status=502, json={"error": "The vendor no longer has this video."})
    )
    walk.deck()
    walk.sees("#card [data-note]", "no longer")


@state("The next card cannot be loaded yet.")
def deck_offline(walk: Walk) -> None:
    walk.mend()
    walk.stop("**/events/*/?*", lambda route: route.abort())
    walk.stop("**/events/*/", lambda route: route.abort())
    walk.deck()
    walk.press("j")
    walk.sees("#toast", "cannot be loaded")


@state("The vendor changed an event after it was decided.")
def deck_changed(walk: Walk) -> None:
    walk.mend()
    event = walk.day.batch.events.filter(decided_by__isnull=False).order_by("sequence").first()
    change_upstream(event, label=f"{event.label}, at dusk")
    walk.deck(f"event={event.pk}")
    walk.sees("#card .changed")


@state("Somebody else decided first: both sides, and one key for each way out.")
def deck_conflict(walk: Walk) -> None:
    walk.deck()
    event = Event.objects.get(pk=int(walk.page.locator("#card").get_attribute("data-event") or 0))
    walk.day.say(event, "rejected", "noor", reason="Seen from afar")
    walk.press("a")
    walk.sees("#saved", "1 refused")
    walk.press("j")
    walk.sees("#card .conflict-side")


@state("The same conflict in the list of another page.")
def conflict_listed(walk: Walk) -> None:
    walk.go("/batches/")
    walk.sees("#conflicts .conflict")


@state("Everything left is on somebody else’s open_page.")
def deck_held(walk: Walk) -> None:
    walk.page.get_by_role("button", name="Keep theirs").click()
    pending = [event.pk for event in walk.day.pending()]
    open_page = record_presence(
        batch_id=walk.day.batch.pk, by=walk.day.people["noor"], token=uuid4(), event_id=pending[0]
    )
    lease_events(open_page=open_page, wanted=pending, count=len(pending))
    walk.go(f"{walk.batch}review/?approval=pending")
    walk.sees("[data-held-state]")


@state("Who is on an event, seen from the deck and from the tiles.")
def presence(walk: Walk) -> None:
    walk.go(walk.batch + "?approval=pending")
    walk.sees("[data-people]", "noor")


@state("A viewer looks, but no key decides.")
def deck_viewer(walk: Walk) -> None:
    walk.enter("vera", f"{walk.batch}review/?approval=pending")
    walk.sees("#card")


@state("Not allowed, said plainly.")
def forbidden(walk: Walk) -> None:
    walk.go(f"/batches/{walk.day.batch.pk}/opinions/")


@state("One event by its address.")
def event(walk: Walk) -> None:
    walk.enter("edda", f"/events/{walk.day.batch.events.filter(decided_by__isnull=False).first().pk}/")
    walk.page.locator("summary", has_text="Raw vendor data").click()


@state("Who has what, and the review status.")
def team(walk: Walk) -> None:
    walk.go(walk.batch + "team/?approval=pending")


@state("What I was notified of.")
def notifications(walk: Walk) -> None:
    walk.go("/notifications/")


@state("What waits for me, over all batches.")
def my_work(walk: Walk) -> None:
    walk.go("/desk/")


@state("Batches, videos, people, pages and actions by name, from any page.")
def finder(walk: Walk) -> None:
    walk.press("Control+k")
    walk.page.keyboard.type("near")
    walk.sees("[data-finder] a", "Near misses")


@state("The events of every batch.")
def all_events(walk: Walk) -> None:
    walk.go("/events/")


@state("Correcting what the vendor got wrong.")
def correction(walk: Walk) -> None:
    walk.deck("approval=approved")
    walk.press("d")
    walk.sees("[data-correction]")
    # On a phone the bar at the bottom would cover half a button.
    walk.page.locator("[data-correction-fields]:visible").evaluate(
        "fields => fields.scrollIntoView({ block: 'center' })"
    )


@state("Adding what the AI missed.")
def missed(walk: Walk) -> None:
    walk.deck("approval=approved")
    walk.press("o")
    walk.sees("[data-missed]")


@state("Whole videos, watched for what the AI missed.")
def watch(walk: Walk) -> None:
    walk.go(walk.batch + "watch/")


@state("The prompts asked of these videos, and how right each was.")
def prompts(walk: Walk) -> None:
    walk.go(walk.batch + "prompts/")


@state("The videos of a connection, in folders.")
def videos(walk: Walk) -> None:
    walk.go(f"/connections/{walk.day.account.pk}/videos/")


@state("My account: sessions, second factor, how people see me.")
def account(walk: Walk) -> None:
    walk.go("/account/")


@state("Precision with its interval, what remains, consistent verdicts, pace.")
def insights(walk: Walk) -> None:
    walk.go(walk.batch + "insights/?figures=1")


@state("No figures yet.")
def insights_empty(walk: Walk) -> None:
    walk.go(walk.batch + "insights/?q=nothing")


@state("Second opinions: what is asked, how far, where two disagree.")
def opinions(walk: Walk) -> None:
    Batch.objects.filter(pk=walk.day.batch.pk).update(opinions_wanted=2)
    Lease.objects.all().delete()
    first, other = walk.day.pending()[:2]
    for subject, text in ((first, "approved"), (other, "approved")):
        walk.day.say(subject, text, "maya")
    walk.day.say(first, "rejected", "noor")
    walk.go(walk.batch + "opinions/")
    walk.sees(".dispute")


@state("Settling a disagreement: an editor sees what both said.")
def deck_opinions(walk: Walk) -> None:
    walk.page.get_by_role("link", name="Settle 1 disagreement").click()
    walk.sees("#card .opinion-list")


@state("A sync at work.")
def sync_running(walk: Walk) -> None:
    run = SyncRun.objects.create(batch=walk.day.batch, state="running", position=11, total=24, events_seen=180)
    walk.go(walk.batch + "sync/")
    walk.sees("#sync-panel [role=progressbar]")
    SyncRun.objects.filter(pk=run.pk).update(state="done", position=24, finished_at=timezone.now())


@state("A sync that found what cannot be read; the rest is here.")
def sync(walk: Walk) -> None:
    walk.go(f"/batches/{walk.day.odd.pk}/sync/")


@state("Failed videos with the vendor’s own words.")
def failures(walk: Walk) -> None:
    walk.go(f"/batches/{walk.day.failing.pk}/sync/")


@state("A token is shown once.")
def tokens(walk: Walk) -> None:
    walk.go("/tokens/")
    walk.page.get_by_label("Purpose").fill("Nightly report")
    walk.page.get_by_role("button", name="Create token").click()
    walk.sees(".token-made")


@state("The interface for scripts.")
def interface(walk: Walk) -> None:
    walk.go("/api/v1/docs/")


@state("No such page, or none of yours.")
def not_found(walk: Walk) -> None:
    walk.go("/batches/999999/")


@state("The end: what was achieved, and the download.")
def done(walk: Walk) -> None:
    Batch.objects.filter(pk=walk.day.batch.pk).update(opinions_wanted=1)
    last = walk.day.pending()[-1]
    for row in walk.day.pending()[:-1]:
        walk.day.say(row, "approved", "edda")
    walk.go(f"{walk.batch}review/?approval=pending&event={last.pk}")
    expect(walk.page.locator("[data-place]")).to_contain_text("1 / 1")
    walk.press("a")
    walk.sees("[data-done]", "In this session: 1 approved")
    walk.sees("#saved", "saved")
