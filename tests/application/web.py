"""Requests that a loaded machine may answer late: httpx itself gives up after five seconds.

No request is encrypted. Otherwise httpx reads every known authority's certificate for each client, and so for each request of
`get`: that takes 40 ms of processor time, many times as long as the request.
"""

import ssl
from functools import partial

import httpx

from tests.patience import PATIENCE

# The client trusts no authority, so it refuses https.
UNENCRYPTED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
get = partial(httpx.get, timeout=PATIENCE, verify=UNENCRYPTED)
post = partial(httpx.post, timeout=PATIENCE, verify=UNENCRYPTED)
request = partial(httpx.request, timeout=PATIENCE, verify=UNENCRYPTED)
Client = partial(httpx.Client, timeout=PATIENCE, verify=UNENCRYPTED)
AsyncClient = partial(httpx.AsyncClient, timeout=PATIENCE, verify=UNENCRYPTED)
