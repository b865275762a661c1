"""Errors of ECR about repositories and the images in them."""

from wizard.domain.errors.aws import AwsError
from wizard.domain.texts import gettext_noop as _


class RepositoryNotFound(AwsError):
    """No repository with that name in this registry and Region."""

    title = _("The repository doesn't exist")
    remedy = _("The repository might have been deleted. Reload the list of repositories.")
    status = 404


class RepositoryTooLarge(AwsError):
    """The repository has more images than the console reads; nothing was sent to AWS."""

    title = _("The repository has too many images")
    remedy = _(
        "The console can't read all of its images, so it doesn't know which of them belong"
        " together. Use a lifecycle policy to reduce their number."
    )
    status = 409


class UpstreamImageUnavailable(AwsError):
    """ECR could not get an image from the upstream of the rule that covers it."""

    title = _("ECR can't get the image from the upstream registry")
    remedy = _("Validate the rule to see whether its upstream registry and its secret work.")
    status = 502


class LifecyclePolicyNotFound(AwsError):
    """The repository has no lifecycle policy."""

    title = _("The repository has no lifecycle policy")
    remedy = _("Amazon ECR keeps all of its images. Choose another policy to preview.")
    status = 404


class PreviewInProgress(AwsError):
    """ECR evaluates another policy on this repository."""

    title = _("Another preview is in progress")
    remedy = _("A repository can have one preview at a time. Wait for the other one to end.")
    status = 409


class PreviewNotFound(AwsError):
    """No preview was started on this repository, or its result is gone."""

    title = _("The repository has no preview")
    remedy = _("Start a preview to see what a lifecycle policy would do.")
    status = 404


class ImageNotFound(AwsError):
    """No image with that digest or tag in the repository."""

    title = _("The image doesn't exist")
    remedy = _("The image might have been deleted. Reload the list of images.")
    status = 404


class ImageNotDeleted(AwsError):
    """ECR refuses to delete an image; the code is that of the image, not of the call."""

    title = _("ECR didn't delete the image")
    remedy = _("Read the message from AWS below. Nothing was changed.")
    status = 409


class TagMoved(AwsError):
    """The tag belongs to another image than the person saw; nothing was sent to AWS."""

    title = _("The tag changed meanwhile")
    remedy = _(
        "The tag was refreshed or removed, so nothing was changed. Reload the list of images."
    )
    status = 409


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
