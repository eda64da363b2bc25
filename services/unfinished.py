"""How a long job goes on in a new try."""


class Unfinished(Exception):
    """Raised by a job that has saved its progress and wants to go on in a new try, at once."""
