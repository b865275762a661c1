"""Configuration of clients, so that they pull through the rules of an account and Region.

`catalogue` has the clients, a module each with its files and what to know about them. `routes` says
which names of images a rule covers. Nothing here contains a credential.
"""

from wizard.domain.clients.catalogue import CLIENTS, client_named, configure
from wizard.domain.clients.client import Client, ClientConfig, ConfigFile
from wizard.domain.clients.routes import Omission

__all__ = [
    "CLIENTS",
    "Client",
    "ClientConfig",
    "ConfigFile",
    "Omission",
    "client_named",
    "configure",
]
