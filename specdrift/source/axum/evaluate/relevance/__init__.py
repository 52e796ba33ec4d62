"""Which functions are evaluated: those that build routers, and those that may call one."""
