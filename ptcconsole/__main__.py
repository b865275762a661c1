"""`python -m ptcconsole`: the same as the command `ptcconsole`."""

import sys

from ptcconsole.commands import main

if __name__ == "__main__":
    sys.exit(main())
