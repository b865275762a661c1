"""The configuration of clients, read by parsers of their formats and followed to the image."""

from wizard.domain import Rule, Target

TARGET = Target(account_id="111122223333", region="eu-central-1")
HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
DUAL_STACK_HOST = "111122223333.dkr-ecr.eu-central-1.on.aws"


def rule(prefix: str, url: str, upstream: str | None = None) -> Rule:
    return Rule(
        ecr_repository_prefix=prefix,
        upstream_registry_url=url,
        registry_id=TARGET.account_id,
        upstream_repository_prefix=upstream,
    )


DOCKER_HUB = rule("docker-hub", "registry-1.docker.io")
GITHUB = rule("git.hub/", "ghcr.io")
QUAY = rule("quay", "https://quay.io/")
ECR_PUBLIC = rule("ROOT", "public.ecr.aws")
OTHER_ACCOUNT = rule("shared", "222233334444.dkr.ecr.us-east-1.amazonaws.com")
GRAFANA = rule("grafana-cache", "registry-1.docker.io", "grafana")
OFFICIAL = rule("official", "registry-1.docker.io", "library/")

# Rules for whole registries, and two for parts of one.
WHOLE = (DOCKER_HUB, GITHUB, QUAY, ECR_PUBLIC, OTHER_ACCOUNT)
ALL = (*WHOLE, GRAFANA, OFFICIAL)
