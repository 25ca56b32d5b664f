"""Renders films into H.264 clips and JPEG pictures, once, and keeps them in a folder."""

import contextlib
import fcntl
import hashlib
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path

import cv2
import imageio_ffmpeg

from batches.sandbox.road.boxes import picture
from batches.sandbox.road.film import Film
from batches.sandbox.road.renderer import Renderer
from batches.sandbox.road.script import Finding
from batches.sandbox.road.view import HEIGHT, WIDTH
from batches.sandbox.world import Missing, NotReady

logger = logging.getLogger(__name__)

RATE = 15  # frames a second; a key frame every second keeps seeking quick
JPEG_QUALITY = 82
SCRATCH = ".rendering-"  # what the folder of an unfinished clip begins with
GRACE = 20.0  # seconds a renderer has to tidy up once its server is gone


class RoadFootage:
    """Clips and pictures of films by video id, in `folder`/<version>: a changed world gets a new version.

    `start()` renders what is missing in other processes; until a clip is there it is NotReady. Pictures are made when
    they are asked for.
    """

    def __init__(
        self,
        films: Mapping[str, Film],
        findings: Mapping[str, tuple[str, Finding]],
        folder: Path,
        *,
        loans: Mapping[str, str] | None = None,
    ) -> None:
        """`findings` by picture name: video id and what it shows.

        `loans`: further video ids that show another's clip.
        """
        self._films, self._findings, self._loans = films, findings, dict(loans or {})
        self.folder = folder / _version(films)
        self._lock = threading.Lock()
        self._renderer = lru_cache(maxsize=3)(lambda video_id: films[video_id].renderer())
        self._pool: Pool | None = None

    def lend(self, video_id: str, owner: str) -> None:
        """From now on `video_id` shows the clip of `owner`."""
        self._loans[video_id] = owner

    def clip(self, video_id: str) -> bytes:
        video_id = self._loans.get(video_id, video_id)
        if video_id not in self._films:
            raise Missing
        try:
            return self.clip_path(video_id).read_bytes()
        except FileNotFoundError:
            raise NotReady from None

    def thumbnail(self, video_id: str, name: str) -> bytes:
        """The picture of one finding.

        Raises Missing where there is none of that name for that video.
        """
        if self._findings.get(name, ("",))[0] != video_id:
            raise Missing
        video_id = self._loans.get(video_id, video_id)
        path = self.folder / "pictures" / f"{name}.jpg"
        with self._lock:
            if not path.exists():
                renderer: Renderer = self._renderer(video_id)
                image = picture(self._films[video_id], renderer, self._findings[name][1])
                _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
                _write(path, jpeg.tobytes())
        return path.read_bytes()

    def missing(self) -> list[str]:
        """Video ids whose clip is not rendered yet."""
        return [video_id for video_id in self._films if not self.clip_path(video_id).exists()]

    def start(self, processes: int | None = None) -> list[AsyncResult[None]]:
        """Begins to render missing clips; one result a clip. An interrupted run goes on with the next clip."""
        forget_renderings(self.folder / "clips")
        missing = self.missing()
        if not missing:
            return []
        workers = processes or min(os.cpu_count() or 1, len(missing))
        self._pool = multiprocessing.get_context("spawn").Pool(workers, _polite)
        jobs = [(self._films[video_id], self.clip_path(video_id)) for video_id in missing]
        return [self._pool.apply_async(render_clip, job, error_callback=_report) for job in jobs]

    def stop(self) -> None:
        """Ends the rendering at once; finished clips stay."""
        if self._pool:
            self._pool.terminate()
            self._pool.join()

    def clip_path(self, video_id: str) -> Path:
        """Where the clip of a video is, or will be."""
        return self.folder / "clips" / f"{video_id}.mp4"


def _polite() -> None:
    """In a rendering process: give way to the server, leave Ctrl-C to it, tidy up when told to end, and end with it."""
    os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A server that was killed tells nobody."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def _report(error: BaseException) -> None:
    logger.error("a clip could not be rendered: %s", error)


def render_clip(film: Film, path: Path) -> None:
    """Renders one film; the file appears whole or not at all."""
    cv2.setNumThreads(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    renderer = film.renderer()
    with _scratch(path.parent) as scratch:
        part = scratch / "clip.mp4"
        with subprocess.Popen(_encoder(part), stdin=subprocess.PIPE) as encoder:
            assert encoder.stdin
            try:
                for index in range(round(film.seconds * RATE)):
                    image = film.frame(renderer, index / RATE)
                    encoder.stdin.write(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).data)
            except BaseException:
                encoder.kill()  # it would finish a clip that nobody keeps, for longer than GRACE on a busy machine
                with contextlib.suppress(BrokenPipeError):
                    encoder.stdin.close()
                raise
        if encoder.returncode != 0:
            raise RuntimeError(f"the encoder ended with {encoder.returncode}")
        part.replace(path)


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for an unfinished clip, locked for as long as its process lives."""
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder) as name:
        lock = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(lock)


def forget_renderings(folder: Path) -> None:
    """Remove the unfinished clips of renderers that were killed: nobody holds their locks."""
    for scratch in folder.glob(f"{SCRATCH}*"):
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            lock = os.open(scratch, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(scratch, ignore_errors=True)
            finally:
                os.close(lock)


def _encoder(output: Path) -> list[str]:
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-"]
    coding = [
        "-c:v",
        "libx264",
        "-preset",
        "superfast",
        "-crf",
        "28",
        "-g",
        str(RATE),
        "-sc_threshold",
        "0",
        "-threads",
        "1",
    ]
    coding += ["-x264-params", "mbtree=1:rc-lookahead=10"]  # a third smaller than the preset alone, at the same speed
    colours = [
        "-pix_fmt",
        "yuv420p",
        "-colorspace",
        "smpte170m",
        "-color_primaries",
        "smpte170m",
        "-color_trc",
        "smpte170m",
    ]
    quiet = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y"]
    return [*quiet, *source, *coding, *colours, "-movflags", "+faststart", str(output)]


def _version(films: Mapping[str, Film]) -> str:
    """Changes with the films and with the code that draws them."""
    digest = hashlib.sha256(repr(sorted(films.items())).encode())
    module = Path(__file__)
    for source in [module, *sorted((module.parent / "road").glob("*.py"))]:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as part:
        part.write(content)
    os.replace(part.name, path)
