"""What can go wrong on the way to a vendor, on purpose: seeded, repeatable, per path."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate

RETRY_AFTER = {"429": "1", "429-date": "", "429-none": None, "429-zero": "0", "429-negative": "-1", "429-odd": "soon"}
SERVER_ERRORS = ("500", "502", "503", "504")
TRANSPORT = ("reset", "truncated", "html", "dropped", "slow")
CUT = "cut"  # the server hangs up in the middle of a multipart form; only among the first
UNSUCCESSFUL = "unsuccessful"  # a failure sent with status 200: Wickson's habit, only on its paths
KINDS = (*RETRY_AFTER, *SERVER_ERRORS, *TRANSPORT, UNSUCCESSFUL)


@dataclass
class Faults:
    """Which calls fail and how.

    A choice depends only on the seed, the request (method, path, body) and how often that request came before, so
    that several connections at once see the same faults in every run.
    """

    seed: int = 0
    rate: float = 0.0  # share of the calls that fail, 0 to 1
    kinds: Sequence[str] = KINDS
    paths: str = r"^/(api|v1|v1\.3)/"  # regular expression: only paths it finds are touched
    first: Sequence[
        str
    ] = ()  # kinds for the first calls, one each, whatever the rate; then healed ("ok" lets one pass)
    delay_s: float = 0.5  # how long "slow" waits
    _seen: Counter[str] = field(default_factory=Counter, init=False, repr=False)
    _taken: int = field(default=0, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        unknown = set(self.kinds) - set(KINDS) | set(self.first) - {*KINDS, CUT, "ok"}
        if unknown:
            raise ValueError(f"unknown faults {sorted(unknown)}; known: {', '.join((*KINDS, CUT))}")

    def pick(self, method: str, path: str, body: bytes) -> str | None:
        """The kind of fault for this call, or None where it goes well."""
        if not re.search(self.paths, path):
            return None
        droppable, envelopes = path.endswith(("/bulk", "/results")), path.startswith("/v1/")
        possible = {"dropped": droppable, UNSUCCESSFUL: envelopes}
        kinds = [kind for kind in self.kinds if possible.get(kind, True)]
        request = f"{method} {path} {body!r}"
        with self._lock:
            if self._taken < len(self.first):
                self._taken += 1
                kind = self.first[self._taken - 1]
                return None if kind == "ok" else kind
            self._seen[request] += 1
            dice = random.Random(f"{self.seed} {self._seen[request]} {request}")
        return dice.choice(kinds) if kinds and dice.random() < self.rate else None


def retry_after(kind: str) -> str | None:
    """The header a 429 of this kind carries, None where it carries none."""
    return formatdate(time.time() + 2, usegmt=True) if kind == "429-date" else RETRY_AFTER[kind]
