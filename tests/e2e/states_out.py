"""The states of what goes in and out (metadata, imports, links, downloads, connections, webhooks), and of what
fails.
"""

from django.http import HttpRequest
from django.utils import timezone
from playwright.sync_api import expect

from batches.models import Connection, Delivery, ExportRun, Poll, Tally, Vendor, Webhook
from batches.models.run import RunState
from reviewer.downloads.tasks import make_export as run_export
from reviewer.views.errors import server_error
from reviewer.web.sign_in import FREE
from tests.e2e.states import STATES, Walk, state
from tests.factories import make_connection, make_export

__all__ = ["STATES", "Walk"]

ROWS = "".join(
    f"cam{n % 3}.mp4,{n}.5,{n + 2},{'cut-in' if n % 2 else 'near miss'},0.{n + 10},Finding {n},\n" for n in range(12)
)
CSV = f"film,start,end,category,score,label,approval\n{ROWS}cam1.mp4,9,3,near miss,0.4,Backwards,\n"


@state("Metadata: what the vendor has, what we have, and where each key stands.")
def metadata(walk: Walk) -> None:
    walk.enter("edda", f"{walk.batch}metadata/")
    walk.page.get_by_label("Key", exact=True).first.fill("site")
    walk.page.get_by_label("Value", exact=True).first.fill("North depot")
    walk.page.get_by_role("button", name="Save metadata").click()
    walk.sees("main", "Waiting")


@state("What an edit will do, and a value that is neither text nor a whole number, said while typing.")
def metadata_effect(walk: Walk) -> None:
    walk.page.get_by_label("Key", exact=True).first.fill("round")
    walk.page.get_by_label("Value", exact=True).first.fill("2")
    walk.page.get_by_label("Value of version").fill("2.5")
    walk.sees("#effect", "Enter a whole number")


@state("Metadata of several batches at once.")
def metadata_several(walk: Walk) -> None:
    walk.go(f"/batches/metadata/?batch={walk.day.batch.pk}&batch={walk.day.odd.pk}")


@state("A file of results: from any vendor, or any other detector.")
def imports(walk: Walk) -> None:
    other = make_connection(vendor=Vendor.OPEN, name="In-house detector")
    other.memberships.create(user=walk.day.people["edda"], role="editor")
    walk.go("/imports/")


@state("Which column means what, before anything is written.")
def import_mapping(walk: Walk) -> None:
    walk.page.locator("[name=connection]").select_option(label="In-house detector · Other detector")
    file = {"name": "detections-june.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    walk.page.get_by_label("File", exact=True).set_input_files([file])  # type: ignore[list-item]
    walk.page.get_by_role("button", name="Check file").click()
    walk.sees("main", "Guessed from its values")


@state("What is in the file, and what cannot be used of it.")
def import_checked(walk: Walk) -> None:
    walk.page.get_by_label("Video (required)").select_option("film")
    walk.page.get_by_role("button", name="Apply mapping").click()
    walk.sees("main", "line 14 column end")


@state("Imported, but for one line.")
def import_done(walk: Walk) -> None:
    walk.page.get_by_role("button", name="Import 12 events").click()
    walk.sees("main", "Partly imported")


@state("No links yet, and the form for one.")
def links(walk: Walk) -> None:
    walk.go(f"{walk.batch}links/?approval=approved")
    walk.page.get_by_label("Name", exact=True).fill("Weekly report for the fleet team")
    walk.page.get_by_label("Include a page with thumbnails and clips").check()


@state("A link's address is shown once.")
def link_made(walk: Walk) -> None:
    walk.page.get_by_role("button", name="Create link").click()
    walk.sees("#link-address")


@state("The page with pictures and clips, for people without an account.")
def link_clips(walk: Walk) -> None:
    walk.go("/d/" + walk.page.locator("#clips-address").input_value().partition("/d/")[2])


@state("All links, and how often each is used.")
def links_all(walk: Walk) -> None:
    walk.go("/links/")
    walk.sees(".file-row", "Weekly report")


@state("Downloads made in the background: one at work, one done, one that failed.")
def exports(walk: Walk) -> None:
    edda, batch = walk.day.people["edda"], walk.day.batch
    make_export(
        batch, edda, name="failed", state=RunState.FAILED, finished_at=timezone.now(), message="The disk is full."
    )
    run_export(make_export(batch, edda, name="near misses, approved", query="approval=approved").pk)
    make_export(batch, edda, name="everything", state=RunState.RUNNING, position=41, total=96)
    walk.go("/exports/")
    walk.sees("[role=progressbar]")


@state("One more download, of what the filter of the page named.")
def export_asked(walk: Walk) -> None:
    ExportRun.objects.filter(state=RunState.RUNNING).delete()
    walk.go(f"/exports/?batch={walk.day.batch.pk}&approval=approved&file=events.parquet")


@state("The connections one edits.")
def connections(walk: Walk) -> None:
    Connection.objects.filter(name="In-house detector").update(paused=True)
    walk.go("/connections/")


@state("One connection: what is looked at by itself, and what it said.")
def connection(walk: Walk) -> None:
    Poll.objects.create(batch=walk.day.batch, message="The vendor says “processing”; nothing has changed.")
    walk.go(f"/connections/{walk.day.account.pk}/")


@state("A webhook's secret is shown once.")
def webhook_made(walk: Walk) -> None:
    walk.go(f"/connections/{walk.day.account.pk}/webhooks/")
    walk.page.get_by_label("URL (HTTPS").fill(f"{walk.day.account.base_url}/hook")
    walk.page.locator("[name=events]").first.check()
    walk.page.get_by_role("button", name="Create webhook").click()
    walk.sees(".token-made")


@state("What a webhook was told, and how it answered.")
def webhook(walk: Walk) -> None:
    hook = Webhook.objects.get()
    entries = [
        ("delivered", 200, "ok", ""),
        ("parked", 500, "Internal error", "The answer was 500."),
        ("waiting", None, "", ""),
    ]
    for number, (how, status, answer, problem) in enumerate(entries):
        Delivery.objects.create(
            webhook=hook, batch=walk.day.batch, event="batch.synced", body="{}", state=how, status=status,
            answer=answer, problem=problem, attempts=number, tried_at=timezone.now() if status else None,
            took_ms=84 if status else None,
        )  # fmt: skip
    walk.go(f"/webhooks/{hook.pk}/")


@state("Figures over all batches and weeks.")
def board(walk: Walk) -> None:
    walk.go("/board/?recall=1")


@state("A batch is started: videos, a prompt, and how many videos it will analyse.")
def start(walk: Walk) -> None:
    walk.go(f"/batches/start/?connection={walk.day.account.pk}")


@state("Too many wrong passwords.")
def login_locked(walk: Walk) -> None:
    walk.enter("edda")
    for _ in range(FREE + 1):
        walk.page.goto("about:blank")
        walk.page.context.clear_cookies()
        walk.go("/login/")
        walk.page.get_by_label("User name").fill("noor")
        walk.page.get_by_label("Password").fill("not-hers-at-all")
        walk.page.get_by_role("button", name="Sign in").click()
        walk.page.wait_for_load_state()
    walk.sees("h1", "Too many requests")
    Tally.objects.all().delete()


@state("The server failed. Try again later.")
def failed(walk: Walk) -> None:
    body = server_error(HttpRequest()).content
    walk.stop("**/batches/", lambda route: route.fulfill(status=500, body=body, content_type="text/html"))
    walk.go("/batches/")
    expect(walk.page.locator(".sheet-code")).to_have_text("500")
