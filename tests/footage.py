"""A small clip, and footage that shows it for every video."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from batches.sandbox.world import Missing


def make_clip(folder: Path, seconds: int) -> bytes:
    """H.264 with its time written into the picture, ten frames a second."""
    path = folder / "clip.mp4"
    source = ["-f", "lavfi", "-i", f"testsrc=size=320x180:rate=10:duration={seconds}"]
    codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-preset", "ultrafast", "-movflags", "+faststart"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, *codec, str(path)], check=True)
    return path.read_bytes()


class OneClip:
    """Footage that shows one clip for every video."""

    def __init__(self, clip: bytes) -> None:
        self._clip = clip

    def clip(self, video_id: str) -> bytes:
        return self._clip

    def thumbnail(self, video_id: str, name: str) -> bytes:
        raise Missing
