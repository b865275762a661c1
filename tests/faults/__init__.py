"""Faults and attacks: what the console promises to do about each, and the proof of it.

`promises` lists them. A test names the promise that it pins (`@pytest.mark.promise("I1")`), the
code names the promise that a line of it keeps (`# guard: I1`), and `mutation` takes such lines out
one by one to see the tests turn red. `python -m tests.faults` says which promises are kept.
"""
