"""SSH hosts taken for what they say they are only if the user's known_hosts does.

fsspec's driver would believe any host that it meets for the first time, and send it masters and a password.
"""

from pathlib import Path
from typing import Any

KNOWN_HOSTS = "~/.ssh/known_hosts"


def known_hosts_only() -> Any:
    """A policy for paramiko that refuses a host whose key is not in known_hosts; raises ImportError without it."""
    import paramiko

    class KnownHostsOnly(paramiko.RejectPolicy):  # type: ignore[misc]  # it takes no other
        """Looks into known_hosts, which fsspec's driver never loads."""

        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:  # noqa: ARG002 - as its like
            """Raise SSHException unless the key is known."""
            file = Path(KNOWN_HOSTS).expanduser()
            if file.is_file() and paramiko.HostKeys(str(file)).check(hostname, key):
                return
            words = f"the host key of {hostname} is not in {KNOWN_HOSTS}; see that it is the right one, add it there"
            raise paramiko.AuthenticationException(words)

    return KnownHostsOnly()
