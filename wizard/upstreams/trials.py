"""A trial of a credential: in a thread of its own, with one deadline over all of its requests.

Nothing interrupts a name lookup or a server that sends a byte now and then. So the thread is not
waited for longer than the deadline. Then its connections are shut, which ends it.
"""

import logging
from collections.abc import Mapping
from threading import BoundedSemaphore, Event, Thread
from typing import TYPE_CHECKING, Final

from wizard.domain import Credential
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace, LoginVerdict

if TYPE_CHECKING:
    from wizard.upstreams.sending import Sender

logger = logging.getLogger("wizard.upstreams")

DEADLINE: Final = 8.0
# A trial that hangs keeps its place until its thread ends.
MOST_TRIALS: Final = 4

_places: Final = BoundedSemaphore(MOST_TRIALS)


def try_credential(
    place: LoginPlace,
    credential: Credential,
    *,
    stand_ins: Mapping[str, str],
    deadline: float = DEADLINE,
) -> LoginJudgement:
    """Ask the upstream whether it accepts the credential; never raises.

    `stand_ins` are the base URLs that stand for hosts in a simulation. Then no other host is asked.
    """
    # The libraries take memory in every process, and few of them ever test a credential.
    from wizard.upstreams.sending import Sender

    if not _places.acquire(blocking=False):  # guard: I13
        return LoginJudgement(verdict=LoginVerdict.BUSY, host=place.host)
    sender, trial = Sender(stand_ins=stand_ins), _Trial(place, credential)
    thread = Thread(target=trial.run, args=(sender,), name="credential-trial", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # The system starts no more threads.
        _places.release()
        return LoginJudgement(verdict=LoginVerdict.BUSY, host=place.host)
    if not trial.is_done.wait(deadline):  # guard: I13
        sender.cut()
        return LoginJudgement(verdict=LoginVerdict.NO_ANSWER, host=place.host)
    return trial.judgement


class _Trial:
    """One trial; `judgement` is valid when `is_done` is set."""

    def __init__(self, place: LoginPlace, credential: Credential) -> None:
        self._place, self._credential = place, credential
        self.judgement = LoginJudgement(verdict=LoginVerdict.UNEXPECTED, host=place.host)
        self.is_done = Event()

    def run(self, sender: "Sender") -> None:
        from wizard.upstreams.logins import judge

        try:
            with sender:
                self.judgement = judge(self._place, self._credential, sender)
        except Exception as error:  # noqa: BLE001 - its text or its trace may contain the token
            logger.error("A credential test ended with %s", type(error).__name__)
        finally:
            _places.release()
            self.is_done.set()
