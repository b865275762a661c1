"""Bulk validations: many rules validated in the background, each exactly once.

The views, the schedules and the background tasks ask. The database rows are the truth: the items of
a bulk validation wait, are claimed one by one, and end with a result or an error. `items` and
`leases` are the ground floor; `starting`, `reading` and `running` stand on them, `grouping` alone.
"""
