"""gunicorn's configuration, `gunicorn -c python:reviewer.web.serving reviewer.wsgi`: limits of the head, idle time,
logs.
"""

import gc
import os
from typing import Any

preload_app = True  # loaded once, before the web processes are made: they share what they do not change
worker_class = "reviewer.web.server.Worker"
worker_connections = 900  # of one process, below the usual limit of 1,024 open files
logger_class = "reviewer.web.server.Log"
loglevel = "warning"
threads = int(os.environ.get("WEB_THREADS", "8"))  # `up --threads` sets it; limits of a process are parts of it
workers = 2
keepalive = 30
graceful_timeout = 20
limit_request_line = 8190
forwarded_allow_ips = ""  # no peer names a path or scheme here; reviewer/web/client.py judges what proxies say

BODY_BYTES = 64 * 1024  # a larger body is read by the thread, which first asks who sends it (reviewer/web/bodies.py)


def when_ready(server: Any) -> None:
    """Before the first web process is made: keep the collector from touching what all of them share."""
    gc.collect()
    gc.freeze()
