"""Clips as HLS streams, and their posters: cut by ffmpeg once, kept in memory for a while."""

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import imageio_ffmpeg

SEGMENT_SECONDS = 2
PLAYLIST = "index.m3u8"


@lru_cache(maxsize=8)
def stream(clip: bytes) -> dict[str, bytes]:
    """The files of the stream by name: PLAYLIST, and its segments."""
    with tempfile.TemporaryDirectory() as folder:
        segments = f"{folder}/%03d.ts"
        form = ["-c", "copy", "-f", "hls", "-hls_time", str(SEGMENT_SECONDS), "-hls_list_size", "0"]
        _ffmpeg(clip, folder, [*form, "-hls_segment_filename", segments, f"{folder}/{PLAYLIST}"])
        return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.suffix != ".mp4"}


@lru_cache(maxsize=64)
def poster(clip: bytes) -> bytes:
    """The first picture of the clip, as JPEG."""
    with tempfile.TemporaryDirectory() as folder:
        _ffmpeg(clip, folder, ["-frames:v", "1", f"{folder}/poster.jpg"])
        return Path(folder, "poster.jpg").read_bytes()


def _ffmpeg(clip: bytes, folder: str, output: list[str]) -> None:
    source = Path(folder, "clip.mp4")
    source.write_bytes(clip)
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-i", str(source)]
    subprocess.run([*program, *output], check=True)
