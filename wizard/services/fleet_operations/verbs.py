"""What each verb of an operation over accounts does with the part of an account."""

from collections.abc import Callable, Mapping
from typing import Final

from wizard.models import FleetPart, FleetVerb
from wizard.services.fleet_operations.creating import create
from wizard.services.fleet_operations.replacing import replace_rules
from wizard.services.fleet_operations.rotating import rotate
from wizard.services.fleet_operations.validating import validate

WORK: Final[Mapping[str, Callable[[FleetPart], None]]] = {
    FleetVerb.VALIDATE: validate,
    FleetVerb.CREATE: create,
    FleetVerb.COPY: create,
    FleetVerb.ROTATE: rotate,
    FleetVerb.REPLACE: replace_rules,
}
