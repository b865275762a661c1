"""Metrics: counts of the calls to AWS, and figures of the console's database.

`figures` reads the database. `exposition` is the only module that imports prometheus-client.
"""
