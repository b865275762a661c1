"""Marking texts of the domain for translation, without Django."""


def gettext_noop(message: str) -> str:
    """Mark `message` for translation and return it unchanged; it is translated when displayed."""
    return message
