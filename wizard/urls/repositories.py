"""The repositories of a Region and of a rule, and the images in one.

A name may contain slashes, so that each address is matched as a whole.
"""

from django.urls import path

from wizard.views.cleanups import fetch_again
from wizard.views.repositories import images, of_region, of_rule, platforms

urlpatterns = [
    path(
        "rules/<prefix:ecr_repository_prefix>/repositories/",
        of_rule.rule_repositories,
        name="rule-repositories",
    ),
    path("repositories/", of_region.region_repositories, name="region-repositories"),
    path(
        "repositories/<prefix:repository>/images/",
        images.repository_images,
        name="repository-images",
    ),
    path(
        "repositories/<prefix:repository>/platforms/",
        platforms.repository_platforms,
        name="repository-platforms",
    ),
    path(
        "repositories/<prefix:repository>/fetch-again/",
        fetch_again.image_fetch_again,
        name="image-fetch-again",
    ),
]
