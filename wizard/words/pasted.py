"""Texts about pasted input: invisible characters, wrapped tokens, and ARNs of the wrong kind."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wizard.domain.arn_kinds import found_arn
from wizard.domain.pasted import InvisibleCharacter, Wrapping
from wizard.words.texts import Text

WRAPPINGS: Final[Mapping[Wrapping, Text]] = {
    Wrapping.JSON: _(
        "This is JSON, not a token. Enter only the value of its accessToken, password, or"
        " token key."
    ),
    Wrapping.SCHEME: _(
        "This begins with the name of a scheme, such as Bearer. Enter only the token."
    ),
    Wrapping.BASIC: _(
        "This begins with Basic, so it contains the username and the token together, encoded."
        " Enter only the token."
    ),
    Wrapping.HEADER: _("This is a complete Authorization header. Enter only the token."),
    Wrapping.QUOTES: _("This value is in quotation marks. Enter it without quotation marks."),
    Wrapping.QUOTE: _(
        "This value has a quotation mark at its beginning or end. Enter it without the quotation"
        " mark."
    ),
    Wrapping.COMMAND: _("This is a command. Enter only the token."),
    Wrapping.DOCKER: _(
        "This is JSON of Docker's configuration. Its auth key contains the username and the token"
        " together, encoded. Enter only the token."
    ),
    Wrapping.LABEL: _(
        "This begins with the name of a value, such as password: or TOKEN=. Enter only the token."
    ),
    Wrapping.URL: _(
        "This is a URL. Enter the username and the token without it, each in its own field."
    ),
    Wrapping.PAIR: _(
        "This contains the username and the token, with a colon between them. Enter only the part"
        " after the colon."
    ),
    Wrapping.ENCODED: _(
        "This contains the username and the token together, encoded. Enter only the token."
    ),
}


def invisible_text(found: InvisibleCharacter) -> str:
    """Return where an invisible character is, without the text around it."""
    place = {"position": found.position, "name": found.name}
    if found.is_line_break:
        return gettext("Character %(position)d is a line break. Enter one line.") % place
    return (
        gettext(
            "Character %(position)d is invisible (%(name)s). Delete it, or type the text instead"
            " of pasting it."
        )
        % place
    )


def wrong_kind_text(text: str, *, wanted: str) -> str:
    """Return what an ARN of the wrong kind is of; empty if that does not explain a refusal.

    `wanted` is `iam` for a role's ARN and `secretsmanager` for a secret's.
    """
    found = found_arn(text)
    if found is None:
        return _words_without_an_arn(text, wanted=wanted)
    if found.role_arn and wanted == "iam":
        return gettext(
            "This is the ARN of a role session. Enter the ARN of the role, such as %(arn)s."
            " If the role has a path, include the path."
        ) % {"arn": found.role_arn}
    if found.service == wanted and found.kind in ("a role", "a secret"):
        return ""
    if wanted == "iam":
        text = gettext(
            "This is the ARN of %(kind)s. Enter the ARN of a role, such as"
            " arn:aws:iam::111122223333:role/example-role."
        )
    else:
        text = gettext(
            "This is the ARN of %(kind)s. Enter the ARN of a secret, such as"
            " arn:aws:secretsmanager:us-east-2:111122223333:secret:ecr-pullthroughcache/example."
        )
    return text % {"kind": gettext(found.kind)}


def _words_without_an_arn(text: str, *, wanted: str) -> str:
    if text.strip().startswith(("http://", "https://")):
        return gettext("This is the URL of a page. Copy the ARN that the page shows.")
    if "arn:" in text or ":" in text:
        return ""
    if wanted == "iam":
        return gettext(
            "This is a name, not an ARN. Enter the full ARN of the role, beginning with arn:aws:."
        )
    return gettext(
        "This is a name, not an ARN. Enter the full ARN of the secret, beginning with arn:aws:."
    )
