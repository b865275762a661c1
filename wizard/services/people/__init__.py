"""People: their grants, sign-in links, sessions, identities of single sign-on, and API tokens.

Others import from this package only.
"""

from wizard.services.people.directory import (
    add_person,
    external_identity,
    get_person,
    give_grant,
    grants_follow_provider,
    grants_of,
    is_password_set,
    keep_groups,
    list_people,
    set_active,
    set_password,
    take_grant,
)
from wizard.services.people.external import admit
from wizard.services.people.live_sessions import (
    TimeLeft,
    begin_session,
    end_session,
    end_sessions,
    forget_session,
    living,
    sessions_of,
    time_left,
)
from wizard.services.people.sign_in import (
    create_link,
    create_link_for,
    is_link_valid,
    known_name,
    note_failed_sign_in,
    note_locked,
    note_proof,
    note_sign_in,
    note_sign_out,
    use_link,
)
from wizard.services.people.tokens import (
    contains_token,
    create_token,
    find_token,
    revoke_token,
    tokens_of,
)

__all__ = [
    "TimeLeft",
    "add_person",
    "admit",
    "begin_session",
    "contains_token",
    "create_link",
    "create_link_for",
    "create_token",
    "end_session",
    "end_sessions",
    "external_identity",
    "find_token",
    "forget_session",
    "get_person",
    "give_grant",
    "grants_follow_provider",
    "grants_of",
    "is_link_valid",
    "is_password_set",
    "keep_groups",
    "known_name",
    "list_people",
    "living",
    "note_failed_sign_in",
    "note_locked",
    "note_proof",
    "note_sign_in",
    "note_sign_out",
    "revoke_token",
    "sessions_of",
    "set_active",
    "set_password",
    "take_grant",
    "time_left",
    "tokens_of",
    "use_link",
]
