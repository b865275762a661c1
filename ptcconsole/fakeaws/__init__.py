"""The simulated AWS: a moto server extended with the pull through cache operations moto lacks.

Answers for speaking AWS's HTTP to any client that asks. Refuses to know the console: it shares no
code with `wizard`, and nothing that runs on live AWS imports it.
"""
