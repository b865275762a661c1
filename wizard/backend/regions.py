"""The Regions of the `aws` partition, from botocore's endpoint data, without any network."""

from difflib import get_close_matches
from functools import lru_cache

from botocore.loaders import create_loader

from wizard.backend import clients
from wizard.domain import DEFAULT_REGION, Region, supported_regions
from wizard.domain.errors import DefaultRegionUnknown

_PARTITION = "aws"


@lru_cache(maxsize=1)
def list_regions() -> tuple[Region, ...]:
    """Return the Regions where pull through cache exists, sorted by code."""
    names = _region_names()
    codes = clients.session().get_available_regions("ecr", partition_name=_PARTITION)
    return supported_regions(Region(code=code, name=names.get(code, code)) for code in codes)


@lru_cache(maxsize=1)
def region_codes() -> frozenset[str]:
    """Return the code of every Region of the partition, with or without pull through cache."""
    return frozenset(_region_names())


def home_problem() -> DefaultRegionUnknown | None:
    """Return why boto3's Region is not the one that opens first; None if it is, or none is set."""
    named = clients.session().region_name
    codes = [region.code for region in list_regions()]
    if not named or named in codes:
        return None
    similar = get_close_matches(named, codes, n=1)
    meant = f" Did you mean {similar[0]}?" if similar else ""
    return DefaultRegionUnknown(
        f"AWS_DEFAULT_REGION, or the profile, names {named}, which does not exist or has no pull"
        f" through cache. {DEFAULT_REGION} opens instead.{meant}",
        code="DefaultRegion",
        region=named,
    )


def _region_names() -> dict[str, str]:
    # boto3 has the codes only.
    partitions = create_loader().load_data("partitions")["partitions"]
    regions = next(part["regions"] for part in partitions if part["id"] == _PARTITION)
    return {code: region["description"] for code, region in regions.items()}
