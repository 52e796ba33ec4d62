"""The Model Context Protocol: an assistant lints, plans, checks and reads results within what the owner configured.

Arguments of a tool come from a model, and a model repeats what documents and servers say. So an argument may narrow
what the owner's configuration says and never widen it: no argument names a server, a credential, a command or a file
outside of the folder of the configuration.
"""
