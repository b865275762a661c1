"""The WSGI entry point: `gunicorn ptcconsole.wsgi`. It logs what an operator should decide.

With METRICS_BIND, requests at that address get the metrics and no page.
"""

import logging
import os
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from ptcconsole.metrics_address import with_metrics
from wizard.domain.bind_addresses import parse_bind_address

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptcconsole.settings")

application: "WSGIApplication" = get_wsgi_application()

if settings.METRICS_BIND:
    # Imported here, because Django must be set up first, and the library only if it is used.
    from wizard.services.metrics import exposition

    port = parse_bind_address(settings.METRICS_BIND).port
    application = with_metrics(application, exposition.application(), port)


def _tell_what_is_undecided() -> None:
    # Imported here, because Django must be set up first.
    from wizard.checks import check_the_proxy_is_decided

    for message in check_the_proxy_is_decided():
        logging.getLogger("wizard.security").warning("%s %s", message.msg, message.hint)


_tell_what_is_undecided()
