"""A client of the registry: the files that configure it, and what to know before using them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from wizard.domain.clients.routes import Cache, LeftOut

TOML: Final = "application/toml"
YAML: Final = "application/yaml"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """One file: the name to save it as, where it belongs, and its text.

    `purpose` says what it is for, if the client has several; translated when it is shown.
    """

    name: str
    path: str
    text: str
    media_type: str
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A kind of client.

    - `by_host`: it replaces whole registries only, so that a rule with an upstream prefix has no
      place in its files.
    - `without_credentials` are upstream hosts for which it has no credentials of the cache.
    - `uses_rules` is False if the files are the same for all rules.
    - `purpose`, `needs` and `notes` are sentences, translated when they are shown: what the files
      do, what must be there, and what to know.
    - `source` is the page of the documentation that describes the format.
    """

    key: str
    label: str
    purpose: str
    files: Callable[[Cache], Iterable[ConfigFile]]
    source: str
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    by_host: bool = False
    without_credentials: frozenset[str] = frozenset()
    uses_rules: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """The files of a client for some rules, and the rules that they leave out."""

    client: Client
    files: tuple[ConfigFile, ...]
    left_out: tuple[LeftOut, ...]
