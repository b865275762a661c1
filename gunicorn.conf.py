"""Hooks of gunicorn, which reads this file in its working directory. It has no settings."""

from typing import Any


def post_worker_init(_worker: Any) -> None:
    """Prepare the calls to AWS in the background, once a worker has loaded the application.

    In the worker and not while the module is imported: with gunicorn's `--preload`, a thread of the
    first process could hold a lock while a worker is forked, and the worker would wait for ever.
    """
    from wizard.services import preparation

    preparation.start()
