"""Many services in one go: an inventory in, one result out. Each service is one ordinary scan.

What a worker is given are paths and names; keys, tokens and documents are read where the work is done.
"""
