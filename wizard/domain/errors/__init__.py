"""Everything that can go wrong, as the console names it, with the words a person reads.

`refusals` are the console's own, `aws` those of AWS; one class is the one place of an error. They
are imported from this package, whichever module they are in.
"""

from wizard.domain.errors.aws import *  # noqa: F403
from wizard.domain.errors.base import *  # noqa: F403
from wizard.domain.errors.records import *  # noqa: F403
from wizard.domain.errors.refusals import *  # noqa: F403
