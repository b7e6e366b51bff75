"""Requests that a loaded machine may answer late: httpx itself gives up after five seconds."""

from functools import partial

import httpx

from tests.patience import PATIENCE

get = partial(httpx.get, timeout=PATIENCE)
post = partial(httpx.post, timeout=PATIENCE)
request = partial(httpx.request, timeout=PATIENCE)
