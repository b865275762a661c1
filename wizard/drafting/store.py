"""Stores each draft as a session of its own in Django's session framework.

So two tabs never overwrite each other, a draft survives the end of the login session, and
`manage.py clearsessions` deletes expired ones. The session key is an HMAC of the ID in the URL, so
the address of a draft cannot be used as a session cookie. Drafts are in the database only: a cache
that was down while an answer was saved would return the earlier answers.

A draft is saved under the condition that nothing else has saved it since it was loaded. The row's
expiry tells: it follows from the draft's version, and each save has a version of its own.

The sealed credential has a row of its own, which is deleted when it expires (`credential_rows`).
"""

import logging
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Subquery
from django.utils import timezone
from django.utils.crypto import salted_hmac

from wizard.domain import NewRule, RuleDraft, Spread, Step, Target
from wizard.domain.draft_changes import DraftChange, moment_of, version_after
from wizard.domain.errors import DraftChangedMeanwhile, DraftNotFound, DraftOfAnotherPerson
from wizard.drafting import credential_rows
from wizard.models import OpenDraft

security_log = logging.getLogger("wizard.security")

DRAFT_SECONDS = 14 * 24 * 3600
# A draft in which nothing was typed, which beginning the wizard creates.
EMPTY_DRAFT_SECONDS = 24 * 3600
# The open drafts of one person; a further one replaces the oldest.
MOST_OPEN_DRAFTS = 100
_KEY_LENGTH = 32
# How often work is done again because another request changed the draft meanwhile.
_MOST_ATTEMPTS: Final = 4

Result = TypeVar("Result")


def create_draft(*, owner_id: int, target: Target) -> RuleDraft:
    """Create and store a draft."""
    draft = RuleDraft(draft_id=new_draft_id(), owner_id=owner_id, target=target)
    draft = _versioned(draft)
    add_draft(draft)
    return draft


def add_draft(draft: RuleDraft, *, is_listed: bool = True) -> None:
    """Store a new draft with an ID of `new_draft_id`.

    It is listed among the open drafts if it has an answer, unless `is_listed` is false: then it is
    listed when the person answers a step.
    """
    _filled_session(draft if draft.version else _versioned(draft)).save(must_create=True)
    if draft.sealed_credential:
        credential_rows.keep(draft.draft_id, draft.sealed_credential)
    if draft.answers and is_listed:
        _list_draft(draft)


def new_draft_id() -> str:
    return secrets.token_urlsafe(16)


def load_draft(*, draft_id: str, owner_id: int, target: Target) -> RuleDraft:
    """Load a draft of this person at this account and Region.

    Raises DraftOfAnotherPerson for another person's, and DraftNotFound for one that has expired or
    belongs to another account or Region.
    """
    draft = _read(draft_id)
    if draft is None:
        raise DraftNotFound(draft_id)
    if draft.owner_id != owner_id:  # guard: W2
        raise DraftOfAnotherPerson(draft_id)
    if draft.target != target:  # guard: W5 W7
        security_log.warning("A draft was asked for at another account or Region than its own")
        raise DraftNotFound(draft_id)
    return draft


def save_draft(
    draft: RuleDraft, *, before: RuleDraft | None = None, mark: str = "", wins: bool = False
) -> None:
    """Save an existing draft, which resets its expiry.

    `before` is the draft as it was loaded. A credential that is the same is not written again, and
    the steps whose answers differ are noted as changed by the form with this mark.
    Raises DraftNotFound if it was discarded concurrently, and DraftChangedMeanwhile if another
    request saved it after `before` was loaded, unless this one `wins`.
    """
    session = _filled_session(_versioned(draft, before, mark))
    row = session.create_model_instance(dict(session.items()))
    rows = Session.objects.filter(session_key=row.session_key)
    if before is not None and not wins:  # guard: W12
        rows = rows.filter(expire_date=_expiry(before))
    # One statement, for which `SessionStore.save` would begin a transaction.
    if not rows.update(session_data=row.session_data, expire_date=row.expire_date):
        if Session.objects.filter(session_key=row.session_key).exists():
            raise DraftChangedMeanwhile(draft.draft_id)
        raise DraftNotFound(draft.draft_id)
    if before is None or before.sealed_credential != draft.sealed_credential:
        credential_rows.keep(draft.draft_id, draft.sealed_credential)
    if draft.answers:
        _list_draft(draft)


def again_if_changed(work: Callable[[], Result]) -> Result:
    """Do work that loads and saves a draft, again if another request changes it in between."""
    for _attempt in range(_MOST_ATTEMPTS - 1):
        with suppress(DraftChangedMeanwhile):
            return work()
    return work()


def keep_draft(draft: RuleDraft) -> None:
    """List a draft among the open drafts because the person wants it, even without an answer."""
    _list_draft(draft)


def save_changed(before: RuleDraft, after: RuleDraft) -> None:
    """Save an existing draft if it changed."""
    if after != before:
        save_draft(after, before=before)


def discard_draft(draft: RuleDraft) -> None:
    """Delete a draft."""
    close_draft(draft)
    _session(draft.draft_id).delete()
    credential_rows.keep(draft.draft_id, "")


def close_draft(draft: RuleDraft) -> None:
    """Remove a draft from the list of open drafts; it stays readable until it expires."""
    OpenDraft.objects.filter(draft_id=draft.draft_id).delete()


def list_open_drafts(*, owner_id: int, target: Target) -> list[tuple[RuleDraft, datetime]]:
    """Return a person's open drafts at a Target with their last answers' times, newest first."""
    rows = OpenDraft.objects.filter(
        owner_id=owner_id, account_id=target.account_id, region=target.region
    )
    found = []
    for row in rows:
        try:
            draft = load_draft(draft_id=row.draft_id, owner_id=owner_id, target=target)
        except DraftNotFound:  # it has expired
            row.delete()
        else:
            found.append((draft, row.updated_at))
    return found


def find_open_draft(*, draft_ids: Iterable[str], owner_id: int) -> RuleDraft | None:
    """Return the first of these drafts that is open and belongs to the person, or None."""
    for row in OpenDraft.objects.filter(draft_id__in=list(draft_ids), owner_id=owner_id):
        target = Target(account_id=row.account_id, region=row.region)
        with suppress(DraftNotFound):
            return load_draft(draft_id=row.draft_id, owner_id=owner_id, target=target)
    return None


def purge_drafts() -> int:
    """Remove expired drafts from the lists, and expired credentials.

    Returns the number of drafts removed. `clearsessions` deletes the expired sessions themselves.
    """
    credential_rows.remove_expired()
    gone = 0
    for row in OpenDraft.objects.all():
        if not _session(row.draft_id).load():  # guard: W11
            row.delete()
            gone += 1
    return gone


def _list_draft(draft: RuleDraft) -> None:
    """Note the draft's last answer; the first one lists the draft."""
    is_listed = OpenDraft.objects.filter(draft_id=draft.draft_id).update(updated_at=timezone.now())
    if not is_listed:
        row = OpenDraft(
            draft_id=draft.draft_id,
            owner_id=draft.owner_id,
            account_id=draft.target.account_id,
            region=draft.target.region,
        )
        # A concurrent request may have listed it since.
        OpenDraft.objects.bulk_create([row], ignore_conflicts=True)
        _discard_oldest(draft.owner_id)  # guard: W11


def _discard_oldest(owner_id: int) -> None:
    """Delete the drafts of a person beyond the number that one may have open."""
    oldest = OpenDraft.objects.filter(owner_id=owner_id).order_by("-updated_at")
    for row in oldest[MOST_OPEN_DRAFTS:]:
        _session(row.draft_id).delete()
        row.delete()


def _read(draft_id: str) -> RuleDraft | None:
    """Read a draft and its sealed credential with one query; None if it is not there any more."""
    session, ciphertext = _session(draft_id), credential_rows.unexpired(draft_id)
    rows = Session.objects.filter(
        session_key=session.session_key, expire_date__gt=timezone.now()
    ).values_list("session_data", Subquery(ciphertext.values("ciphertext")))
    for data, kept in rows:  # at most one
        record = session.decode(data)
        return _from_record(draft_id, record, kept or "") if record else None
    return None


def _session(draft_id: str) -> SessionStore:
    key = salted_hmac("wizard.draft", draft_id, algorithm="sha256").hexdigest()[:_KEY_LENGTH]
    session = SessionStore(session_key=key)
    # Prevents a read before the write.
    session._session_cache = {}  # type: ignore[attr-defined]
    return session


def _filled_session(draft: RuleDraft) -> SessionStore:
    session = _session(draft.draft_id)
    session.update(_to_record(draft))
    session.set_expiry(_expiry(draft))
    return session


def _expiry(draft: RuleDraft) -> datetime:
    seconds = DRAFT_SECONDS
    if not draft.answers and not draft.typed:  # guard: W11
        seconds = min(seconds, EMPTY_DRAFT_SECONDS)
    return moment_of(draft.version) + timedelta(seconds=seconds)


def _versioned(draft: RuleDraft, before: RuleDraft | None = None, mark: str = "") -> RuleDraft:
    """Return the draft with a new version, and the changes of its answers since `before`."""
    version = version_after(draft.version, timezone.now())
    if before is None:
        return replace(draft, version=version)
    change = DraftChange(version=version, mark=mark)
    changed = {
        step: change
        for step in {*draft.answers, *before.answers}
        if draft.answers.get(step) != before.answers.get(step)
    }
    if draft.sealed_credential not in ("", before.sealed_credential):
        changed[Step.AUTHENTICATION] = change
    return replace(draft, version=version, changes={**draft.changes, **changed})


def _to_record(draft: RuleDraft) -> dict[str, Any]:
    return {
        "owner_id": draft.owner_id,
        "account_id": draft.target.account_id,
        "region": draft.target.region,
        "answers": {step.value: dict(answers) for step, answers in draft.answers.items()},
        # A draft that has none any more does not take that of a row which is still there.
        "has_credential": bool(draft.sealed_credential),
        "refusal": dict(draft.refusal) if draft.refusal else None,
        "made_secret_arn": draft.made_secret_arn,
        "replaces": asdict(draft.replaces) if draft.replaces else None,
        "suggested": {step.value: dict(values) for step, values in draft.suggested.items()},
        "forgets_last": draft.forgets_last,
        "further_regions": list(draft.further_regions),
        "spread": draft.spread,
        "template": dict(draft.template) if draft.template else None,
        "typed": {step.value: dict(values) for step, values in draft.typed.items()},
        "refused": {step.value: dict(errors) for step, errors in draft.refused.items()},
        "overtaken": {step.value: list(steps) for step, steps in draft.overtaken.items()},
        "changes": {step.value: asdict(change) for step, change in draft.changes.items()},
        "version": draft.version,
    }


def _from_record(draft_id: str, record: dict[str, Any], ciphertext: str) -> RuleDraft:
    return RuleDraft(
        draft_id=draft_id,
        owner_id=record["owner_id"],
        target=Target(account_id=record["account_id"], region=record["region"]),
        answers={Step(step): answers for step, answers in record["answers"].items()},
        sealed_credential=ciphertext if record["has_credential"] else "",
        refusal=record["refusal"],
        made_secret_arn=record["made_secret_arn"],
        replaces=NewRule(**record["replaces"]) if record["replaces"] else None,
        suggested={Step(step): values for step, values in record["suggested"].items()},
        forgets_last=record["forgets_last"],
        further_regions=tuple(record["further_regions"]),
        spread=Spread(record["spread"]),
        template=record.get("template"),
        typed={Step(step): values for step, values in record["typed"].items()},
        refused={Step(step): errors for step, errors in record["refused"].items()},
        overtaken={
            Step(step): tuple(map(Step, steps)) for step, steps in record["overtaken"].items()
        },
        changes={Step(step): DraftChange(**change) for step, change in record["changes"].items()},
        version=record["version"],
    )
