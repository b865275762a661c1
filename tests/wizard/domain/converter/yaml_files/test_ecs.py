"""Task definitions of Amazon ECS, in JSON and in templates of CloudFormation."""

import json

import pytest

from tests.wizard.domain.converter.reading_as_text import NEW, check_slots, shown
from wizard.domain.converter import Kind, edited, read
from wizard.domain.converter.yaml_files.ecs import FUNCTIONS

TASK = {
    "family": "shop",
    "containerDefinitions": [
        {"name": "web", "image": "nginx:1.27", "essential": True},
        {"name": "sidecar", "image": "public.ecr.aws/x-ray/aws-xray-daemon:3"},
        {"name": "none"},
    ],
    "cpu": "256",
}


@pytest.mark.parametrize("kind", [Kind.ECS_TASK, Kind.PODS_JSON, Kind.KUBERNETES])
@pytest.mark.parametrize("document", [TASK, {"taskDefinition": TASK, "tags": []}, [TASK]])
def test_the_containers_of_a_task_definition(document: object, kind: Kind) -> None:
    text = json.dumps(document, indent=2)
    reading = read(text, kind)
    assert [(each.reference, each.place) for each in reading.occurrences] == [
        ("nginx:1.27", "shop, container web"),
        ("public.ecr.aws/x-ray/aws-xray-daemon:3", "shop, container sidecar"),
    ]
    assert (reading.problem, reading.notes) == (None, ())
    check_slots(text, reading)
    new = edited(text, [(each.slots[0], NEW[each.slots[0].role]) for each in reading.occurrences])
    for each in reading.occurrences:
        text = text.replace(f'"{each.reference}"', '"private.example/hub/app:1"')
    assert new == text


STACK = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: api
          Image: ghcr.io/org/api:1
        - Name: log
          Image: !Sub docker.io/library/fluentd:${Version}
        - Name: own
          Image: !Sub ${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/own:1
        - Name: given
          Image: !Ref Given
        - Name: joined
          Image:
            Fn::Join: ["/", [quay.io, a]]
"""


def test_the_containers_of_a_stack() -> None:
    reading = read(STACK)
    assert reading.kind is Kind.ECS_TASK
    assert shown(reading) == [
        "8:18 ghcr.io/org/api:1",
        "10:23 docker.io/library/fluentd",
        "12:23 ${AWS::AccountId}.dkr.ecr.us-east-1.amazonaws.com/own:1 variable",
        "14:23 Given variable",
    ]
    assert reading.occurrences[0].place == "Web, container api"
    assert reading.notes == (FUNCTIONS,)
    check_slots(STACK, reading)


@pytest.mark.parametrize(
    "text",
    [
        '{"containerDefinitions": 5}',
        '{"containerDefinitions": [5, {}, [], {"image": null}, {"image": 7}]}',
        '{"containerDefinitions": {"image": []}}',
        "",
        "ContainerDefinitions",
    ],
)
def test_what_is_no_task_definition_has_no_images(text: str) -> None:
    assert read(text, Kind.ECS_TASK).occurrences == ()
