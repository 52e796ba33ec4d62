"""What observations mean. Pure: no sockets, no clock, no files; the same facts give the same reading."""
