"""The Amazon ECR credential helper: the part of Docker's `config.json` that calls it.

Sources:
- README of github.com/awslabs/amazon-ecr-credential-helper (`credHelpers`), and its
  ecr-login/api/client.go, which takes dual-stack hosts
- manpages.debian.org, docker-credential-ecr-login(1)
"""

from collections.abc import Iterator
from typing import Final

from wizard.domain.clients.client import JSON, Client, ConfigFile
from wizard.domain.clients.quoting import pretty
from wizard.domain.clients.routes import Cache
from wizard.domain.texts import gettext_noop


def _files(cache: Cache) -> Iterator[ConfigFile]:
    yield ConfigFile(
        name="config.json",
        path="~/.docker/config.json",
        text=pretty({"credHelpers": {cache.host: "ecr-login"}}),
        media_type=JSON,
    )


CREDENTIAL_HELPER: Final = Client(
    key="credential-helper",
    label=gettext_noop("ECR credential helper"),
    purpose=gettext_noop(
        "Docker, Podman, Helm, and other programs that read Docker's configuration log in to the"
        " private registry without docker login. There is no token to renew."
    ),
    files=_files,
    source="https://github.com/awslabs/amazon-ecr-credential-helper#configuration",
    needs=(
        gettext_noop(
            "docker-credential-ecr-login on the PATH, and AWS credentials of an identity that can"
            " pull."
        ),
        gettext_noop("Merge credHelpers into the file if it exists: other entries must stay."),
    ),
    notes=(
        gettext_noop(
            "An earlier docker login to the same registry leaves an entry below auths. Remove it"
            " with docker logout."
        ),
        gettext_noop(
            "The helper doesn't rewrite image names. Pull by the name of the private registry, with"
            " the prefix of the rule."
        ),
    ),
    uses_rules=False,
)
