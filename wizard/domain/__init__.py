"""Facts and rules of pull through cache, without Django, AWS or a database; anybody may ask it."""


def gettext_noop(message: str) -> str:
    """Mark `message` for translation and return it unchanged; whoever shows it translates it."""
    return message
