"""From settings to an egress: what the operator says, and what an execution's environment says over it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from testmesh_contracts.flows import EgressRules
from testmesh_engine.egress.entries import parse_entry
from testmesh_engine.egress.policed import PolicedEgress
from testmesh_engine.egress.policy import EgressPolicy
from testmesh_sdk import OPEN, Egress

EgressMode = Literal["open", "local", "strict"]


class Egresses:
    """The egresses of a process: for the same rules the same object, as long as the process lives.

    So executions of one environment share their connections, and the identity of an egress, which the keys of pools
    hold, is never that of another one that is gone.
    """

    def __init__(self, mode: EgressMode, allow: Iterable[str] = (), never: Iterable[str] = ()) -> None:
        is_local = mode == "local"
        self._mode = mode
        self._policy = EgressPolicy(
            loopback=is_local,
            private=is_local,
            allow=tuple(parse_entry(text) for text in allow),
            never=tuple(parse_entry(text) for text in never),
        )
        self._made: dict[EgressPolicy, PolicedEgress] = {}

    def under(self, rules: EgressRules | None) -> Egress:
        """Return the egress of an execution whose environment has these rules.

        Raises:
            EgressEntryError: an entry of them is none.
        """
        if self._mode == "open":
            return OPEN
        policy = self._policy if rules is None else _over(self._policy, rules)
        made = self._made.get(policy)
        if made is None:
            made = self._made[policy] = PolicedEgress(policy)
        return made


def _over(policy: EgressPolicy, rules: EgressRules) -> EgressPolicy:
    return replace(
        policy,
        loopback=policy.loopback if rules.loopback is None else rules.loopback,
        private=policy.private if rules.private is None else rules.private,
        public=policy.public if rules.public is None else rules.public,
        allow=(*policy.allow, *(parse_entry(text) for text in rules.allow)),
    )
