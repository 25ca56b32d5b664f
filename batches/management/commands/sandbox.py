"""`sandbox`: serves stand-ins for the vendors with the demo's batches."""

import signal
import threading
from argparse import SUPPRESS
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from batches.sandbox.demo import DEMO_BATCHES, UNKNOWN_BATCH, demo_world
from batches.sandbox.demo_vendors import TWELVELABS_BATCHES, WICKSON_BATCHES
from batches.sandbox.footage import RoadFootage
from batches.sandbox.server import Sandbox
from batches.sandbox.world import DEMO_KEY, READER_KEY, STRANGER_KEY


class Command(BaseCommand):
    help = "Serves stand-ins for NomadicML, TwelveLabs (/v1.3) and Wickson on loopback, with simulated road footage."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8901)
        parser.add_argument("--listener", type=int, help=SUPPRESS)  # a listening socket that is inherited
        parser.add_argument(
            "--fast-forward", type=float, default=0.0, metavar="SECONDS", help="skip this much of the batches' progress"
        )
        parser.add_argument("--footage", type=Path, default=settings.VAR / "sandbox", help="folder for the clips")
        parser.add_argument("--prepare", action="store_true", help="render all footage, then exit")

    def handle(self, *args: Any, **options: Any) -> None:
        world = demo_world(options["footage"])
        footage = world.footage
        assert isinstance(footage, RoadFootage)
        if options["prepare"]:
            self._prepare(footage)
            return
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: stop.set())
        where = {name: options[name] for name in ("port", "listener", "fast_forward")}
        with Sandbox(world, **where) as sandbox:
            try:
                rendering = len(footage.start())
                if options["verbosity"]:
                    self._announce(sandbox.url, rendering)
                stop.wait()
            finally:
                footage.stop()

    def _prepare(self, footage: RoadFootage) -> None:
        clips = footage.start()
        try:
            for number, clip in enumerate(clips, start=1):
                clip.get()
                self.stdout.write(f"\rClip {number} of {len(clips)}", ending="")
                self.stdout.flush()
        finally:
            footage.stop()
        self.stdout.write(f"\r{'All clips are rendered':<24}")

    def _announce(self, url: str, missing: int) -> None:
        self.stdout.write(
            f"NomadicML and Wickson stand-ins at {url}, TwelveLabs at {url}/v1.3"
            + (f"; clips still to render: {missing}" if missing else "")
        )
        self.stdout.write(f"API key {DEMO_KEY} (read-only {READER_KEY}, without access {STRANGER_KEY})")
        for name, batch_id in (DEMO_BATCHES | TWELVELABS_BATCHES | WICKSON_BATCHES).items():
            self.stdout.write(f"  {batch_id}  {name}")
        self.stdout.write(f"  {UNKNOWN_BATCH}  responds with 404")
        self.stdout.flush()
