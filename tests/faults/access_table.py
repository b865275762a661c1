"""The response of each address to each kind of person: to GET, to POST, and to a request of htmx.

The table is written independently of the console's own table of permissions. An address without a
row fails the tests. The people are: nobody, a viewer, an operator and an administrator everywhere,
an operator of another Region of the account, and an operator of another account.
`addresses.furnish` creates the objects as the operator; therefore the administrator cannot open the
wizard's drafts.
"""

from typing import Any, Final

# GET, POST, and htmx: its GET, or its POST where there is no GET.
IN: Final = "302 303 401"  # to the sign-in
NO: Final = "403 403 403"
LOOK: Final = "200 405 200"
FORM: Final = "200 422 200"
# A form that is shown again by a redirect.
STEP: Final = "200 303 200"
BOTH: Final = "200 200 200"
ACT: Final = "405 303 303"
# The same for a form that a script may send: the script is told where the result is.
SENT: Final = "405 303 204"
NONE: Final = "404 405 404"

# Visited last, for they take away what others need; what is sent where an empty form is too little.
LAST: Final = ("draft-cancel", "admin:logout", "sign-out", "sign-in-link")
BODIES: Final[dict[str, dict[str, Any]]] = {
    "preferences": {"theme": "dark"},
}

TABLE: Final[dict[str, tuple[str, str, str, str, str, str]]] = {
    "home": (IN, "302 405 302", "302 405 302", "302 405 302", "302 405 302", "403 405 403"),
    "liveness": (LOOK, LOOK, LOOK, LOOK, LOOK, LOOK),
    "readiness": (LOOK, LOOK, LOOK, LOOK, LOOK, LOOK),
    "preferences": (ACT, ACT, ACT, ACT, ACT, ACT),
    "table-preferences": (IN, FORM, FORM, FORM, FORM, FORM),
    "audit": (IN, NO, NO, LOOK, NO, NO),
    "audit-export": (IN, NO, NO, NONE, NO, NO),
    "sign-in": (FORM, "302 302 302", "302 302 302", "302 302 302", "302 302 302", "302 302 302"),
    "single-sign-on": (NONE, NONE, NONE, NONE, NONE, NONE),
    "single-sign-on-callback": (NONE, NONE, NONE, NONE, NONE, NONE),
    "confirm-identity": (
        IN,
        "303 303 303",
        "303 303 303",
        "303 303 303",
        "303 303 303",
        "303 303 303",
    ),
    "search": (IN, LOOK, LOOK, LOOK, LOOK, LOOK),
    "help": (IN, LOOK, LOOK, LOOK, LOOK, LOOK),
    "help-topic": (IN, LOOK, LOOK, LOOK, LOOK, LOOK),
    "account": (IN, LOOK, LOOK, LOOK, LOOK, LOOK),
    "password-change": (IN, FORM, FORM, FORM, FORM, FORM),
    "own-time-zone": (IN, ACT, ACT, ACT, ACT, ACT),
    "own-sessions-end": (IN, ACT, ACT, ACT, ACT, ACT),
    "own-session-end": (IN, ACT, ACT, ACT, ACT, ACT),
    "api-token-create": (IN, FORM, FORM, FORM, FORM, FORM),
    "api-token-revoke": (
        IN,
        "405 404 404",
        "405 404 404",
        "405 404 404",
        "405 404 404",
        "405 404 404",
    ),
    "people": (IN, NO, NO, LOOK, NO, NO),
    "person-add": (IN, NO, NO, FORM, NO, NO),
    "person": (IN, NO, NO, LOOK, NO, NO),
    "grant-give": (IN, NO, NO, FORM, NO, NO),
    "grant-take": (IN, NO, NO, ACT, NO, NO),
    "person-disable": (IN, NO, NO, ACT, NO, NO),
    "person-enable": (IN, NO, NO, ACT, NO, NO),
    "person-link": (IN, NO, NO, "405 201 201", NO, NO),
    "person-sessions-end": (IN, NO, NO, ACT, NO, NO),
    "person-token-revoke": (IN, NO, NO, "405 404 404", NO, NO),
    "rule-action": (IN, NO, ACT, ACT, ACT, NO),
    "rules-delete": (IN, NO, SENT, SENT, SENT, NO),
    "deletion-detail": (IN, LOOK, LOOK, LOOK, NONE, NO),
    "deletion-progress": (IN, "303 405 200", "303 405 200", "303 405 200", "303 405 200", NO),
    "deletion-retry": (IN, NO, SENT, SENT, "405 404 404", NO),
    "operation-list": (IN, LOOK, LOOK, LOOK, LOOK, NO),
    "batch-detail": (IN, LOOK, LOOK, LOOK, NONE, NO),
    "batch-progress": (IN, "303 405 200", "303 405 200", "303 405 200", NONE, NO),
    "batch-complete": (IN, NO, SENT, SENT, "405 404 404", NO),
    "batch-retry": (IN, NO, SENT, SENT, "405 404 404", NO),
    "rule-overview": (IN, LOOK, LOOK, LOOK, LOOK, NO),
    "rotation-list": (IN, LOOK, LOOK, LOOK, LOOK, NO),
    "rotation-create": (IN, NO, STEP, STEP, STEP, NO),
    "rotation-detail": (IN, LOOK, LOOK, LOOK, NONE, NO),
    "rotation-progress": (IN, "303 405 200", "303 405 200", "303 405 200", "303 405 200", NO),
    "rotation-complete": (IN, NO, SENT, SENT, "405 404 404", NO),
    "rotation-put-back": (IN, NO, SENT, SENT, "405 404 404", NO),
    "bulk-validation-create": (IN, "200 403 200", STEP, STEP, STEP, NO),
    "bulk-validation-detail": (IN, LOOK, LOOK, LOOK, NONE, NO),
    "bulk-validation-cancel": (IN, NO, ACT, ACT, "405 404 404", NO),
    "rule-list": (IN, LOOK, LOOK, LOOK, NO, NO),
    "rule-validate": (IN, NO, "405 303 200", "405 303 200", NO, NO),
    "rule-health": (IN, "200 403 200", BOTH, BOTH, NO, NO),
    "region-health": (IN, "200 403 200", BOTH, BOTH, NO, NO),
    "overview-section": (IN, LOOK, LOOK, LOOK, NO, NO),
    "rule-detail": (IN, LOOK, LOOK, LOOK, NO, NO),
    "rule-edit": (IN, NO, FORM, FORM, NO, NO),
    "rule-import": (IN, NO, FORM, FORM, NO, NO),
    "file-convert": (IN, FORM, FORM, FORM, NO, NO),
    "converted-file": (IN, ACT, ACT, ACT, NO, NO),
    "image-bypass": (IN, FORM, FORM, FORM, NO, NO),
    "import-apply": (IN, NO, ACT, ACT, NO, NO),
    "import-complete": (IN, NO, ACT, ACT, "405 404 404", NO),
    "import-detail": (IN, LOOK, LOOK, LOOK, NONE, NO),
    "import-retry": (IN, NO, ACT, ACT, "405 404 404", NO),
    "rule-clone": (IN, NO, ACT, ACT, NO, NO),
    "rule-delete": (IN, NO, FORM, FORM, NO, NO),
    "permission-list": (IN, "200 303 200", "200 303 200", "200 303 200", NO, NO),
    "permission-check": (IN, LOOK, LOOK, LOOK, NO, NO),
    "client-configuration": (IN, LOOK, LOOK, LOOK, NO, NO),
    "secret-list": (IN, LOOK, LOOK, LOOK, NO, NO),
    "secret-create": (IN, NO, FORM, FORM, NO, NO),
    "secret-replace-value": (IN, NO, FORM, FORM, NO, NO),
    "secret-delete": (IN, NO, FORM, FORM, NO, NO),
    "secret-take-back": (IN, NO, ACT, ACT, NO, NO),
    "exclusion-list": (IN, LOOK, LOOK, LOOK, NO, NO),
    "exclusion-register": (IN, NO, FORM, FORM, NO, NO),
    "exclusion-deregister": (IN, NO, "405 400 400", "405 400 400", NO, NO),
    "draft-create": (IN, NO, ACT, ACT, NO, NO),
    "draft-confirm": (IN, NO, SENT, "405 403 403", NO, NO),
    "draft-plan": (IN, NO, LOOK, "403 405 403", NO, NO),
    "secret-restore": (IN, NO, "405 400 400", "405 403 403", NO, NO),
    "secret-discard": (IN, NO, ACT, "405 403 403", NO, NO),
    "draft-preview": (IN, NO, LOOK, "403 405 403", NO, NO),
    "draft-step": (IN, NO, STEP, NO, NO, NO),
    "operation-complete": (IN, NO, ACT, ACT, NO, NO),
    "operation-clean-up": (IN, NO, ACT, ACT, NO, NO),
    "change-settle": (IN, NO, ACT, ACT, NO, NO),
    "draft-progress": (IN, NO, "303 405 200", "403 405 403", NO, NO),
    "draft-regions": (IN, NO, ACT, "405 403 403", NO, NO),
    "draft-cancel": (IN, NO, "200 303 200", NO, NO, NO),
    "session": (BOTH, BOTH, BOTH, BOTH, BOTH, BOTH),
    "sign-out": (ACT, ACT, ACT, ACT, ACT, ACT),
    "sign-in-link": (
        "200 303 200",
        "200 303 200",
        "200 303 200",
        "200 303 200",
        "200 303 200",
        "200 303 200",
    ),
    # Django's admin.
    "admin:index": (IN, NO, NO, BOTH, NO, NO),
    "admin:login": (IN, NO, NO, "302 302 302", NO, NO),
    "admin:password_change": (IN, NO, NO, "302 302 302", NO, NO),
    "admin:password_change_done": (IN, NO, NO, LOOK, NO, NO),
    "admin:autocomplete": (IN, NO, NO, "403 405 403", NO, NO),
    "admin:jsi18n": (IN, NO, NO, LOOK, NO, NO),
    "admin:view_on_site": (IN, NO, NO, "404 404 404", NO, NO),
    "admin:auth_user_changelist": (IN, NO, NO, BOTH, NO, NO),
    "admin:auth_user_add": (IN, NO, NO, NO, NO, NO),
    "admin:auth_user_history": (IN, NO, NO, BOTH, NO, NO),
    "admin:auth_user_delete": (IN, NO, NO, NO, NO, NO),
    "admin:auth_user_change": (IN, NO, NO, "200 403 200", NO, NO),
    "admin:auth_group_changelist": (IN, NO, NO, BOTH, NO, NO),
    "admin:auth_group_add": (IN, NO, NO, NO, NO, NO),
    "admin:auth_group_history": (IN, NO, NO, BOTH, NO, NO),
    "admin:auth_group_delete": (IN, NO, NO, NO, NO, NO),
    "admin:auth_group_change": (IN, NO, NO, "200 403 200", NO, NO),
    "admin:wizard_lastknownrule_changelist": (IN, NO, NO, BOTH, NO, NO),
    "admin:wizard_lastknownrule_add": (IN, NO, NO, NO, NO, NO),
    "admin:wizard_lastknownrule_history": (IN, NO, NO, BOTH, NO, NO),
    "admin:wizard_lastknownrule_delete": (IN, NO, NO, NO, NO, NO),
    "admin:wizard_lastknownrule_change": (IN, NO, NO, "200 403 200", NO, NO),
    "admin:logout": (IN, NO, NO, ACT, NO, NO),
}
