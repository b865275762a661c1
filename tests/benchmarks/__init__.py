"""The console's benchmarks: a module per subject, run by `make bench`, shown in BENCHMARKS.md.

They talk to a real console over HTTP and import none of its code, but for the audit trail and the
cache of AWS clients, which have no page of their own to be measured by.
"""
