"""Workflows of GitHub and pipelines of GitLab."""

import pytest

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Kind, read

GITHUB = """\
on: [push]
jobs:
  test:
    runs-on: ubuntu-latest
    container: {image: 'node:${{ matrix.node }}', options: --cpus 1}
    services:
      db:
        image: "postgres:17"
      cache: {image: ${{ vars.CACHE }}}
    steps:
      - uses: actions/checkout@v5
      - name: Lint
        uses: "docker://ghcr.io/org/lint:v1"
      - uses: docker://${{ vars.TOOL }}
      - run: docker run nginx
  many:
    strategy:
      matrix:
        image: [alpine:3, 'debian:13']
        include:
          - image: fedora
          - os: x
    container: ${{ matrix.image }}
  none:
    container: ''
  other:
    container: ${{ fromJSON(needs.a.outputs.b) }}
"""


def test_a_workflow() -> None:
    # A flow mapping cannot have an expression without quotes: GitHub refuses it as well.
    text = GITHUB.replace("{image: ${{ vars.CACHE }}}", '{image: "${{ vars.CACHE }}"}')
    assert told(text, Kind.GITHUB_WORKFLOW) == [
        ("node", "jobs.test.container.image"),
        ("postgres:17", "jobs.test.services.db.image"),
        ("!templated ${{ vars.CACHE }}", "jobs.test.services.cache.image"),
        ("ghcr.io/org/lint:v1", "jobs.test.steps Lint"),
        ("!templated ${{ vars.TOOL }}", "jobs.test.steps 3"),
        ("alpine:3", "jobs.many.container (matrix)"),
        ("debian:13", "jobs.many.container (matrix)"),
        ("fedora", "jobs.many.container (matrix)"),
        ("!templated ${{ fromJSON(needs.a.outputs.b) }}", "jobs.other.container"),
    ]
    new = text.replace("'node:$", f"'{HOST}/up/node:$").replace('"postgres', f'"{HOST}/up/postgres')
    new = new.replace("ghcr.io/org", f"{HOST}/up/org").replace("[alpine", f"[{HOST}/up/alpine")
    new = new.replace("debian", f"{HOST}/up/debian").replace("fedora", f"{HOST}/up/fedora")
    assert rewritten(text, Kind.GITHUB_WORKFLOW) == new


@pytest.mark.parametrize(
    "image", ["docker://alpine:3", "'docker://alpine:3'", '"docker:\\/\\/alpine:3"']
)
def test_an_action(image: str) -> None:
    text = f"runs:\n  using: docker\n  image: {image}\n"
    assert told(text, Kind.GITHUB_WORKFLOW) == [("alpine:3", "runs.image")]
    assert rewritten(text, Kind.GITHUB_WORKFLOW) == text.replace("alpine", f"{HOST}/up/alpine")
    assert told("runs: {using: docker, image: Dockerfile}", Kind.GITHUB_WORKFLOW) == []


GITLAB = """\
spec: {inputs: {job: {default: x}}}
---
include: [{local: a.yml}]
stages: [test]
variables: {IMAGE: alpine, image: no}
image: ruby:3.4
default:
  image: {name: "ghcr.io/org/base:1", entrypoint: [""]}
  services: &services
    - postgres:17
    - name: redis:8
      alias: cache
.hidden:
  image: !reference [.setup, image]
  services: !reference [.setup, services]
test:
  extends: .hidden
  image: $CI_REGISTRY_IMAGE/app:1
  services: [*services, !reference [.x, services], mysql]
"lint $[[ inputs.job ]]":
  image: python:$PYTHON
  script: ["image: no"]
"""


def test_a_pipeline() -> None:
    assert told(GITLAB, Kind.GITLAB_CI) == [
        ("ruby:3.4", "image"),
        ("ghcr.io/org/base:1", "default.image"),
        ("postgres:17", "default.services 1"),
        ("postgres:17", "test.services 1"),
        ("redis:8", "default.services cache"),
        ("redis:8", "test.services 1"),
        ("!variable $CI_REGISTRY_IMAGE/app:1", "test.image"),
        ("mysql", "test.services 3"),
        ("python", "lint $[[ inputs.job ]].image"),
    ]
    assert "includes" in read(GITLAB, Kind.GITLAB_CI).notes[0]
    new = GITLAB
    for name in ("ruby:", "postgres:", "redis:", "mysql]", "python:"):
        new = new.replace(name, f"{HOST}/up/{name}")
    new = new.replace("ghcr.io/org", f"{HOST}/up/org")
    assert rewritten(GITLAB, Kind.GITLAB_CI) == new
