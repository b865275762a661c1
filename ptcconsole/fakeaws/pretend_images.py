"""The images of the pretend upstream registry: one for every name and tag, made when asked for.

The same name and tag are always the same image: a layer with one file, which says what it is.
"""

import gzip
import io
import json
import tarfile
import threading
from typing import Any, Final

from ptcconsole.fakeaws.content import Content, digest_of

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"


class PretendImages:
    """Manifests by name and tag or digest, and their blobs by digest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[str, Content] = {}

    def manifest(self, name: str, reference: str) -> Content | None:
        """Return the manifest of a tag; of a digest if its tag was asked for before."""
        if ":" in reference:
            return self.blob(reference)
        layer = Content(body=_layer(f"{name}:{reference}"), media_type=_LAYER)
        config = Content(body=_config(name, reference, layer), media_type=_CONFIG)
        body = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _described(config),
            "layers": [_described(layer)],
        }
        manifest = Content(body=_json(body), media_type=MANIFEST)
        with self._lock:
            self._made |= {each.digest: each for each in (layer, config, manifest)}
        return manifest

    def blob(self, digest: str) -> Content | None:
        """Return a config, layer or manifest that was made before."""
        return self._made.get(digest)


def _layer(text: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        file = tarfile.TarInfo("image")
        file.size = len(text.encode())
        tar.addfile(file, io.BytesIO(text.encode()))
    return gzip.compress(stream.getvalue(), mtime=0)


def _config(name: str, tag: str, layer: Content) -> bytes:
    return _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"org.opencontainers.image.ref.name": f"{name}:{tag}"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(layer.body))]},
        }
    )


def _described(content: Content) -> dict[str, Any]:
    return {"mediaType": content.media_type, "digest": content.digest, "size": len(content.body)}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
