"""Filling the network from files: people, follows and tweets, through the stores and the queue like any client's write.

A row is known by its file and line, so that an import which was interrupted goes on when it is begun again.
"""
