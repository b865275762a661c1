"""The console's benchmarks: one module per subject. `make bench` runs them for BENCHMARKS.md.

They send HTTP requests to a running console and do not import its code. The exceptions are the
audit trail and the cache of AWS clients, for which no page measures only them.
"""
