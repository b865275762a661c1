"""Rules in AWS CLI commands: `aws ecr create-pull-through-cache-rule` with literal options."""

from typing import Final

from wizard.domain.imports.found import MEMBERS, FoundRule, ImportProblem, Value, found_rule
from wizard.domain.imports.shell import Command, commands_of
from wizard.domain.texts import gettext_noop as _

COMMAND: Final = "create-pull-through-cache-rule"
_OPTIONS: Final = {
    **{f"--{name.replace('_', '-')}": name for name in MEMBERS},
    "--registry-id": "account_id",
    "--region": "region",
}
# Options of every command, with a value and without one, that say nothing about the rule.
_WITH_VALUE: Final = frozenset(
    {
        *("--profile", "--output", "--query", "--endpoint-url", "--color", "--ca-bundle"),
        *("--cli-read-timeout", "--cli-connect-timeout", "--cli-binary-format"),
    }
)
_ALONE: Final = frozenset(
    {"--no-cli-pager", "--no-cli-auto-prompt", "--debug", "--no-verify-ssl", "--no-paginate"}
)
# What is left of `2>/dev/null`, whose redirection ends the command.
_DESCRIPTORS: Final = ("1", "2")


def read(text: str) -> list[FoundRule]:
    """Return the rules; raises ImportProblem."""
    return [_rule(command) for command in commands_of(text) if _is_ours(command)]


def _is_ours(command: Command) -> bool:
    return any(word.text == COMMAND for word in command)


def _rule(command: Command) -> FoundRule:
    """Return the rule of a command. Words before its name are not looked at.

    A word behind it that belongs to no option is refused: it may be an option that a text editor
    has changed, such as one with a dash in place of its hyphens.
    """
    members: dict[str, Value] = {}
    words, is_named = iter(command), False
    for word in words:
        option, equals, behind = (word.text or "").partition("=")
        if not option.startswith("--"):
            if is_named and not (word is command[-1] and word.text in _DESCRIPTORS):
                raise ImportProblem(_("This word belongs to no option of the command."), word.spot)
            is_named = is_named or word.text == COMMAND
            continue
        if option in _ALONE:
            continue
        if option not in _OPTIONS and option not in _WITH_VALUE:
            text = _("Import doesn't know the option %(name)s of this command.")
            raise ImportProblem(text, word.spot, name=option.lstrip("-"))
        value = Value(behind, word.spot) if equals else next(words, None)
        if value is None or (value.text or "").startswith("--"):
            text = _("The option %(name)s has no value.")
            raise ImportProblem(text, word.spot, name=option.lstrip("-"))
        if option in _OPTIONS:
            members[_OPTIONS[option]] = value
    return found_rule(command[0].spot, members)
