"""Errors of ECR about repositories and the images in them."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.texts import gettext_noop as _


class RepositoryNotFound(AwsError):
    """No repository with that name in this registry and Region."""

    title = _("The repository doesn't exist")
    remedy = _("The repository might have been deleted. Reload the list of repositories.")
    status = 404


class UpstreamImageUnavailable(AwsError):
    """ECR could not get an image from the upstream of the rule that covers it."""

    title = _("ECR can't get the image from the upstream registry")
    remedy = _("Validate the rule to see whether its upstream registry and its secret work.")
    status = 502


class PullTimeExclusionExists(AwsError):
    """The principal is excluded already."""

    title = _("The principal is already excluded")
    remedy = _("Its pulls don't change the last pull time of images. Nothing was changed.")
    status = 409


class PullTimeExclusionNotFound(AwsError):
    """The principal is not excluded."""

    title = _("The principal isn't excluded")
    remedy = _("The exclusion might have been deleted. Reload the list of exclusions.")
    status = 404
