"""A stand-in for the vendor's media: signs addresses of one clip, serves byte ranges of it, and one thumbnail."""

import http.server
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg

SECONDS, RATE, SIZE = 60, 30, "1280x720"


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments], check=True)


def make_media(folder: Path) -> None:
    """A minute of H.264 as a dash camera records it (720p, 30 frames and one key frame a second), and its first
    frame.
    """
    source = ["-f", "lavfi", "-i", f"testsrc2=size={SIZE}:rate={RATE}:duration={SECONDS}"]
    codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", str(RATE), "-preset", "ultrafast", "-b:v", "4M"]
    _ffmpeg(*source, *codec, "-movflags", "+faststart", str(folder / "clip.mp4"))
    _ffmpeg("-i", str(folder / "clip.mp4"), "-frames:v", "1", str(folder / "thumbnail.jpg"))


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files: dict[str, tuple[bytes, str]]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        address = f"http://{self.headers['Host']}/clip.mp4?signature={hash(self.path) & 0xFFFFFFFF}"
        answer = {"url": address, "expires_at": "2099-01-01T00:00:00+00:00", "method": "GET"}
        self.reply(200, json.dumps(answer).encode(), Content_Type="application/json")

    def do_GET(self) -> None:
        body, kind = self.files[self.path.partition("?")[0]]
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return self.reply(200, body, Content_Type=kind, Accept_Ranges="bytes")
        first, last = int(asked[1]), int(asked[2] or len(body) - 1)
        content_range = f"bytes {first}-{last}/{len(body)}"
        return self.reply(
            206, body[first : last + 1], Content_Type=kind, Accept_Ranges="bytes", Content_Range=content_range
        )


class Host(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A player that has seen enough hangs up: that is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def media_host() -> Iterator[str]:
    """The address of a running stand-in."""
    with tempfile.TemporaryDirectory(prefix="bench-media-") as folder:
        make_media(Path(folder))
        kinds = {"clip.mp4": "video/mp4", "thumbnail.jpg": "image/jpeg"}
        files = {f"/{name}": ((Path(folder) / name).read_bytes(), kind) for name, kind in kinds.items()}
    server = Host(("127.0.0.1", 0), type("Files", (Answers,), {"files": files}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
