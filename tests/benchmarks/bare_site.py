"""The minimal cost of a page with 50 rows: a session, a user, one query and one plain template."""

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

ROWS = 50
_TEMPLATE = Engine().from_string(
    """<!doctype html><title>Rules</title><p>{{ user.username }}<table>
    {% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
    </table>"""
)
_SELECT = (
    "SELECT ecr_repository_prefix, upstream_registry, upstream_registry_url, region, created_at"
    " FROM wizard_lastknownrule WHERE region = %s ORDER BY ecr_repository_prefix LIMIT %s"
)


def rows(request: HttpRequest, region: str) -> HttpResponse:
    """The rules of a Region as last known.

    The person is read from the session here: the console's sign-in backend is not installed.
    """
    user = User.objects.get(pk=request.session[SESSION_KEY])
    with connection.cursor() as cursor:
        cursor.execute(_SELECT, [region, ROWS])
        found = cursor.fetchall()
    return HttpResponse(_TEMPLATE.render(Context({"user": user, "rows": found})))


urlpatterns = [path("<str:region>/", rows)]
