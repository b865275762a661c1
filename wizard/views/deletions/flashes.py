"""The messages after a rule was deleted: what is gone, and which secrets no rule uses now."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.utils.html import format_html
from django.utils.translation import gettext as _

from wizard.domain import SECRET_NAME_PREFIX, Target
from wizard.domain.errors import AwsError
from wizard.services.deletions import LeftSecrets, RuleName
from wizard.web import ConsoleRequest, place_url
from wizard.words import error_line


def tell_gone(request: ConsoleRequest, name: RuleName) -> None:
    """Flash which rule was deleted, with its Region."""
    text = _("Deleted rule %(prefix)s (%(region)s). Its repositories and images aren't deleted.")
    parts = {"prefix": name.ecr_repository_prefix, "region": name.target.region}
    messages.success(request, text % parts)


def tell_unread(request: ConsoleRequest, unread: Mapping[Target, AwsError]) -> None:
    """Flash the Regions whose selected rules were not deleted."""
    for target, error in unread.items():
        details = {"region": target.region, "error": error_line(error)}
        text = _(
            "The rules selected in %(region)s weren't deleted because the console couldn't"
            " read the Region. %(error)s"
        )
        messages.error(request, text % details)


def offer_orphans(request: ConsoleRequest, left: LeftSecrets) -> None:
    """Flash each unused secret with a link to delete it, and the Regions where this is unknown."""
    for text in unknown_texts(left):
        messages.warning(request, text)
    for region, name, url in orphan_links(left):
        text = _("No rule in {region} uses the secret {name}.")
        link = format_html('<a href="{}">{}</a>', url, _("Delete the secret"))
        words = format_html(text, region=region, name=name)
        messages.info(request, format_html("{} {}", words, link))


def unknown_texts(left: LeftSecrets) -> list[str]:
    """Return a sentence for each Region where it is unknown which secrets are in use."""
    text = _(
        "The console couldn't read the rules in %(region)s, so it treats the secrets"
        " there as in use."
    )
    return [text % {"region": target.region} for target in left.unknown]


def orphan_links(left: LeftSecrets) -> Sequence[tuple[str, str, str]]:
    """Return Region, name, and the address to delete it, for each unused secret."""
    return [
        (
            orphan.target.region,
            orphan.name,
            place_url(
                "secret-delete",
                orphan.target,
                secret=orphan.name.removeprefix(SECRET_NAME_PREFIX),
            ),
        )
        for orphan in left.orphans
    ]
