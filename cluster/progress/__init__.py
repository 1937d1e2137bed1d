"""Events of jobs, from whoever writes them to whoever watches: replayed from the store, then followed live."""

from cluster.progress.bus import ProgressBus, open_bus
from cluster.progress.following import follow

__all__ = ["ProgressBus", "follow", "open_bus"]
