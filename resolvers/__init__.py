"""What each field does, over records of domain/: reads go to the loaders, writes to the services.

A resolver that only loads returns the loader's awaitable as it is: a coroutine around it would add nothing but time.
"""
