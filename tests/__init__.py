"""The tests: real parts, sentence names, no mocks of our own code."""
