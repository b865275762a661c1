"""Machines that die, are cut off, and lose their servers: `make machines`.

Each is a network namespace of its own. Nothing is moved in time: leases expire, and servers are
away for half a minute. It needs root, and takes some five minutes for each engine.
"""
