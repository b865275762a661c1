"""The databases of earlier releases, one SQL file each: `python -m tests.releases` writes one."""
