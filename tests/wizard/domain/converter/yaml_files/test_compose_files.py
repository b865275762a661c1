"""Compose files: services, volumes and contexts; what is built, and what is elsewhere."""

from tests.wizard.domain.converter.yaml_files.rewriting import HOST, rewritten, told
from wizard.domain.converter import Kind, read

FILE = """\
# The shop.
include: [other.yaml]
x-db: &db
  image: "postgres:${PG:-17.2}-alpine"   # pinned by hand
  restart: always
services:
  db: *db
  replica:
    <<: *db
    volumes:
      - ./data:/data
      - {type: image, source: 'ghcr.io/org/data:1', target: /seed}
  web:
    image: myshop/web:latest
    build: {context: ., dockerfile_inline: "FROM node", additional_contexts: {base: docker-image://node:22}}
  cron:
    build: ./cron
  job:
    extends: {file: base.yaml, service: job}
    image: !reset null
  proxy: {image: '${REGISTRY:-docker.io}/nginx', build: null}
  cache:
    image: redis@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    build:
      additional_contexts:
        - "tools=docker-image://quay.io/org/tools"
        - src=../src
"""


def test_a_compose_file() -> None:
    digest = "0123456789abcdef" * 4
    assert told(FILE, Kind.COMPOSE) == [
        ("postgres:17.2-alpine", "services.db.image"),
        ("postgres:17.2-alpine", "services.replica.image"),
        ("ghcr.io/org/data:1", "services.replica.volumes"),
        ("!built myshop/web:latest", "services.web.image"),
        ("node:22", "services.web.build.additional_contexts.base"),
        ("!variable ${REGISTRY:-docker.io}/nginx", "services.proxy.image"),
        (f"!built redis@sha256:{digest}", "services.cache.image"),
        ("quay.io/org/tools", "services.cache.build.additional_contexts.tools"),
    ]
    new = FILE.replace('"postgres:', f'"{HOST}/up/postgres:')
    new = new.replace("ghcr.io/org/data", f"{HOST}/up/org/data")
    new = new.replace("docker-image://node", f"docker-image://{HOST}/up/node")
    new = new.replace("quay.io/org/tools", f"{HOST}/up/org/tools")
    assert rewritten(FILE, Kind.COMPOSE) == new


def test_other_files_and_dockerfiles_inside_are_told() -> None:
    notes = read(FILE, Kind.COMPOSE).notes
    assert len(notes) == 2
    assert "includes or extends" in notes[0]
    assert "Dockerfile" in notes[1]


def test_the_first_version_has_its_services_at_the_top() -> None:
    text = "web:\n  image: nginx\n  links: [db]\ndb: {image: postgres:9}\n"
    assert told(text, Kind.COMPOSE) == [("nginx", "web.image"), ("postgres:9", "db.image")]


def test_odd_shapes_are_no_images() -> None:
    for text in ("", "null", "[]", "x", "services:", "services: [a]", "services: {a: [b], c: d}"):
        assert told(text, Kind.COMPOSE) == []
