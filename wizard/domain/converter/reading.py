"""What readers of all kinds of files return: the references to images, with their places.

Places are offsets of characters in the text as it was given, so that an edit changes these
characters and no others. Lines and columns count from 1.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
BYTE_ORDER_MARK: Final = "\ufeff"


class Kind(StrEnum):
    """The kinds of files that the converter reads."""

    DOCKERFILE = "dockerfile"
    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    HELM_VALUES = "helm-values"
    KUSTOMIZATION = "kustomization"
    GITHUB_WORKFLOW = "github-workflow"
    GITLAB_CI = "gitlab-ci"
    JENKINSFILE = "jenkinsfile"
    IMAGE_LIST = "image-list"
    PODS_JSON = "pods-json"
    ECS_TASK = "ecs-task"


class Role(Enum):
    """What of a reference a slot holds.

    REPOSITORY begins with the registry's host unless another slot of the occurrence is REGISTRY.
    """

    REFERENCE = "reference"
    REGISTRY = "registry"
    REPOSITORY = "repository"
    TAG = "tag"
    DIGEST = "digest"


class Quoting(Enum):
    """What stands around a slot, which decides how an empty value is written there.

    - PLAIN: nothing, and nothing is needed.
    - SINGLE, DOUBLE: quotation marks, which are not part of the slot.
    - ABSENT: the place after a key of YAML that has no value. A new value needs a blank before it.
    - YAML: nothing, in YAML, where an empty value needs quotation marks.
    """

    PLAIN = "plain"
    SINGLE = "single"
    DOUBLE = "double"
    ABSENT = "absent"
    YAML = "yaml"


class Fixed(Enum):
    """Why a reference cannot be converted where it stands.

    - TEMPLATED: a template makes it (Helm, Go, Jinja, GitHub's and GitLab's expressions).
    - VARIABLE: a variable has it whose value is not in the file, or is put together elsewhere.
    - BUILT: the file builds the image and pushes it under this name.
    - INVALID: what stands there is no reference to an image.
    - SELECTOR: it selects what another value replaces, and must stay (`name` in a kustomization).
    - SHARED: its characters are part of another reference too (an alias of YAML, an ARG).
    """

    TEMPLATED = "templated"
    VARIABLE = "variable"
    BUILT = "built"
    INVALID = "invalid"
    SELECTOR = "selector"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A part of the text that holds a reference or a part of one; quotes are outside of it."""

    role: Role
    start: int
    end: int
    quoting: Quoting = Quoting.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A reference in the file.

    - `reference` is what the file means: put together from the slots, with the values of variables
      that the file itself has. A tag that nothing in the file says is left out. For one that is
      `fixed` it is the text as it stands there, shortened.
    - `slots` are empty for one that is `fixed`. Two occurrences may have the same slot.
    - `place` tells people where in the file it is, in words of the file: `stage build`,
      `Deployment web, container api`, `services.db.image`.
    """

    reference: str
    slots: tuple[Slot, ...] = ()
    line: int
    column: int
    place: str = ""
    fixed: Fixed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why the file cannot be read from a place on; what was understood before it is kept.

    `message` is to be translated where it is shown. It never has a value of the text.
    """

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was found in a file, in the order of the text. `notes` are to be translated."""

    kind: Kind
    occurrences: tuple[Occurrence, ...] = ()
    problem: Problem | None = None
    notes: tuple[str, ...] = ()


class Places:
    """Lines and columns of offsets in a text, as editors count them.

    A byte order mark is no column.
    """

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(text))]
        self._marked = text.startswith(BYTE_ORDER_MARK)

    def __call__(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        column = offset - self._starts[line - 1] + 1
        return line, max(column - 1, 1) if self._marked and line == 1 else column
