"""Clips and pictures as an object store serves them: signed addresses, byte ranges, no API keys."""

import hashlib
import re
from dataclasses import replace
from urllib.parse import unquote

from batches.sandbox import hls
from batches.sandbox.signing import Signer
from batches.sandbox.state import State
from batches.sandbox.wire import Answer, Request
from batches.sandbox.world import Footage, Missing, NotReady

CLIP = re.compile(r"/media/clips/([^/]+)\.mp4")
STREAM = re.compile(r"/media/hls/([^/]+)/([\w.]+)")
POSTER = re.compile(r"/media/posters/([^/]+)\.jpg")
KINDS = {".m3u8": "application/vnd.apache.mpegurl", ".ts": "video/mp2t"}
THUMBNAIL = re.compile(r"/media/thumbnails/([^/]+)/([^/]+)\.jpg")


def serve(request: Request, state: State, signer: Signer) -> Answer:
    """Answers everything under /media/."""
    if request.method not in ("GET", "HEAD"):
        return _refuse(405, "MethodNotAllowed")
    if "Authorization" in request.headers or "X-API-Key" in request.headers:
        return _refuse(400, "InvalidArgument", "Only one kind of authentication is allowed")
    path = unquote(request.path)
    try:
        if clip := CLIP.fullmatch(path):
            if reason := signer.refuse(path, request.method, dict(request.query), state.now()):
                return _refuse(403, reason)
            return _readable(ranged(_footage(state).clip(clip[1]), "video/mp4", request))
        if part := STREAM.fullmatch(path):
            files = hls.stream(_footage(state).clip(part[1]))
            if part[2] not in files:
                raise Missing
            return _readable(Answer(200, files[part[2]], {}, KINDS[part[2][part[2].rindex(".") :]]))
        if picture := POSTER.fullmatch(path):
            return ranged(hls.poster(_footage(state).clip(picture[1])), "image/jpeg", request)
        if picture := THUMBNAIL.fullmatch(path):
            return ranged(_footage(state).thumbnail(picture[1], picture[2]), "image/jpeg", request)
    except NotReady:
        return Answer(503, b"", {"Retry-After": "2"}, "text/plain")
    except Missing:
        pass
    return _refuse(404, "NoSuchKey")


def _readable(answer: Answer) -> Answer:
    """With leave for any page to read it: a player fetches streams itself, and a still is drawn from a clip."""
    return replace(answer, headers={**answer.headers, "Access-Control-Allow-Origin": "*"})


def ranged(content: bytes, content_type: str, request: Request) -> Answer:
    """200, 206 or 416. Several ranges at once and malformed ones get the whole, as the standard allows."""
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    headers = {"Accept-Ranges": "bytes", "ETag": etag, "Cache-Control": "private, max-age=3600"}
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if match is None or match[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return Answer(200, content, headers, content_type)
    size = len(content)
    if match[1]:
        start, stop = int(match[1][:18]), min(int(match[2][:18] or size - 1), size - 1) + 1
        if match[2] and int(match[2][:18]) < start:
            return Answer(200, content, headers, content_type)
    else:
        start, stop = max(size - int(match[2][:18]), 0), size
    if start >= size:
        return Answer(416, b"", {**headers, "Content-Range": f"bytes */{size}"}, content_type)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Answer(206, content[start:stop], headers, content_type)


def _footage(state: State) -> Footage:
    if state.world.footage is None:
        raise Missing
    return state.world.footage


def _refuse(status: int, code: str, message: str = "") -> Answer:
    body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode(), content_type="application/xml")
