"""An error of AWS on one line, for flash messages."""

from django.utils.translation import gettext as _

from wizard.domain.errors import AwsError
from wizard.words.errors import error_view


def error_line(error: AwsError) -> str:
    """Return the console's title, AWS's message, and the request ID if there is one."""
    line = f"{error_view(error).title}: {error}"
    if not error.request_id:
        return line
    text = _("%(error)s (request ID %(request_id)s)")
    return text % {"error": line, "request_id": error.request_id}
