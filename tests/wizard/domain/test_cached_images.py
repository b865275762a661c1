"""Kinds of images, what refers to what, and sums."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from wizard.domain.cached_images import (
    CachedImage,
    ImageKind,
    ListedImage,
    listed_images,
    referrer_counts,
    sums_of,
    total_of,
)

INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
DIGEST = "sha256:" + 64 * "a"


def image(**members: Any) -> CachedImage:
    return CachedImage(repository="hub/app", **{"digest": DIGEST, **members})


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({}, ImageKind.IMAGE),
        ({"artifact_media_type": CONFIG}, ImageKind.IMAGE),
        ({"media_type": INDEX}, ImageKind.LIST),
        ({"media_type": "application/vnd.docker.distribution.manifest.list.v2+json"}, "list"),
        ({"artifact_media_type": "application/vnd.cncf.helm.config.v1+json"}, "artifact"),
        ({"artifact_media_type": CONFIG, "subject": DIGEST}, "artifact"),
        ({"tags": ("sha256-" + 64 * "b" + ".sig",)}, "artifact"),
        ({"tags": ("sha256-bb.sig", "latest")}, "image"),
    ],
)
def test_an_image_is_of_a_kind(members: dict[str, Any], kind: str) -> None:
    assert image(**members).kind == kind


def test_referrers_are_counted_by_what_they_are_and_lists_of_them_are_none() -> None:
    ends = (".sig", ".att", ".sbom", ".other")
    by_tag = [image(tags=("sha256-" + 64 * "a" + end,)) for end in ends]
    types = (
        *(
            "application/vnd.in-toto+json",
            "application/spdx+json",
            "application/vnd.cyclonedx+json",
        ),
        *("application/vnd.cncf.notary.signature", "application/vnd.dev.sigstore.bundle.v0.3+json"),
        *("", "text/html"),
    )
    by_subject = [image(subject=DIGEST, artifact_media_type=each) for each in types]
    fallback = image(tags=("sha256-" + 64 * "a",), media_type=INDEX)
    found = [image(), *by_tag, *by_subject, fallback]
    assert referrer_counts(found) == {
        DIGEST: {"signature": 3, "attestation": 2, "sbom": 3, "other": 2}
    }
    assert sums_of(found).referrers == 10
    assert fallback.refers_to == DIGEST


def test_sums_leave_out_lists_and_tell_what_has_no_size() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = sums_of(
        [
            image(size_bytes=100, tags=("1", "latest"), pushed_at=late),
            image(size_bytes=40, status="ARCHIVED", last_pulled_at=early),
            image(size_bytes=100, media_type=INDEX, tags=("all",)),
            image(pushed_at=early, last_pulled_at=late),
        ]
    )
    assert (found.images, found.tags, found.untagged, found.archived) == (4, 3, 2, 1)
    assert (found.size_bytes, found.archived_bytes, found.without_size) == (140, 40, 1)
    assert (found.last_pushed_at, found.last_pulled_at) == (late, late)
    twice = total_of([found, found, sums_of([], is_complete=False)])
    assert (twice.size_bytes, twice.images, twice.is_complete) == (280, 8, False)
    assert twice.last_pulled_at == late
    assert total_of([]) == sums_of([])


def test_the_entries_of_a_list_are_platforms_and_attestations() -> None:
    arm = {"os": "linux", "architecture": "arm", "variant": "v7"}
    entries: list[Any] = [
        {"digest": "sha256:1", "mediaType": "m", "platform": arm},
        {"digest": "sha256:2", "platform": {"os": "unknown", "architecture": "unknown"}},
        {"digest": "sha256:3", "platform": "linux"},
        {"digest": 4},
        None,
    ]
    assert listed_images(json.dumps({"manifests": entries})) == (
        ListedImage(digest="sha256:1", platform="linux/arm/v7", media_type="m"),
        ListedImage(digest="sha256:2"),
        ListedImage(digest="sha256:3"),
    )


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"manifests": 1}', "[" * 100_000, "1e"])
def test_what_is_no_list_has_no_entries(text: str) -> None:
    assert listed_images(text) is None
