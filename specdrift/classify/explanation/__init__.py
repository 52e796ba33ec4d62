"""Whether everything in a refusal has an explanation other than the operation's data. Pure.

To recognise data is not enough: they may be written in any way, in Base32, in reverse, as initials, as one letter. So
the question is put the other way round. What a refusal has must be what this server writes in refusals of other
operations too, or at paths that do not exist; what the request, the status or the protocol says; or what differs each
time the same request is sent. Anything else may be data.
"""
