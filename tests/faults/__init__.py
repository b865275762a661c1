"""Faults and attacks: the console's promises about them, and the tests that prove the promises.

`promises` lists them. A test names its promise with `@pytest.mark.promise("I1")`. A line of code
that keeps a promise is marked `# guard: I1`. `mutation` removes such lines one at a time and
expects a test to fail. `python -m tests.faults` reports which promises are kept.
"""
