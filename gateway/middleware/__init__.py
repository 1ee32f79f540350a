"""The stages of a request, one file each, named after what they do.

`READ_REQUEST` is the order in which a request is read before anything is decided. What the app gets
and what the client gets are built by `request_to_app`, `governed_response` and `plan_body`.
"""

from typing import Final

from gateway.middleware.check_target import check_target
from gateway.middleware.split_cookies import split_cookies
from gateway.middleware.strip_headers import strip_headers

READ_REQUEST: Final = (check_target, strip_headers, split_cookies)
