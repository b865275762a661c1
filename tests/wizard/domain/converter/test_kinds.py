"""Which kind a file is taken for."""

import pytest

from wizard.domain.converter import Kind, kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((each, Kind.DOCKERFILE) for each in ("Dockerfile", "Dockerfile.dev", "api.Dockerfile")),
        *((each, Kind.DOCKERFILE) for each in ("build/Containerfile", "C:\\src\\dockerfile")),
        *((each, Kind.JENKINSFILE) for each in ("Jenkinsfile", "Jenkinsfile.release", "a.groovy")),
        *((each, Kind.COMPOSE) for each in ("docker-compose.yml", "compose.override.yaml")),
        *((each, Kind.KUSTOMIZATION) for each in ("kustomization.yaml", "Kustomization")),
        *((each, Kind.GITLAB_CI) for each in (".gitlab-ci.yml", "build.gitlab-ci.yml")),
        (".github/workflows/ci.yml", Kind.GITHUB_WORKFLOW),
        ("action.yml", Kind.GITHUB_WORKFLOW),
        *((each, Kind.HELM_VALUES) for each in ("values.yaml", "values-prod.yml", "a.values.yaml")),
        ("pods.json", Kind.PODS_JSON),
        *((each, Kind.ECS_TASK) for each in ("task-definition.json", "api.taskdef.json")),
        ("images.txt", Kind.IMAGE_LIST),
    ],
)
def test_the_name_tells(name: str, kind: Kind) -> None:
    assert kind_of(name, "") is kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FROM nginx", Kind.DOCKERFILE),
        ("# syntax=docker/dockerfile:1\nARG A=1\nfrom nginx AS x\n", Kind.DOCKERFILE),
        ("\ufeffFROM nginx", Kind.DOCKERFILE),
        ("services:\n  web:\n    image: nginx\n", Kind.COMPOSE),
        ("name: x\r\nservices: # all\r\n\r\n  web:\r\n    image: nginx\r\n", Kind.COMPOSE),
        ("# x\napiVersion: v1\nkind: Pod\nspec:\n", Kind.KUBERNETES),
        ("{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n", Kind.KUBERNETES),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization", Kind.KUSTOMIZATION),
        ("images:\n- name: nginx\n  newName: x\n", Kind.KUSTOMIZATION),
        ("name: CI\non: push\njobs:\n  a:\n    runs-on: x\n", Kind.GITHUB_WORKFLOW),
        ("runs:\n  using: docker\n  image: docker://alpine\n", Kind.GITHUB_WORKFLOW),
        ("image: ruby:3\nservices:\n  - postgres\ntest:\n  script: x\n", Kind.GITLAB_CI),
        ("stages: [a]\na:\n  image: x\n", Kind.GITLAB_CI),
        ("image:\n  repository: nginx\n  tag: 1\n", Kind.HELM_VALUES),
        ("image: nginx:1\n", Kind.HELM_VALUES),
        ("pipeline {\n  agent any\n", Kind.JENKINSFILE),
        ("// x\nnode('a') {\n", Kind.JENKINSFILE),
        ('{"apiVersion": "v1", "items": []}', Kind.PODS_JSON),
        ("\n[]", Kind.PODS_JSON),
        ('{"family": "a", "containerDefinitions": []}', Kind.ECS_TASK),
        ("Resources:\n  A:\n    Properties:\n      ContainerDefinitions: []\n", Kind.ECS_TASK),
        ('[\n  "nginx",\n', Kind.IMAGE_LIST),
        ("nginx\ngrafana/grafana:11\n", Kind.IMAGE_LIST),
        ("docker pull nginx\n", Kind.IMAGE_LIST),
        ("    image: nginx\n    image: redis\n", Kind.IMAGE_LIST),
        ("nginx:1.27\nredis:7\n", Kind.IMAGE_LIST),
        ("", Kind.IMAGE_LIST),
    ],
)
def test_the_text_tells(text: str, kind: Kind) -> None:
    assert kind_of("", text) is kind
    assert kind_of("upload.bin", text) is kind
