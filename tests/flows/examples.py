"""The command line examples of Amazon ECR's guide, one per upstream registry, as data.

Tests create the same rules with the AWS CLI and with the wizard. Placeholders are format fields:
`account_id`, `upstream_account_id` and `upstream_region`.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html
"""

from dataclasses import dataclass

REGION = "us-east-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CliExample:
    """One example: its heading in the guide and the parameters of its command."""

    heading: str
    prefix: str
    upstream_url: str
    needs_secret: bool = False
    needs_role: bool = False
    region: str = REGION


CLI_EXAMPLES = (
    CliExample(heading="For Amazon ECR Public", prefix="ecr-public", upstream_url="public.ecr.aws"),
    CliExample(
        heading="For Kubernetes Container Registry",
        prefix="kubernetes",
        upstream_url="registry.k8s.io",
    ),
    CliExample(heading="For Quay", prefix="quay", upstream_url="quay.io"),
    CliExample(
        heading="For Docker Hub",
        prefix="docker-hub",
        upstream_url="registry-1.docker.io",
        needs_secret=True,
    ),
    CliExample(
        heading="For GitHub Container Registry",
        prefix="github",
        upstream_url="ghcr.io",
        needs_secret=True,
    ),
    CliExample(
        heading="For Microsoft Azure Container Registry",
        prefix="azure",
        upstream_url="myregistry.azurecr.io",
        needs_secret=True,
    ),
    CliExample(
        heading="For GitLab Container Registry",
        prefix="gitlab",
        upstream_url="registry.gitlab.com",
        needs_secret=True,
    ),
    CliExample(
        heading="For Amazon ECR private registry within your AWS account",
        prefix="ecr",
        upstream_url="{account_id}.dkr.ecr.{upstream_region}.amazonaws.com",
    ),
    CliExample(
        heading="For Amazon ECR private registry from another AWS account",
        prefix="ecr",
        upstream_url="{upstream_account_id}.dkr.ecr.{upstream_region}.amazonaws.com",
        needs_role=True,
    ),
    CliExample(
        heading="For Chainguard Registry",
        prefix="chainguard",
        upstream_url="cgr.dev",
        needs_secret=True,
    ),
)
