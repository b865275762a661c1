"""Addresses that a process listens on, as `HOST:PORT`; they are never public ones."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

_WRITTEN: Final = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):([0-9]{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAddress:
    """An IP address, or `localhost`, and a port."""

    host: str
    port: int


def parse_bind_address(text: str) -> BindAddress:
    """Return the address; raise ValueError with what is wrong with it, as the end of a sentence.

    Of a host name it is not known beforehand whether it is public. An address such as 0.0.0.0 is
    accepted: a container does not know its own, and what may reach it is decided outside of it.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None or not 0 < int(written[3]) < 65536:
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:9090.")
    host = written[1] or written[2]
    if host != "localhost" and _address(host).is_global:
        raise ValueError("is a public address. Choose one of this machine or of a private network.")
    return BindAddress(host=host, port=int(written[3]))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        raise ValueError("must have an IP address or localhost as its host.") from None
