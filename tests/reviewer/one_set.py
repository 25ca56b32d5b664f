"""Checks that grid, deck, table, download and counts select the same events for the same query string."""

import csv

from django.test import Client

from batches.models import Batch


def grid_ids(client: Client, address: str, query: str) -> list[int]:
    results: list[int] = []
    after = ""
    while True:
        page = client.get(f"{address}?{query}&after={after}", headers={"HX-Request": "true", "HX-Target": "more"})
        results += [event.pk for event in page.context["events"]]
        if not (after := page.context["more"]):
            return results


def assert_one_set(viewer: Client, batch: Batch, query: str) -> None:
    address = f"/batches/{batch.pk}/"
    grid = grid_ids(viewer, address, query)
    assert len(grid) == len(set(grid))
    assert viewer.get(f"{address}queue/?{query}").json()["ids"] == grid
    assert grid_ids(viewer, f"{address}table/", query) == grid
    assert viewer.get(f"{address}count/?{query}").json() == {"count": len(grid)}
    if grid:
        around = viewer.get(f"{address}queue/?{query}&at={grid[len(grid) // 2]}").json()
        assert around["ids"][:101] == grid[max(0, len(grid) // 2 - 100) :][:101]
    download = viewer.get(f"{address}events.csv?{query}&columns=Event Permalink").getvalue().decode()
    assert sorted(int(row[0].split("/")[-2]) for row in list(csv.reader(download.splitlines()))[1:]) == sorted(grid)
    facets = viewer.get(f"{address}?{query}", headers={"HX-Request": "true", "HX-Target": "facets"}).context
    assert facets["total"] == len(grid)
    for name in ("approval", "severity"):
        choices = facets[{"approval": "approvals", "severity": "severities"}[name]]
        on = [choice.count for choice in choices if choice.on] or [choice.count for choice in choices]
        assert sum(on) == len(grid), name
    for choice in [choice for choice in facets["reviewers"] if choice.on]:
        assert choice.count <= len(grid)
