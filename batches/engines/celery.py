"""Celery on a RabbitMQ quorum queue, for sites that already run RabbitMQ."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown
from django.conf import settings
from django.db import close_old_connections, connection
from kombu.entity import Queue

from batches.engines import fire_and_forget

MAX_REDELIVERIES = 2  # then the broker drops the message; the sweep enqueues again while the run has attempts left

# Without Celery's own Django fixup: it closes the process's pool of connections at the end of each job, also under the
# long calls in slots (batches/jobs/slots.py), which then fail.
app = Celery("reviewer", broker=settings.ENGINE.options["broker"], set_as_current=False, fixups=())
app.conf.update(
    task_default_queue="reviewer",
    task_queues=[
        Queue(  # type: ignore[no-untyped-call]
            "reviewer", queue_arguments={"x-queue-type": "quorum", "x-delivery-limit": MAX_REDELIVERIES}
        ),
    ],
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_enable_remote_control=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # A person's request enqueues, so an unreachable broker must fail within seconds. The sweep enqueues again.
    broker_connection_timeout=2,
    broker_transport_options={"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
)


@app.task(name="perform")  # type: ignore[untyped-decorator]
def perform(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Run a job. Its connections go back to the pool."""
    close_old_connections()
    try:
        fire_and_forget.perform(path, args, kwargs)
    finally:
        close_old_connections()


class CeleryBackend(fire_and_forget.FireAndForgetBackend):
    def send(self, path: str, args: list[Any], kwargs: dict[str, Any]) -> str:
        return str(app.send_task("perform", args=[path, args, kwargs], retry=False).id)


def work(begin: Callable[[], None], end: Callable[[], None]) -> None:
    """Work on jobs until SIGTERM, one at a time, in a child process whose death does not end this one."""
    # The checks at the start have asked the database for its version. Were a child to inherit these connections, its
    # transaction would outlive it, the next child would go on with them, and neither could replace a broken one.
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]
    worker_process_init.connect(lambda **_: begin(), weak=False)
    worker_process_shutdown.connect(lambda **_: end(), weak=False)
    app.worker_main(["worker", "--concurrency", "1", "--queues", "reviewer", "--loglevel", "WARNING",
                     "--without-gossip", "--without-mingle"])  # fmt: skip
