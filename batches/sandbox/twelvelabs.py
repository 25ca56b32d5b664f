"""The TwelveLabs API (batch analysis): true paths, true bodies."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from batches.sandbox import slow
from batches.sandbox.shelf import Shelf, account_of
from batches.sandbox.wire import Answer, Request
from batches.sandbox.world import Account, Json

PREFIX = "/v1.3/"
RETENTION = timedelta(days=30)
PAGE_LIMIT = 50
MODES = ("general", "time_based_metadata")
MAX_ITEMS, MAX_ACTIVE = 1_000, 5
CUSTOM_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
FINAL = ("completed", "canceled", "expired")

EMPTY: Mapping[str, Json] = {}

# A batch of this vendor: {"batch": its object, "lines": [result line, …], "tasks": {task id: its answer}}. A line given
# as bytes stands for itself, line end included or not.


class TwelveLabsApi:
    """One callable: request in, answer out. `now` gives epoch seconds."""

    def __init__(
        self,
        batches: Mapping[str, Json],
        accounts: Mapping[str, Account],
        now: Callable[[], float],
        assets: Mapping[str, Json] = EMPTY,
        origin: str = "",
        describe: Callable[[str, Json], str] | None = None,
    ) -> None:
        self._describe = describe or (lambda asset_id, body: "Nothing happens.")
        self.batches, self.assets, self._origin = Shelf(batches), assets, origin
        self._accounts, self._now = accounts, now
        part = "([^/]+)"
        routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", "analyze/batches", self._list),
            ("POST", "analyze/batches", self._create),
            ("GET", f"analyze/batches/{part}", self._batch),
            ("GET", f"analyze/batches/{part}/results", self._results),
            ("POST", f"analyze/batches/{part}/cancel", self._cancel),
            ("DELETE", f"analyze/batches/{part}", self._delete),
            ("GET", f"analyze/tasks/{part}", self._task),
            ("GET", "assets", self._list_assets),
            ("GET", f"assets/{part}", self._asset),
            ("GET", f"assets/{part}/transcription", self._transcription),
        ]
        self._routes = [(method, re.compile(PREFIX + pattern), handler) for method, pattern, handler in routes]

    def __call__(self, request: Request) -> Answer:
        account = account_of(request, self._accounts)
        if account is None:
            return refuse(401, "api_key_invalid", "The API key is invalid or expired.")
        if not account.reads:
            return refuse(403, "forbidden", "Your plan does not allow this.")
        for method, route, handler in self._routes:
            if method == request.method and (match := route.fullmatch(request.path)):
                return handler(request, *match.groups())
        return refuse(404, "resource_not_exist", "There is no such endpoint.")

    def _alive(self, batch_id: str) -> Json | Answer:
        """The batch, or why not: unknown and deleted ones look the same, and after 30 days all are deleted."""
        if not re.fullmatch(r"[0-9a-fA-F]{24}", batch_id):
            return refuse(400, "parameter_invalid", "The batch_id parameter is invalid.")
        stored = self._stored(batch_id.lower())
        if stored is None or self._too_old(stored):
            return refuse(404, "resource_not_exist", f"Resource with id {batch_id} does not exist.")
        return stored

    def _stored(self, batch_id: str) -> Json | None:
        return slow.as_of(self.batches.get(batch_id), self._now())

    def _too_old(self, stored: Json) -> bool:
        created = datetime.fromisoformat(stored["batch"]["created_at"])
        return (created + RETENTION).timestamp() <= self._now()

    def _list(self, request: Request) -> Answer:
        page, limit = request.query.get("page", "1"), request.query.get("page_limit", "10")
        if not (page.isdigit() and limit.isdigit() and int(page) >= 1 and 1 <= int(limit) <= PAGE_LIMIT):
            return refuse(400, "parameter_invalid", f"page starts at 1, page_limit is from 1 to {PAGE_LIMIT}.")
        statuses = request.values("status")
        modes = request.values("analysis_mode")
        stored = [data for batch_id in self.batches if (data := self._stored(batch_id)) and not self._too_old(data)]
        rows = [
            data["batch"]
            for data in stored
            if (not statuses or data["batch"]["status"] in statuses)
            and (not modes or data["batch"]["analysis_mode"] in modes)
        ]
        rows.sort(key=lambda row: datetime.fromisoformat(row["created_at"]), reverse=True)
        first = (int(page) - 1) * int(limit)
        info = {
            "page": int(page),
            "limit_per_page": int(limit),
            "total_page": -(-len(rows) // int(limit)),
            "total_results": len(rows),
        }
        return _json({"data": rows[first : first + int(limit)], "page_info": info})

    def _batch(self, request: Request, batch_id: str) -> Answer:
        stored = self._alive(batch_id)
        return stored if isinstance(stored, Answer) else _json(stored["batch"])

    def _create(self, request: Request) -> Answer:
        """A batch that is finished at once, or "slowly". One bad item refuses it whole."""
        try:
            body = json.loads(request.body)
            rows = [(row["video"]["asset_id"], row.get("custom_id")) for row in body["requests"]]
            mode = body["analysis_mode"]
        except (ValueError, KeyError, TypeError):
            return refuse(400, "parameter_invalid", "The body is not as documented.")
        if body.get("model_name") != "pegasus1.5" or mode not in MODES or not 1 <= len(rows) <= MAX_ITEMS:
            return refuse(400, "parameter_invalid", f"A model, a mode and 1 to {MAX_ITEMS} requests are required.")
        custom_ids = [custom_id for _, custom_id in rows if custom_id is not None]
        if len(set(custom_ids)) < len(custom_ids) or not all(map(CUSTOM_ID.fullmatch, custom_ids)):
            return refuse(400, "parameter_invalid", "custom_id must be unique, of letters, digits, - and _.")
        if missing := [asset_id for asset_id, _ in rows if asset_id not in self.assets]:
            return refuse(404, "resource_not_exist", f"Asset {missing[0]} does not exist.")
        if sum(self._stored(pk)["batch"]["status"] not in FINAL for pk in self.batches) >= MAX_ACTIVE:  # type: ignore[index]
            return refuse(429, "too_many_requests", f"At most {MAX_ACTIVE} active batches.")
        stored = slow.begun(self._finished(body, rows), body, self._now())
        with self.batches.edit(stored["batch"]["batch_id"]) as made:
            made.update(stored)
        tasks = [{"task_id": line["task_id"], "custom_id": line["custom_id"]} for line in stored["lines"]]
        batch = {"status": "pending", "total_items": len(rows)}
        named = ("batch_id", "created_at", "expires_at")
        return _json(batch | {name: stored["batch"][name] for name in named} | {"items": tasks}, 201)

    def _finished(self, body: Json, rows: list[tuple[str, str | None]]) -> Json:
        batch_id, now = secrets.token_hex(12), datetime.fromtimestamp(self._now(), UTC)
        request = body["defaults"] | {"analysis_mode": body["analysis_mode"]}
        if "prompt" in request:
            request["prompt_v2"] = request.pop("prompt")
        lines, tasks = [], {}
        for number, (asset_id, custom_id) in enumerate(rows):
            text = self._describe(asset_id, body)
            data = {"generation_id": f"gen_{number}", "data": text, "finish_reason": "stop",
                    "usage": {"output_tokens": len(text) // 4}}  # fmt: skip
            task_id = f"{batch_id[:18]}{number:06x}"
            line = {"task_id": task_id, "custom_id": custom_id, "status": "ready", "data": data}
            lines.append(line)
            source = {"type": "asset_id", "asset_id": asset_id}
            tasks[task_id] = {**line, "result": data, "batch_id": batch_id, "video_source": source,
                              "request_params": request, "created_at": now.isoformat()}  # fmt: skip
        counts = dict.fromkeys(("queued_items", "processing_items", "failed_items", "canceled_items"), 0)
        batch = {
            "batch_id": batch_id, "analysis_mode": body["analysis_mode"], "model_name": body["model_name"],
            "status": "completed", "total_items": len(rows), "ready_items": len(rows), **counts,
            "created_at": now.isoformat(), "expires_at": (now + timedelta(days=1)).isoformat(),
            "completed_at": now.isoformat(),
        }  # fmt: skip
        return {"batch": batch, "lines": lines, "tasks": tasks}

    def _results(self, request: Request, batch_id: str) -> Answer:
        stored = self._alive(batch_id)
        if isinstance(stored, Answer):
            return stored
        lines = stored["lines"]
        if request.drop:
            lines = lines[len(lines) // 2 + 1 :]
        body = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
        return Answer(200, body, content_type="application/jsonl")

    def _task(self, request: Request, task_id: str) -> Answer:
        for batch_id in self.batches:
            stored = self._stored(batch_id)
            if stored and task_id in stored["tasks"] and not self._too_old(stored):
                return _json(stored["tasks"][task_id])
        return refuse(404, "resource_not_exist", f"Resource with id {task_id} does not exist.")

    def _list_assets(self, request: Request) -> Answer:
        page, limit = request.query.get("page", "1"), request.query.get("page_limit", "10")
        if not (page.isdigit() and limit.isdigit() and int(page) >= 1 and 1 <= int(limit) <= PAGE_LIMIT):
            return refuse(400, "parameter_invalid", f"page starts at 1, page_limit is from 1 to {PAGE_LIMIT}.")
        part = request.query.get("filename", "").lower()
        rows = [_asset_body(asset_id, asset, self._origin) for asset_id, asset in self.assets.items()
                if part in asset["filename"].lower()]  # fmt: skip
        rows.sort(key=lambda row: str(row.get("created_at", "")), reverse=True)
        first, size = (int(page) - 1) * int(limit), int(limit)
        info = {"page": int(page), "limit_per_page": size, "total_page": -(-len(rows) // size),
                "total_results": len(rows)}  # fmt: skip
        return _json({"data": rows[first : first + size], "page_info": info})

    def _known_asset(self, asset_id: str) -> Json | Answer:
        if not re.fullmatch(r"[0-9a-fA-F]{24}", asset_id):
            return refuse(400, "parameter_invalid", "The asset_id parameter is invalid.")
        return self.assets.get(asset_id) or refuse(404, "resource_not_exist", f"Asset {asset_id} does not exist.")

    def _asset(self, request: Request, asset_id: str) -> Answer:
        asset = self._known_asset(asset_id)
        return asset if isinstance(asset, Answer) else _json(_asset_body(asset_id, asset, self._origin))

    def _transcription(self, request: Request, asset_id: str) -> Answer:
        asset = self._known_asset(asset_id)
        if isinstance(asset, Answer):
            return asset
        if not asset.get("transcript"):
            return refuse(404, "resource_not_exist", "The asset has no transcription.")
        include = ",".join(request.values("include")) or "words"
        return _json(
            {"status": "ready"} | {kind: asset["transcript"] for kind in include.split(",") if kind != "words"}
        )

    def _cancel(self, request: Request, batch_id: str) -> Answer:
        stored = self._alive(batch_id)
        if isinstance(stored, Answer):
            return stored
        if stored["batch"]["status"] not in ("pending", "processing"):
            return refuse(409, "conflict", "The batch can no longer be canceled.")
        with self.batches.edit(batch_id.lower()) as changed:
            changed["batch"]["status"], changed["canceled"] = "canceling", self._now()
        return self._batch(request, batch_id)

    def _delete(self, request: Request, batch_id: str) -> Answer:
        stored = self._alive(batch_id)
        if isinstance(stored, Answer):
            return stored
        if stored["batch"]["status"] not in FINAL:
            return refuse(409, "conflict", "The batch is not finished.")
        self.batches.delete(batch_id.lower())
        return Answer(204, b"")


def _asset_body(asset_id: str, asset: Json, origin: str) -> Json:
    """An asset that was uploaded with HLS and a thumbnail."""
    return {
        "_id": asset_id, "method": "direct", "status": "ready", "file_type": "video/mp4",
        **{name: asset[name] for name in ("filename", "duration", "created_at") if name in asset},
        "hls": {"status": "ready", "manifest_url": f"{origin}/media/hls/{asset['video']}/index.m3u8"},
        "thumbnail": {"status": "ready", "representative_url": f"{origin}/media/posters/{asset['video']}.jpg"},
    }  # fmt: skip


def refuse(status: int, code: str, message: str) -> Answer:
    """An error in this vendor's two shapes: flat, and nested for those of its gateway."""
    error: dict[str, Any] = {"code": code, "message": message}
    return _json({"error": {**error, "details": {}}} if status in (503, 504) else error, status)


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())
