"""Which images a list names, where, and what of it changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wizard.domain.converter.reading_as_text import NEW, check_slots, shown
from wizard.domain.converter import Kind, edited, read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nginx\nghcr.io/a/b:1", ["1:1 nginx", "2:1 ghcr.io/a/b:1"]),
        ("\ufeffnginx\r\n\r\n  redis  \r\n", ["1:1 nginx", "3:3 redis"]),
        ("# nginx\n\nredis # nginx\n#", ["3:1 redis"]),
        ("- nginx\n* 'redis'\n1. \"a/b\",", ["1:3 nginx", "2:4 redis", "3:5 a/b"]),
        ("   12 nginx:1\n", ["1:7 nginx:1"]),
        ("docker pull docker\npodman pull -q quay.io/a/b", ["1:13 docker", "2:16 quay.io/a/b"]),
        ("FROM nginx AS x\n  image: redis\n", ["1:6 nginx", "2:10 redis"]),
        ("docker://nginx\noci://ghcr.io/a/b", ["1:10 nginx", "2:7 ghcr.io/a/b"]),
        ("https://hub.docker.com/_/nginx", ["1:1 registry-1.docker.io/library/nginx"]),
        ("nginx:1 a/b  ghcr.io/c/d:2", ["1:1 nginx:1", "1:9 a/b", "1:14 ghcr.io/c/d:2"]),
        ("nginx, redis;'a/b'", ["1:1 nginx", "1:8 redis", "1:15 a/b"]),
        ('["nginx", "a/b:1"]', ["1:3 nginx", "1:12 a/b:1"]),
        ('[\n  "nginx",\n  "a/b:1"\n]', ["2:4 nginx", "3:4 a/b:1"]),
        ("these are images", ["1:1 these are images invalid"]),
        ("Nginx\n${A}\n", ["1:1 Nginx invalid", "2:1 ${A} invalid"]),
        ("REPOSITORY  TAG  IMAGE ID\nnginx  1  ab\na/b  <none>  c", ["2:1 nginx:1", "3:1 a/b"]),
        ("", []),
        ("---\n", ["1:1 --- invalid"]),
        ("[]\n,;\n", []),
    ],
)
def test_the_images_of_a_list(text: str, expected: list[str]) -> None:
    reading = read(text, Kind.IMAGE_LIST)
    assert (shown(reading), reading.problem) == (expected, None)
    check_slots(text, reading)


def test_only_the_slots_change() -> None:
    text = "docker pull nginx # nginx\r\nhttps://hub.docker.com/_/redis\r\n'a',b:1\r\n"
    text += "IMAGE TAG ID\na 1 x"
    found = read(text, Kind.IMAGE_LIST).occurrences
    new = edited(text, ((slot, NEW[slot.role]) for each in found for slot in each.slots))
    assert new == (
        "docker pull NEW:1 # nginx\r\nNEW:1\r\n'NEW:1',NEW:1\r\nIMAGE TAG ID\nNEW 1 x"
    ).replace("NEW", "private.example/hub/app")


PARTS = st.sampled_from(
    [
        "nginx",
        "a/b:1",
        " ",
        "\n",
        ",",
        "#",
        "'",
        "pull ",
        "image: ",
        "docker://",
        "- ",
        "1 ",
        "\ufeff",
    ]
)


@given(st.lists(PARTS, max_size=20).map("".join))
def test_anything_can_be_read_and_edited(text: str) -> None:
    check_slots(text, read(text, Kind.IMAGE_LIST))
