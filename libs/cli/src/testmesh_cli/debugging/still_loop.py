"""An event loop whose time can stand still: a run that is looked at does not time out."""

import asyncio
import selectors


class _Selector(selectors.DefaultSelector):
    """While time stands still no timer comes due, so that only what happens outside can wake the loop."""

    stands = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if self.stands and timeout else timeout)


class StillLoop(asyncio.SelectorEventLoop):
    """Timeouts, pauses and deadlines wait while time stands still; connections are served all the same."""

    def __init__(self) -> None:
        self._patient = _Selector()
        self._stopped_at: float | None = None
        self._lost = 0.0
        super().__init__(self._patient)

    def time(self) -> float:
        return super().time() - self._lost if self._stopped_at is None else self._stopped_at

    def stand_still(self) -> None:
        if self._stopped_at is None:
            self._stopped_at = self.time()
            self._patient.stands = True

    def go_on(self) -> None:
        if self._stopped_at is not None:
            self._lost = super().time() - self._stopped_at
            self._stopped_at = None
            self._patient.stands = False
