"""The NomadicML API: true paths, true bodies, answered from a state."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from batches.sandbox.agents import Agents
from batches.sandbox.imports import INTEGRATIONS
from batches.sandbox.library import in_scope
from batches.sandbox.signing import Signer
from batches.sandbox.state import State
from batches.sandbox.structured_odd import answer_odd
from batches.sandbox.wire import Answer, Refusal, Request, invalid
from batches.sandbox.world import Account, Json, events_of

BULK_LIMIT = 500  # ids in one bulk call
SIGN_LIMIT = 50  # videos in one signed-urls call


class NomadicApi:
    """One callable: request in, answer out. `origin` is the address it is reached at."""

    def __init__(self, state: State, signer: Signer, accounts: Mapping[str, Account], origin: str) -> None:
        self.state = state
        self._signer = signer
        self._agents = Agents(state)
        self._accounts = accounts
        self._origin = origin
        part = "([^/]+)"
        routes: list[tuple[str, str, Callable[..., Answer]]] = [
            ("POST", "/api/keys/verify", self._verify),
            ("POST", "/api/create-batch", self._create),
            ("POST", "/api/router/query", self._fast_prompt),
            ("POST", "/api/router/v2/query/start", self._start_prompt),
            ("GET", f"/api/router/v2/query/events/{part}", self._prompt_events),
            ("GET", f"/api/batch/{part}/status", self._status),
            ("POST", f"/api/batch/{part}/analyses/bulk", self._bulk),
            ("POST", f"/api/batch/{part}/metadata", self._metadata),
            ("POST", f"/api/videos/{part}/analyses/{part}/generate-thumbnails", self._thumbnails),
            ("GET", f"/api/videos/{part}/analyses/{part}", self._analysis),
            ("GET", f"/api/videos/{part}/analyses/{part}/status", self._analysis_status),
            ("POST", f"/api/video/{part}/signed-url", self._signed_url),
            ("POST", "/api/video/signed-urls", self._signed_urls),
            ("GET", "/api/my-videos", self._my_videos),
            ("POST", "/api/folders", self._create_folder),
            ("POST", "/api/folders/create-or-get", self._create_or_get_folder),
            ("GET", "/api/folders/get", self._get_folder),
            ("POST", "/api/create-agent", self._create_agent),
            ("POST", "/api/update-agent", self._update_agent),
            ("POST", "/api/list-agents", self._list_agents),
            ("DELETE", f"/api/video/{part}", self._delete_video),
            ("GET", f"/api/video/{part}/status", self._video_status),
            ("POST", "/api/upload-video", self._upload),
            ("POST", "/api/multi-view/stitch", self._stitch),
            ("GET", "/api/cloud-integrations", self._integrations),
            ("POST", "/api/(gcs|s3)/upload", self._start_import),
            ("GET", f"/api/import-jobs/{part}", self._import_job),
            ("GET", f"/api/import-jobs/{part}/videos", self._import_videos),
            ("POST", f"/api/import-jobs/{part}/retry", self._retry_import),
            ("POST", "/api/search-sessions/start", self._open_search),
            ("POST", "/api/search", self._search),
            ("GET", f"/api/search-sessions/{part}/{part}", self._search_state),
            ("POST", "/api/ask-question", self._ask_question),
        ]
        self._routes = [(method, re.compile(pattern), handler) for method, pattern, handler in routes]

    def __call__(self, request: Request) -> Answer:
        try:
            account = self._account(request)
            handler, parts = self._route(request)
            return handler(request, account, *parts)
        except Refusal as refusal:
            return refusal.answer()

    def _account(self, request: Request) -> Account:
        bearer = request.headers.get("Authorization", "")
        keys = {bearer.removeprefix("Bearer ")} if bearer.startswith("Bearer ") else set()
        keys |= {request.headers["X-API-Key"]} if "X-API-Key" in request.headers else set()
        if not keys:
            raise Refusal(401, "Missing API key")
        account = self._accounts.get(keys.pop()) if len(keys) == 1 else None
        if account is None:
            raise Refusal(401, "Invalid or expired API key")
        return account

    def _route(self, request: Request) -> tuple[Callable[..., Answer], list[str]]:
        routes = [(m, h, match) for m, r, h in self._routes if (match := r.fullmatch(request.path))]
        for method, handler, match in routes:
            if method == request.method:
                return handler, [unquote(part) for part in match.groups()]
        raise Refusal(405, "Method Not Allowed") if routes else Refusal(404, "Not Found")

    def _json(self, body: Any) -> Answer:
        return Answer(200, self.state.dump(body))

    def _readable(self, account: Account, batch_id: str) -> None:
        if not account.reads:
            raise Refusal(403, "You do not have access to this batch")
        if not self.state.has(batch_id):
            raise Refusal(404, "Batch not found")

    def _verify(self, request: Request, account: Account) -> Answer:
        uid = account.user_id
        return self._json({"valid": True, "user_id": uid, "uid": uid, "email": account.email, "org_id": "org_33"})

    def _create(self, request: Request, account: Account) -> Answer:
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        if not form.get("video_ids"):
            raise invalid("video_ids", "Field required")
        fields = {name: values[0] for name, values in form.items() if name != "video_ids"}
        if fields.get("analysis_kind") not in ("rapid_review", "edge_agent"):
            raise invalid("analysis_kind", "Input should be 'rapid_review' or 'edge_agent'")
        if fields["analysis_kind"] == "rapid_review" and not fields.get("prompt"):
            raise invalid("prompt", "Field required")
        return self._json({"batch_id": self._started(account, fields, form["video_ids"])})

    def _started(self, account: Account, fields: Json, video_ids: list[str]) -> str:
        if not account.owns:
            raise Refusal(403, "You may not start a batch")
        for video_id in video_ids:
            if not self.state.knows_video(video_id):
                raise Refusal(404, f"Video {video_id} not found")
        return self.state.start(fields, video_ids)

    def _fast_prompt(self, request: Request, account: Account) -> Answer:
        return self._json({"success": True, "batch_id": self._prompted(request, account)})

    def _start_prompt(self, request: Request, account: Account) -> Answer:
        """The stream is named after the batch."""
        return self._json({"stream_id": self._prompted(request, account)})

    def _prompted(self, request: Request, account: Account) -> str:
        body = request.json()
        video_ids = body.get("video_ids") or [body.get("video_id")]
        if not isinstance(body.get("query"), str) or not body["query"].strip():
            raise invalid("query", "Field required")
        if not all(isinstance(video_id, str) for video_id in video_ids):
            raise invalid("video_ids", "Field required")
        return self._started(account, {"analysis_kind": "rapid_review", "prompt": body["query"]}, video_ids)

    def _prompt_events(self, request: Request, account: Account, stream_id: str) -> Answer:
        self._readable(account, stream_id)
        events = [("thinking", {"text": "Choosing what to look at"}), ("batch_created", {"batch_id": stream_id})]
        text = "".join(
            f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
            for number, (kind, data) in enumerate(events, 1)
        )
        return Answer(200, text.encode(), content_type="text/event-stream")

    def _status(self, request: Request, account: Account, batch_id: str) -> Answer:
        self._readable(account, batch_id)
        listing = request.query.get("include_videos", "true").lower() not in ("false", "0")
        return Answer(200, self.state.status(batch_id, listing=listing))

    def _bulk(self, request: Request, account: Account, batch_id: str) -> Answer:
        self._readable(account, batch_id)
        ids = request.json().get("video_ids")
        if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
            raise invalid("video_ids", "Input should be a list of strings")
        if len(ids) > BULK_LIMIT:
            raise Refusal(400, f"At most {BULK_LIMIT} video_ids per request")
        uri = request.query.get("include_source_uri", "").lower() in ("true", "1")
        return Answer(200, self.state.bulk(batch_id, ids, source_uri=uri, drop=request.drop))

    def _metadata(self, request: Request, account: Account, batch_id: str) -> Answer:
        self._readable(account, batch_id)
        if not account.owns:
            raise Refusal(403, "Only the batch owner can update metadata")
        text = request.json().get("metadata")
        try:
            values = json.loads(text) if isinstance(text, str) else None
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise invalid("metadata", "metadata must be the JSON text of an object")
        for key, value in values.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise Refusal(400, f"metadata value of {key!r} must be a string or an integer")
        merged = self.state.merge_metadata(batch_id, values)
        return self._json({"success": True, "batch_id": batch_id, "metadata": merged})

    def _found(self, account: Account, video_id: str, analysis_id: str) -> tuple[str, Json]:
        if not account.reads:
            raise Refusal(403, "You do not have access to this video")
        analysis = self.state.find(video_id, analysis_id)
        if analysis is None:
            raise Refusal(404, "Analysis not found")
        return analysis

    def _thumbnails(self, request: Request, account: Account, video_id: str, analysis_id: str) -> Answer:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        if "firebase_collection_name" not in form:
            raise invalid("firebase_collection_name", "Field required")
        batch_id, _ = self._found(account, video_id, analysis_id)
        events = self.state.add_thumbnails(batch_id, video_id)
        return self._json({"events": [{**event, "annotated_thumbnail_url": _thumbnail(event)} for event in events]})

    def _analysis(self, request: Request, account: Account, video_id: str, analysis_id: str) -> Answer:
        batch_id, entry = self._found(account, video_id, analysis_id)
        analysis = entry.get("analysis")
        body = {"video_id": video_id, "analysis_id": analysis_id, "analysis": analysis}
        return self._json({**body, "metadata": {"batch_id": batch_id}, "events": events_of(analysis)})

    def _analysis_status(self, request: Request, account: Account, video_id: str, analysis_id: str) -> Answer:
        _, entry = self._found(account, video_id, analysis_id)
        status = (entry.get("analysis") or {}).get("status") or "COMPLETED"
        return self._json({"status": status, "analysis_id": analysis_id, "progress": 100})

    def _signed(self, account: Account, video_id: str, options: Json) -> Json:
        seconds, method = options.get("expires_in", 900), options.get("method", "GET")
        if isinstance(seconds, bool) or not isinstance(seconds, int) or not 60 <= seconds <= 604800:
            raise invalid("expires_in", "Input should be an integer from 60 to 604800")
        if method not in ("GET", "HEAD"):
            raise invalid("method", "Input should be 'GET' or 'HEAD'")
        if not account.reads:
            raise Refusal(403, "You do not have access to this video")
        if not self.state.knows_video(video_id):
            raise Refusal(404, "Video not found")
        expires = int(self.state.now()) + seconds
        url = self._origin + self._signer.sign(f"/media/clips/{video_id}.mp4", method, expires)
        return {"url": url, "expires_at": datetime.fromtimestamp(expires, UTC).isoformat(), "method": method}

    def _signed_url(self, request: Request, account: Account, video_id: str) -> Answer:
        return self._json(self._signed(account, video_id, request.json()))

    def _signed_urls(self, request: Request, account: Account) -> Answer:
        requests = request.json().get("requests")
        if not isinstance(requests, list) or len(requests) > SIGN_LIMIT:
            raise invalid("requests", f"Input should be a list of at most {SIGN_LIMIT}")
        results: Json = {}
        for entry in requests:
            try:
                results[str(entry["request_id"])] = {"ok": True, **self._signed(account, str(entry["video_id"]), entry)}
            except Refusal as refusal:
                error = {"ok": False, "error": str(refusal), "status": refusal.status}
                results[str(entry["request_id"])] = error
            except (KeyError, TypeError):
                raise invalid("requests", "Each needs request_id and video_id") from None
        return self._json({"results": results})

    def _my_videos(self, request: Request, account: Account) -> Answer:
        name, scope = request.query.get("folder"), request.query.get("scope")
        rows = self.state.library.videos() if account.reads else []
        if name is not None:
            folder = self.state.library.folder(name, scope) if scope else self.state.library.preferred(name)
            rows = [row for row in rows if row.get("folder_name") == name and (not folder or in_scope(row, folder))]
        else:
            rows = [{key: value for key, value in row.items() if key != "folder_name"} for row in rows]
        return self._json({"videos": rows})

    def _create_folder(self, request: Request, account: Account) -> Answer:
        name, scope = self._folder_asked(request.json(), account)
        if self.state.library.folder(name, scope):
            raise Refusal(409, f"A folder named {name!r} already exists")
        return self._json(self._made(request, name, scope))

    def _create_or_get_folder(self, request: Request, account: Account) -> Answer:
        name, scope = self._folder_asked(request.json(), account)
        return self._json(self.state.library.folder(name, scope) or self._made(request, name, scope))

    def _made(self, request: Request, name: str, scope: str) -> Json:
        description = request.json().get("description")
        return self.state.library.make_folder(name, scope, description if isinstance(description, str) else None)

    def _get_folder(self, request: Request, account: Account) -> Answer:
        name, scope = self._folder_asked(dict(request.query), account)
        folder = self.state.library.folder(name, scope)
        if folder is None:
            raise Refusal(404, f"Folder {name!r} not found")
        rows = [row for row in self.state.library.videos() if row.get("folder_id") == folder["id"]]
        return self._json(folder | {"scope": scope, "created_by": account.user_id, "video_count": len(rows)})

    def _folder_asked(self, fields: Json, account: Account) -> tuple[str, str]:
        name, scope = fields.get("name"), fields.get("scope", "user")
        if not isinstance(name, str) or not name.strip():
            raise invalid("name", "Field required")
        if scope not in ("user", "org"):
            raise invalid("scope", "Input should be 'user' or 'org'")
        if not account.owns:
            raise Refusal(403, "You may not use folders")
        return name.strip(), scope

    def _create_agent(self, request: Request, account: Account) -> Answer:
        return self._json(self._agents.create(request.json(), account))

    def _update_agent(self, request: Request, account: Account) -> Answer:
        return self._json(self._agents.update(request.json(), account))

    def _list_agents(self, request: Request, account: Account) -> Answer:
        return self._json({"agents": self._agents.rows(request.json().get("scope"))})

    def _delete_video(self, request: Request, account: Account, video_id: str) -> Answer:
        if not account.owns:
            raise Refusal(403, "You may not delete this video")
        if not self.state.library.delete(video_id):
            raise Refusal(404, "Video not found")
        return self._json({"status": "deleted", "video_id": video_id})

    def _video_status(self, request: Request, account: Account, video_id: str) -> Answer:
        if not account.reads or not self.state.knows_video(video_id):
            raise Refusal(404, "Video not found")
        metadata = {"visual_analysis": {"status": {"status": "UPLOADED"}}}
        return self._json({"video_id": video_id, "status": "uploaded", "metadata": metadata})

    def _upload(self, request: Request, account: Account) -> Answer:
        """A video from an address or a file. The sandbox fetches nothing: an address that holds `missing` is not there.

        A file whose name holds `quota` is one too many.
        """
        form = request.fields()
        self._imports_allowed(account)
        if form.get("source") == "file":
            return self._upload_file(request, form)
        if form.get("source") != "video_url" or not form.get("video_url"):
            raise invalid("video_url", "Field required")
        if "missing" in form["video_url"]:
            raise Refusal(400, f"The video could not be fetched: {form['video_url']}")
        video_id = uuid4().hex
        name = form.get("custom_name") or form["video_url"].partition("?")[0].rpartition("/")[2]
        self.state.library.add_video(video_id, name, form.get("folder_id"), form.get("scope", "user"))
        return self._json({"video_id": video_id, "status": "processing"})

    def _upload_file(self, request: Request, form: dict[str, str]) -> Answer:
        file = request.multipart and request.multipart.file("file")
        metadata = request.multipart and request.multipart.file("metadata_file")
        if not file:
            raise invalid("file", "Field required")
        if metadata and metadata.name != f"{file.name.rpartition('.')[0]}.json":
            raise Refusal(400, "The metadata file must have the name of the video")
        if "quota" in file.name:
            raise Refusal(402, "Storage quota exceeded")
        video_id = uuid4().hex
        self.state.library.add_video(video_id, file.name, form.get("folder_id"), form.get("scope", "user"))
        return self._json({"video_id": video_id, "status": "processing"})

    def _stitch(self, request: Request, account: Account) -> Answer:
        self._imports_allowed(account)
        views, primary = request.json().get("views"), request.json().get("primary_view_id")
        if not isinstance(views, dict) or not views or views.get("front") != primary:
            raise invalid("views", "Input should be an object with the primary view as front")
        for video_id in views.values():
            if not self.state.knows_video(str(video_id)):
                raise Refusal(404, f"Video {video_id} not found")
        return self._json({"primary_view_id": primary, "views": views})

    def _integrations(self, request: Request, account: Account) -> Answer:
        rows = INTEGRATIONS if account.owns else []
        return self._json([row | {"created_by": account.user_id, "is_owner": True} for row in rows])

    def _start_import(self, request: Request, account: Account, source: str) -> Answer:
        self._imports_allowed(account)
        return self._json(self.state.imports.start(source, request.json()))

    def _import_job(self, request: Request, account: Account, job_id: str) -> Answer:
        self._imports_allowed(account)
        return self._json(self.state.imports.job(job_id))

    def _import_videos(self, request: Request, account: Account, job_id: str) -> Answer:
        self._imports_allowed(account)
        limit = request.query.get("limit", "500")
        if not limit.isdigit() or int(limit) < 1:
            raise invalid("limit", "Input should be a whole number from 1")
        return self._json(self.state.imports.videos(job_id, int(limit), request.query.get("cursor")))

    def _retry_import(self, request: Request, account: Account, job_id: str) -> Answer:
        self._imports_allowed(account)
        return self._json(self.state.imports.retry(job_id, request.json().get("video_ids")))

    def _imports_allowed(self, account: Account) -> None:
        if not account.owns:
            raise Refusal(403, "You may not import videos")

    def _open_search(self, request: Request, account: Account) -> Answer:
        body = request.json()
        if not isinstance(body.get("query"), str) or not body["query"].strip():
            raise invalid("query", "Field required")
        if not account.owns:
            raise Refusal(403, "You may not search")
        session_id = self.state.searches.open(account.user_id)
        path = f"searches/{account.user_id}/{session_id}"
        return self._json({"session_id": session_id, "owner_uid": account.user_id, "session_doc_path": path})

    def _search(self, request: Request, account: Account) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        for name in ("query", "folder", "session_id", "session_doc_path"):
            if name not in form:
                raise invalid(name, "Field required")
        scope = "org" if request.query.get("folder_collection") == "org" else "user"
        folder = self.state.library.folder(form["folder"], scope)
        if self.state.searches.data(account.user_id, form["session_id"]) is None:
            raise Refusal(404, "Search session not found")
        rows = self.state.library.videos()
        video_ids = {row["video_id"] for row in rows if row.get("folder_id") == folder["id"]} if folder else None
        self.state.searches.run(form["session_id"], form["query"], video_ids)
        return self._json({"status": "started"})

    def _search_state(self, request: Request, account: Account, owner: str, session_id: str) -> Answer:
        data = self.state.searches.data(owner, session_id) if owner == account.user_id else None
        if data is None:
            raise Refusal(404, "Search session not found")
        return self._json({"data": data})

    def _ask_question(self, request: Request, account: Account) -> Answer:
        return self._json(answer_odd(request, account, self.state.knows_video, self.state.world.conditions))


def _thumbnail(event: Json) -> str:
    data = event.get("data")
    inner = data.get("annotated_thumbnail_url") if isinstance(data, dict) else None
    return str(inner or event.get("annotated_thumbnail_url") or "")
