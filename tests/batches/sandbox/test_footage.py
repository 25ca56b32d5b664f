"""Clips and pictures: that they are what they say, and show what the documents tell."""

import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest

from batches.sandbox import footage
from batches.sandbox.demo import tiny_world
from batches.sandbox.footage import RATE, RoadFootage, render_clip
from batches.sandbox.road import hazards, junctions, people, traffic
from batches.sandbox.road.boxes import box, in_view, shown
from batches.sandbox.road.caption import Telemetry
from batches.sandbox.road.film import Film
from batches.sandbox.road.layout import LAYOUTS
from batches.sandbox.road.look import LOOKS
from batches.sandbox.road.renderer import Renderer
from batches.sandbox.road.script import Script, Situation
from batches.sandbox.world import Missing, NotReady

CAMERA = Telemetry("FLEET 01", 1775560329.0, 37.8, -122.3, 40.0)
SHORT = Film(5, "country", "day", 2.0, CAMERA, quiet=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    render_clip(SHORT, path)
    return path


def probe(clip: Path) -> str:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    return subprocess.run([ffmpeg, "-i", str(clip)], capture_output=True, text=True, check=False).stderr


def test_a_clip_is_h264_that_every_browser_plays(clip: Path) -> None:
    details = probe(clip)
    assert "Video: h264" in details
    assert "yuv420p" in details
    assert "640x360" in details
    assert f"{RATE} fps" in details
    assert "Duration: 00:00:02.00" in details


def test_clip_streams_and_seeks_every_second(clip: Path) -> None:
    content = clip.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    show = [ffmpeg, "-skip_frame", "nokey", "-i", str(clip), "-vf", "showinfo", "-f", "null", "-"]
    frames = subprocess.run(show, capture_output=True, text=True, check=True).stderr
    assert frames.count("type:I") == 2


def test_a_clip_shows_the_frames_of_its_film(clip: Path) -> None:
    reader = cv2.VideoCapture(str(clip))
    _, first = reader.read()
    reader.release()
    drawn = SHORT.frame(SHORT.renderer(), 0.0)
    assert float(np.abs(first.astype(int) - drawn.astype(int)).mean()) < 6


def test_nothing_is_left_beside_a_finished_clip(clip: Path) -> None:
    assert [path.name for path in clip.parent.iterdir()] == ["short.mp4"]


def test_a_frame_depends_on_its_second_alone() -> None:
    first, other = SHORT.renderer(), SHORT.renderer()
    other.frame(0.3)
    assert np.array_equal(first.frame(1.5), other.frame(1.5))


def test_rendering_resumes_where_it_was_interrupted(tmp_path: Path) -> None:
    films = {name: Film(seed, "country", "day", 0.4, CAMERA, quiet=True) for seed, name in enumerate("ab")}
    reels = RoadFootage(films, {}, tmp_path)
    render_clip(films["a"], reels.folder / "clips" / "a.mp4")
    assert reels.missing() == ["b"]
    with pytest.raises(NotReady):
        reels.clip("b")
    for result in reels.start(processes=1):
        result.get(timeout=60)
    reels.stop()
    assert reels.missing() == []
    assert reels.clip("b")[4:8] == b"ftyp"


def test_another_film_or_other_drawing_code_means_another_folder(tmp_path: Path) -> None:
    longer = Film(5, "country", "day", 3.0, CAMERA, quiet=True)
    assert RoadFootage({"a": SHORT}, {}, tmp_path).folder != RoadFootage({"a": longer}, {}, tmp_path).folder


def test_an_encoder_that_fails_leaves_no_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage, "_encoder", lambda output: ["sh", "-c", "cat > /dev/null; exit 3"])
    with pytest.raises(RuntimeError, match="3"):
        render_clip(SHORT, tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_start_removes_what_killed_renderers_left_and_nothing_in_use(tmp_path: Path) -> None:
    reels = RoadFootage({"a": SHORT}, {}, tmp_path)
    clips = reels.folder / "clips"
    clips.mkdir(parents=True)
    (clips / "a.mp4").write_bytes(b"a clip")
    with footage._scratch(clips) as used:
        left = clips / f"{footage.SCRATCH}of-the-dead"
        left.mkdir()
        (left / "clip.mp4").write_bytes(b"half a clip")
        assert reels.start() == []
        assert sorted(path.name for path in clips.iterdir()) == sorted(["a.mp4", used.name])


def test_pictures_belong_to_their_video_and_are_kept(tmp_path: Path) -> None:
    world = tiny_world(tmp_path)
    reels = world.footage
    assert isinstance(reels, RoadFootage)
    name = sorted(world.pictures or ())[0]
    video_id = world.videos[0]["video_id"]
    made = reels.thumbnail(video_id, name)
    image = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape == (360, 640, 3)
    assert (reels.folder / "pictures" / f"{name}.jpg").read_bytes() == made
    with pytest.raises(Missing):
        reels.thumbnail("another", name)
    with pytest.raises(Missing):
        reels.thumbnail(video_id, "../../secret")


def staged(situation: Situation, road: str, look: str = "day") -> Renderer:
    script = Script(LAYOUTS[road], LOOKS[look], 12.0, np.random.default_rng(3))
    script.play([(situation, 4.0)])
    return Renderer(script, 3)


@pytest.mark.parametrize(
    ("situation", "road", "look"),
    [
        (traffic.cut_in, "highway", "day"), (traffic.hard_braking, "country", "dusk"),
        (traffic.wrong_way, "highway", "fog"),
        (junctions.red_light_runner, "city", "night"), (people.jaywalker, "city", "day"),
        (people.cyclist_crosses, "suburb", "rain"),
        (hazards.animal, "country", "morning"), (hazards.debris, "highway", "overcast"),
        (hazards.stop_sign, "suburb", "snow"),
    ],
)  # fmt: skip
def test_a_box_lies_over_the_thing_it_marks(situation: Situation, road: str, look: str) -> None:
    """The pixels that change when the thing is taken out of the picture are the ones inside the box."""
    renderer = staged(situation, road, look)
    finding = shown(renderer, next(f for f in renderer.script.findings if f.actors))
    assert finding
    actor = finding.actors[0]
    mark = box(renderer, actor, finding.best)
    assert mark
    with_it = renderer.frame(finding.best)
    renderer.script.actors.remove(actor)
    changed = np.abs(with_it.astype(int) - renderer.frame(finding.best).astype(int)).max(axis=2) > 24
    left, top, right, bottom = mark
    inside = changed[top : bottom + 1, left : right + 1]
    margin = max((bottom - top) // 3, 5)
    around = changed[max(top - margin, 0) : bottom + margin, max(left - margin, 0) : right + margin]
    assert inside.mean() > 0.25
    assert around.sum() > 0.85 * changed.sum()


@pytest.mark.parametrize("road", sorted(LAYOUTS))
def test_the_footage_shows_its_findings(road: str) -> None:
    renderer = Film(11, road, "day", 40.0, CAMERA).renderer()
    seen = [shown(renderer, finding) for finding in renderer.script.findings]
    results = [finding for finding in seen if finding]
    assert len(results) >= 0.9 * len(seen) > 4
    assert all(in_view(renderer, actor, finding.best) for finding in results for actor in finding.actors)


def test_caption_and_documents_agree_on_position_and_speed() -> None:
    script = SHORT.script()
    latitude, longitude = CAMERA.position(script, 1.0)
    assert f"{script.kmh(1.0):3.0f} km/h   {latitude:.5f}  {longitude:.5f}" in CAMERA.line(script, 1.2)
