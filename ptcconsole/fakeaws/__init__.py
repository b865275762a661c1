"""The simulated AWS: a moto server with the pull through cache operations that moto lacks.

It speaks AWS's HTTP protocols to any client. It shares no code with `wizard`, and nothing that runs
on live AWS imports it.
"""
