"""HTTP on this machine: no proxy is asked, and no certificates are read, which takes 20 ms a call."""

from __future__ import annotations

from functools import partial

import httpx

_PLAIN = {"trust_env": False, "verify": False, "timeout": 60}

request = partial(httpx.request, **_PLAIN)
get, post, put, delete = (partial(request, method) for method in ("GET", "POST", "PUT", "DELETE"))
Client = partial(httpx.Client, **_PLAIN)
