"""`python -m deploy.health`: is the service in this container ready? Exit code 0 says yes.

Standard library only: it runs every few seconds in every container, so it must start at once. An
`api` answers on port 8000, a `worker` on 8001; either will do, and so the check is one for all.
"""

import http.client
import sys

from deploy.processes import LOOPBACK

PORTS = (8000, 8001)
TIMEOUT_S = 3.0


def ready(port: int, *, host: str = LOOPBACK) -> bool:
    """Tell whether the service on this port says that it is ready."""
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if any(ready(port) for port in PORTS) else 1)
