"""GitHub Actions: a job that logs in to the private registry with OpenID Connect.

Sources:
- README and action.yml of github.com/aws-actions/amazon-ecr-login (v2: `registries` in quotes)
- README of github.com/aws-actions/configure-aws-credentials (`id-token: write`)
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import YAML, Client, ConfigFile
from wizard.domain.clients.quoting import quoted
from wizard.domain.clients.routes import Cache
from wizard.domain.commands import quoted as shell_quoted
from wizard.domain.texts import gettext_noop

_WORKFLOW: Final = """\
name: pull-through-cache
on: [workflow_dispatch]
permissions:
  id-token: write
  contents: read
jobs:
  pull:
    runs-on: ubuntu-latest
    steps:
      - name: Configure AWS credentials
        uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: ${{{{ vars.AWS_ROLE_TO_ASSUME }}}}
          aws-region: {region}
{login}"""

_LOGIN: Final = """\
      - name: Log in to Amazon ECR
        uses: aws-actions/amazon-ecr-login@v2
        with:
          registries: {account}
"""

# The action logs in to the endpoint that GetAuthorizationToken returns, which is the one for IPv4.
_DUAL_STACK_LOGIN: Final = """\
      - name: Log in to Amazon ECR
        run: >-
          aws ecr get-login-password --region {region} |
          docker login --username AWS --password-stdin {host}
"""


def _files(cache: Cache) -> Iterator[ConfigFile]:
    target = cache.target
    login = (
        _DUAL_STACK_LOGIN.format(region=shell_quoted(target.region), host=shell_quoted(cache.host))
        if cache.is_dual_stack
        else _LOGIN.format(account=quoted(target.account_id))
    )
    yield ConfigFile(
        name="pull-through-cache.yml",
        path=".github/workflows/pull-through-cache.yml",
        text=_WORKFLOW.format(region=quoted(target.region), login=login),
        media_type=YAML,
    )


GITHUB_ACTIONS: Final = Client(
    key="github-actions",
    label="GitHub Actions",
    purpose=gettext_noop(
        "The steps after the login pull images by the name of the private registry, without a"
        " stored credential."
    ),
    files=_files,
    source="https://github.com/aws-actions/amazon-ecr-login",
    needs=(
        gettext_noop(
            "An IAM role that trusts the OpenID Connect provider of GitHub for this repository, and"
            " its ARN as the variable AWS_ROLE_TO_ASSUME of the repository."
        ),
        gettext_noop(
            "The role needs ecr:GetAuthorizationToken, the permissions to pull,"
            " ecr:BatchImportUpstreamImage, and ecr:CreateRepository."
        ),
    ),
    notes=(
        gettext_noop(
            "The login lasts for the job. Images of services and of container are pulled before"
            " the first step: they need credentials from an earlier job."
        ),
        gettext_noop("Image names in the workflow don't change by the login. Rewrite them."),
    ),
    uses_rules=False,
)
