"""The Regions of the `aws` partition, from botocore's endpoint data, without any network."""

from functools import lru_cache

from botocore.loaders import create_loader

from wizard.backend import clients
from wizard.domain import Region, supported_regions

_PARTITION = "aws"


@lru_cache(maxsize=1)
def list_regions() -> tuple[Region, ...]:
    """Return the Regions where pull through cache exists, sorted by code."""
    names = _region_names()
    codes = clients.session().get_available_regions("ecr", partition_name=_PARTITION)
    return supported_regions(Region(code=code, name=names.get(code, code)) for code in codes)


def _region_names() -> dict[str, str]:
    # boto3 has the codes only.
    partitions = create_loader().load_data("partitions")["partitions"]
    regions = next(part["regions"] for part in partitions if part["id"] == _PARTITION)
    return {code: region["description"] for code, region in regions.items()}
