"""The domain: values and rules of pull through cache, without Django, AWS or a database."""


def gettext_noop(message: str) -> str:
    """Mark `message` for translation and return it unchanged; it is translated when displayed."""
    return message
