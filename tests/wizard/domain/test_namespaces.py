"""How a rule maps repository names, and which rules conflict."""

import pytest

from wizard.domain import Rule, Target
from wizard.domain.namespaces import (
    Overlap,
    RepositoryNames,
    count_repositories,
    meetings,
    namespace_example,
)
from wizard.domain.registries import REGISTRIES, UpstreamRegistry, registry_named

TARGET = Target(account_id="123456789012", region="us-east-2")
HOST = "123456789012.dkr.ecr.us-east-2.amazonaws.com"


def rule(prefix: str) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix, upstream_registry_url="quay.io", registry_id="123456789012"
    )


# Cache prefix, upstream prefix, image at the upstream, repository here: the user guide's table.
@pytest.mark.parametrize(
    ("cache", "upstream", "image", "repository"),
    [
        ("p", None, "team/app:latest", "p/team/app"),
        ("p", "", "team/app:latest", "p/team/app"),
        ("p", "ROOT", "team/app:latest", "p/team/app"),
        ("ROOT", "ROOT", "team/app:latest", "team/app"),
        ("p", "p", "p/app:latest", "p/app"),
        ("p", "team", "team/app:latest", "p/app"),
        ("p/", "team/", "team/app:latest", "p/app"),
    ],
)
def test_a_name_maps_as_documented(
    cache: str, upstream: str | None, image: str, repository: str
) -> None:
    example = namespace_example(
        registry=registry_named("ecr-cross-account"),
        upstream_registry_url="u",
        cache_prefix=cache,
        upstream_prefix=upstream,
        target=TARGET,
    )
    assert example.upstream_uri == f"u/{image}"
    assert example.repository == repository
    assert example.pull_uri == f"{HOST}/{repository}:latest"


def test_official_images_of_docker_hub_are_pulled_with_library() -> None:
    example = namespace_example(
        registry=registry_named("docker-hub"),
        upstream_registry_url="registry-1.docker.io",
        cache_prefix="docker-hub",
        upstream_prefix=None,
        target=TARGET,
    )
    assert example.pull_uri == f"{HOST}/docker-hub/library/nginx:latest"


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
def test_every_registry_has_an_example_image_with_a_tag(registry: UpstreamRegistry) -> None:
    path, _, tag = registry.example_image.partition(":")
    assert path
    assert tag


@pytest.mark.parametrize(
    ("prefix", "existing", "overlap"),
    [
        ("team", "team", Overlap.TAKEN),
        ("ROOT", "ROOT", Overlap.TAKEN),
        ("team", "team/", Overlap.TAKEN_BUT_FOR_SLASH),
        ("team/a", "team", Overlap.AROUND),
        ("team", "team/a", Overlap.INSIDE),
        ("team", "ROOT", Overlap.ROOT),
        ("ROOT", "team", Overlap.ROOT),
    ],
)
def test_rules_that_meet_are_told_how(prefix: str, existing: str, overlap: Overlap) -> None:
    (meeting,) = meetings(prefix, [rule(existing)])
    assert meeting.overlap is overlap
    assert meeting.is_refused == (overlap is Overlap.TAKEN)


@pytest.mark.parametrize("existing", ["teams", "tea", "other/team", "team-a"])
def test_rules_that_only_look_alike_do_not_meet(existing: str) -> None:
    assert meetings("team", [rule(existing)]) == []


NAMES = RepositoryNames(
    names=("app", "team", "team/x", "team/a/x", "team/a/b/x", "teams/x", "team/ab/x"),
    is_complete=True,
)


@pytest.mark.parametrize(
    ("prefix", "others", "covered", "by_others"),
    [
        ("team", (), 4, 0),
        ("team/", (), 4, 0),
        ("team", ("team/a",), 2, 2),
        ("team", ("team/a/", "ROOT"), 2, 2),
        ("team", ("team/a", "team/a/b"), 2, 2),
        ("team/a", ("team", "team/a/b"), 1, 1),
        ("team/a/b", ("team",), 1, 0),
        ("ROOT", (), 7, 0),
        ("ROOT", ("team", "nothing"), 3, 4),
        ("other", ("ROOT",), 0, 0),
    ],
)
def test_a_repository_is_covered_by_the_rule_with_the_longest_prefix(
    prefix: str, others: tuple[str, ...], covered: int, by_others: int
) -> None:
    count = count_repositories(prefix, others, NAMES)
    assert (count.covered, count.by_others, count.is_complete) == (covered, by_others, True)
