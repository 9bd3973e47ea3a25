"""The Prefect server that the user's settings name: asked before a run begins, and again and again while it lasts.

Prefect itself would wait for a server that accepts connections and never answers for some eight minutes, in silence.
"""

import ssl
import time
from functools import partial
from threading import Event, Thread
from typing import cast

import httpx
from prefect.settings import Settings, get_current_settings

from albums.faults import Fault
from pipeline.system.progress import ServerLostError, Watcher

PATIENCE_S = 20.0  # with a server, unless PREFECT_API_REQUEST_TIMEOUT says otherwise
TELL_S = 2.0  # until a watcher is told what a run waits for
PAUSE_S = 5.0  # between questions whether it is still there
SOON_S = 1.0  # the same, after one that failed


class NamedServer:
    """A server that others run."""

    def __init__(self, watcher: Watcher) -> None:
        """Nothing is asked yet; `watcher` is told if it has to be waited for."""
        settings = get_current_settings()
        self.url = (settings.api.url or "").rstrip("/")
        chosen = "request_timeout" in settings.api.model_fields_set
        self.patience_s = settings.api.request_timeout if chosen else PATIENCE_S
        self._watcher, self._client = watcher, partial(_client, settings)
        self._over, self._why = Event(), ""

    def answer(self) -> None:
        """Wait for it to answer, and look after it from now on; raises Refusal if it does not answer."""
        asked = Thread(target=self._ask_once, daemon=True)
        asked.start()
        asked.join(TELL_S)
        if asked.is_alive():
            waiting = f"waiting for the server at {self.url}"
            self._watcher.begin(waiting, 0.0)
            asked.join(self.patience_s)
            self._watcher.end(waiting)
        if asked.is_alive() or self._why:
            raise self.refusal(self._why or self._silence())
        Thread(target=self._look_after, daemon=True).start()

    def lost(self) -> str:
        """Why it counts as lost, or nothing while it is there."""
        return self._why

    def refusal(self, why: BaseException | str) -> ServerLostError:
        """That it cannot be reached, told to the person who runs it."""
        words = (
            f"the server at {self.url}, as PREFECT_API_URL has it, cannot be reached ({why}); what was finished is "
            "kept: see to the server and run again, or unset PREFECT_API_URL, and the run has a server of its own"
        )
        return ServerLostError([Fault("Prefect", words)])

    def close(self) -> None:
        """Ask no more."""
        self._over.set()

    def _silence(self) -> str:
        return f"no answer for {self.patience_s:g} s"

    def _ask_once(self) -> None:
        self._why = self._ask(self.patience_s)

    def _ask(self, patience_s: float) -> str:
        """Why it does not answer; nothing if it does, whatever it says."""
        try:
            with self._client() as client:
                status = client.get(f"{self.url}/health", timeout=patience_s).status_code
        except httpx.TimeoutException:
            return self._silence()
        except Exception as error:  # what a proxy, a certificate or the address itself may have wrong is of many kinds
            return str(error) or type(error).__name__
        return f"it answers {status}" if status >= httpx.codes.INTERNAL_SERVER_ERROR else ""

    def _look_after(self) -> None:
        """Ask until the run is over, or the server has been silent for as long as it is waited for.

        One question alone decides nothing: this process may have been stopped meanwhile.
        """
        failed, since_s = 0, time.monotonic()
        while not self._over.wait(SOON_S if failed else PAUSE_S):
            asked_s = time.monotonic()
            why = self._ask(self.patience_s / 2)
            failed, since_s = (failed + 1, since_s if failed else asked_s) if why else (0, asked_s)
            if failed > 1 and time.monotonic() - since_s >= self.patience_s:
                self._why = why
                return


def _client(settings: Settings) -> httpx.Client:
    """As Prefect's own: through the proxies of the environment, with the user's headers and certificates."""
    api, verify = settings.api, cast(ssl.SSLContext | bool, False)
    # Without TLS there is nothing to verify, and roots take time to load.
    if (api.url or "").startswith("https:") and not api.tls_insecure_skip_verify:
        verify = ssl.create_default_context(cafile=api.ssl_cert_file) if api.ssl_cert_file else True
    return httpx.Client(verify=verify, headers=settings.client.custom_headers)
