"""TLS by tlslite-ng (the extra ``tls-messages``), which omits messages of client authentication."""
