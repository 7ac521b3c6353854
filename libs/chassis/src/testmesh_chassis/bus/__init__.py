"""The five ways to hear, and how to say: Redis Streams between services.

`Bus` for groups, questions and broadcasts, `Fold` for a stream that becomes rows, `Feed` for streams told onwards.
"""

from testmesh_chassis.bus.bus import Bus, Declared, NotInMapError
from testmesh_chassis.bus.feed import Feed
from testmesh_chassis.bus.fold import Fold, Folded
from testmesh_chassis.bus.received import Received

__all__ = ["Bus", "Declared", "Feed", "Fold", "Folded", "NotInMapError", "Received"]
