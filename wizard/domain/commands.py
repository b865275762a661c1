"""Commands of the AWS CLI, which pages offer to copy. Values are quoted for a POSIX shell."""

import shlex


def aws_command(name: str, *options: tuple[str, str]) -> str:
    """Return `aws <name>` with its options, one on each line; an empty value drops its option."""
    given = [f"    {option} {value}" for option, value in options if value]
    return " \\\n".join([f"aws {name}", *given])


def quoted(value: str | None) -> str:
    """Return a value as one word of the shell; empty for None."""
    return shlex.quote(value) if value else ""
