"""The WSGI entry point: `gunicorn ptcconsole.wsgi`. It logs what an operator should decide."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ptcconsole.settings")

application = get_wsgi_application()


def _tell_what_is_undecided() -> None:
    # Imported here, because Django must be set up first.
    from wizard.checks import check_the_proxy_is_decided

    for message in check_the_proxy_is_decided():
        logging.getLogger("wizard.security").warning("%s %s", message.msg, message.hint)


_tell_what_is_undecided()
