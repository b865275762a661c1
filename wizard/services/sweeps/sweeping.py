"""One sweep: the account that is due is taken, read, and due again later."""

from wizard.models import Sweep
from wizard.services import places
from wizard.services.closed_regions import regions_to_ask
from wizard.services.lease_keeping import kept
from wizard.services.sweeps.reading import Outcome, read_account
from wizard.services.sweeps.rows import finish, take


def sweep_account(*, account_id: str) -> bool:
    """Read the account's Regions if it is due; False if it is not, or another worker does it."""
    sweep = take(account_id)
    if sweep is None:
        return False
    with kept([sweep]):
        outcome = _swept(sweep)
    finish(sweep, outcome)
    return True


def _swept(sweep: Sweep) -> Outcome:
    refusal = places.refusal_of_work(sweep.account_id)
    if refusal is not None:  # guard: B6
        return Outcome(error=refusal)
    regions = places.regions_in_use(sweep.account_id)
    return read_account(regions_to_ask(account_id=sweep.account_id, regions=regions))
