"""What can go wrong with private servers and supervised processes."""


class EmbeddedError(Exception):
    """A private server or process can't do what was asked; the message is for the person at the terminal."""


class PortBusy(EmbeddedError):
    """Another program listens on the wanted port."""


class DirectoryBusy(EmbeddedError):
    """Another living process owns the data directory."""


class StartFailed(EmbeddedError):
    """A server did not become ready; the message ends with the last lines of its log."""
