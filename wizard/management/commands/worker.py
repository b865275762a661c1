"""`manage.py worker`: the background worker, or with --batch all that is due, once."""

import logging
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from wizard.domain.bind_addresses import parse_bind_address
from wizard.engine.looking import queue_due_work
from wizard.engine.supervisor import Supervisor

log = logging.getLogger("wizard.worker")


class Command(BaseCommand):
    help = "Run the background worker: bulk validations, schedules, retries, alerts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch", action="store_true", help="do what is due and queued, one by one, and end"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            _do_all()
            return
        # Its line "Starting worker" comes from each lane, at every attempt.
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        if settings.WORKER_METRICS_BIND:
            _offer_metrics(settings.WORKER_METRICS_BIND)
        Supervisor().run()
        logging.shutdown()
        # Threads whose calls to AWS are under way would keep the process alive. Nothing is lost:
        # their results have not been stored, and the calls are made again.
        os._exit(0)


def _offer_metrics(bind: str) -> None:
    """Serve the metrics in a thread. A worker without them still does its work."""
    # Imported here: it is not needed, and its library not loaded, while metrics are off.
    from wizard.services.metrics import exposition

    address = parse_bind_address(bind)
    try:
        exposition.serve(address.host, address.port)
    except OSError as error:
        log.error("The metrics cannot be served at %s: %s", bind, error.strerror)


def _do_all() -> None:
    """Do all that is due, in this thread, with what it makes due in turn."""
    while True:
        queue_due_work()
        if not DBTaskResult.objects.ready().exists():
            return
        Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        ).run()
