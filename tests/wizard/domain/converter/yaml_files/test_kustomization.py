"""Kustomizations: `newName` is converted, `name` selects and stays."""

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Kind, read

FILE = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: nginx
    newName: docker.io/library/nginx   # the mirror
    newTag: "1.27"
  - name: ghcr.io/org/app
    newTag: v2
  - {name: app, newName: ghcr.io/org/app, digest: sha256:DIGEST}
  - {name: other, newName: '${REGISTRY}/x'}
helmCharts:
  - name: redis
    valuesInline: {image: {registry: docker.io, repository: bitnami/redis}}
patches:
  - patch: |-
      - {op: replace, path: /spec, value: {image: x}}
""".replace("DIGEST", "ab" * 32)


def test_a_kustomization() -> None:
    for kind in (Kind.KUSTOMIZATION, Kind.KUBERNETES):
        assert told(FILE, kind) == [
            ("docker.io/library/nginx:1.27", "images nginx"),
            ("!selector ghcr.io/org/app:v2", "images ghcr.io/org/app"),
            (f"ghcr.io/org/app@sha256:{'ab' * 32}", "images app"),
            ("!variable ${REGISTRY}/x", "images other"),
            ("docker.io/bitnami/redis", "helmCharts redis: image"),
        ]
        new = FILE.replace("docker.io/library/nginx ", f"{HOST}/up/library/nginx ")
        new = new.replace("newName: ghcr.io/org", f"newName: {HOST}/up/org")
        new = new.replace("registry: docker.io", f"registry: {HOST}")
        new = new.replace("bitnami/redis", "up/bitnami/redis")
        assert rewritten(FILE, kind) == new
        assert len(read(FILE, kind).notes) == 2
