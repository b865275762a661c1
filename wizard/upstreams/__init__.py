"""Requests to upstream registries. Others import from this package only.

It is the only room that reaches other hosts than AWS's. The hosts are those of the catalogue.
"""

from wizard.upstreams.trials import try_credential

__all__ = ["try_credential"]
