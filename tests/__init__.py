"""The tests. They use real parts, have sentences for names, and mock none of the console's code."""
