"""The image on the page of a rule: the one that was typed, or an example, and its pull URI."""

from wizard.domain import Rule, Target
from wizard.domain.errors import InvalidImage
from wizard.domain.images import PullUri, pull_uri
from wizard.words import image_text


def pull_of(image: str, rule: Rule, target: Target) -> tuple[PullUri | None, str]:
    """Return what to pull for an upstream image, or the reason why the rule has no such image."""
    if not image:
        return None, ""
    try:
        return pull_uri(image, rule=rule, target=target), ""
    except InvalidImage as error:
        return None, image_text(error)


def example_image(rule: Rule) -> str:
    """Return an example image that the rule covers; empty for an unknown registry."""
    registry = rule.registry
    if registry is None:
        return ""
    upstream = (rule.upstream_repository_prefix or "ROOT").rstrip("/")
    if upstream == "ROOT" or registry.example_image.startswith(f"{upstream}/"):
        return registry.example_image
    return f"{upstream}/{registry.example_image.rpartition('/')[2]}"


def pull_command(rule: Rule, target: Target) -> str:
    """Return the command that pulls an example image through the rule; empty if none is known."""
    pull, _problem = pull_of(example_image(rule), rule, target)
    return f"docker pull {pull.uri}" if pull else ""
