"""The catalogue of registries is complete and agrees with AWS."""

import botocore.loaders
import pytest

from wizard.domain.prefixes import prefix_problem
from wizard.domain.registries import (
    REGISTRIES,
    Access,
    UpstreamRegistry,
    normalised_url,
    registries_of,
    registry_named,
    registry_of,
    registry_of_url,
)

OWN, OTHER = "123456789012", "111122223333"
INPUTS = {"registry_name": "myregistry", "account_id": OTHER, "region": "eu-west-1"}


def test_the_catalogue_has_every_upstream_that_aws_has() -> None:
    model = botocore.loaders.Loader().load_service_model("ecr", "service-2")
    known_to_aws = set(model["shapes"]["UpstreamRegistry"]["enum"])
    known_to_us = {registry.key for registry in REGISTRIES}
    missing, gone = known_to_aws - known_to_us, known_to_us - known_to_aws
    assert not missing, f"add an entry to wizard/domain/registries.py for {sorted(missing)}"
    assert not gone, f"AWS no longer has {sorted(gone)}"


def test_names_are_unique_and_shared_keys_are_told_apart() -> None:
    names = [registry.name for registry in REGISTRIES]
    assert len(names) == len(set(names))
    for registry in REGISTRIES:
        assert bool(registry.choice_label) == (len(registries_of(registry.key)) > 1)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_an_entry_is_complete(registry: UpstreamRegistry) -> None:
    assert prefix_problem(registry.default_prefix) is None
    assert registry.needs_secret == bool(registry.username_label)
    assert registry.needs_secret == bool(registry.token_label)
    assert registry.needs_secret == bool(registry.token_links)
    assert all(link.url.startswith("https://") for link in registry.token_links)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_a_url_made_of_an_entry_is_recognised_as_its_own(registry: UpstreamRegistry) -> None:
    url = registry.registry_url(INPUTS, own_account_id=OWN)
    assert registry_of_url(url, own_account_id=OWN) is registry


@pytest.mark.parametrize(
    "url",
    [
        "",
        "harbor.example.com",
        "https://quay.io",
        "quay.io/",
        "quay.io.example.com",
        "evil.azurecr.io.example.com",
        "a.azurecr.io",
        "my_registry.azurecr.io",
        "-abcde.azurecr.io",
        "12345.dkr.ecr.eu-west-1.amazonaws.com",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com.cn",
        "169.254.169.254",
        "ghcr.io\n",
    ],
)
def test_a_url_of_no_entry_is_of_none(url: str) -> None:
    assert registry_of_url(url, own_account_id=OWN) is None


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://quay.io", "quay.io"),
        ("HTTP://Quay.IO/", "quay.io"),
        ("quay.io:443//", "quay.io"),
        (" quay.io. ", "quay.io"),
        ("https://MyReg.azurecr.io", "myreg.azurecr.io"),
        ("https://quay.io:8443", "https://quay.io:8443"),
        ("quay.io/team", "quay.io/team"),
        ("https://Harbor.example.com/", "https://Harbor.example.com/"),
        ("ftp://quay.io", "ftp://quay.io"),
        ("", ""),
    ],
)
def test_a_known_url_is_normalised_and_another_one_is_kept(typed: str, url: str) -> None:
    assert normalised_url(typed) == url


@pytest.mark.parametrize(
    ("kind", "url", "name"),
    [
        (None, "https://quay.io/", "quay"),
        ("quay", "quay.io", "quay"),
        ("docker-hub", "https://mirror.example.com", "docker-hub"),
        ("docker-hub", "quay.io", "docker-hub"),
        ("brand-new", "quay.io", None),
        (None, "mirror.example.com", None),
        ("ecr", f"https://{OWN}.dkr.ecr.eu-west-1.amazonaws.com", "ecr-same-account"),
        ("ecr", f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com/", "ecr-cross-account"),
        ("ecr", "something.else", None),
    ],
)
def test_the_kind_that_aws_tells_comes_before_the_url(
    kind: str | None, url: str, name: str | None
) -> None:
    found = registry_of(kind, url, own_account_id=OWN)
    assert (found.name if found else None) == name


def test_an_ecr_url_is_ours_or_another_account_s_by_its_account() -> None:
    ours = f"{OWN}.dkr.ecr.eu-west-1.amazonaws.com"
    theirs = f"{OTHER}.dkr.ecr.eu-west-1.amazonaws.com"
    assert registry_of_url(ours, own_account_id=OWN) is registry_named("ecr-same-account")
    assert registry_of_url(theirs, own_account_id=OWN) is registry_named("ecr-cross-account")


def test_only_the_account_of_another_is_asked_for() -> None:
    assert registry_named("ecr-same-account").inputs == ("region",)
    assert registry_named("ecr-cross-account").inputs == ("account_id", "region")
    assert registry_named("azure-container-registry").inputs == ("registry_name",)


def test_every_kind_of_access_is_in_use() -> None:
    assert {registry.access for registry in REGISTRIES} == set(Access)


def test_a_name_that_is_not_in_the_catalogue_is_an_error() -> None:
    with pytest.raises(KeyError, match="harbor"):
        registry_named("harbor")
