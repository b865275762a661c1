"""Checks of the console and its packages with external tools, which are installed in `.venv-scan`.

`audit` looks up known vulnerabilities (`make audit`), `bill` lists the console's packages (`make
sbom`), and the tests here run a vulnerability scanner against the console (`make scan`).
"""
