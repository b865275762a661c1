"""What looks at the console and its packages from outside, with the tools of `.venv-scan`.

`audit` asks for known vulnerabilities (`make audit`), `bill` lists what the console is made of
(`make sbom`), and the tests here let a scanner loose on the console (`make scan`).
"""
