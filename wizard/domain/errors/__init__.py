"""The errors that a person can see: one class each, with its title, remedy and HTTP status.

`refusals` has the console's own errors, `aws` those of AWS, `quotas` those of its quotas,
`accounts` those about accounts and their roles, `images` those about repositories and images,
`templates` those of repository creation templates,
`credentials` and `connections` those of the console's way to AWS, `unsent` those of changes that
were not sent. Import them from this package.
"""

from wizard.domain.errors.accounts import *  # noqa: F403
from wizard.domain.errors.aws import *  # noqa: F403
from wizard.domain.errors.base import *  # noqa: F403
from wizard.domain.errors.connections import *  # noqa: F403
from wizard.domain.errors.credentials import *  # noqa: F403
from wizard.domain.errors.images import *  # noqa: F403
from wizard.domain.errors.quotas import *  # noqa: F403
from wizard.domain.errors.records import *  # noqa: F403
from wizard.domain.errors.refusals import *  # noqa: F403
from wizard.domain.errors.templates import *  # noqa: F403
from wizard.domain.errors.unsent import *  # noqa: F403
