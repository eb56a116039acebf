"""The bus: who watches can break nothing."""

from __future__ import annotations

from cockpit.bus import Bus
from cockpit.facts import Progressed


def test_ears_hear_only_their_type_in_the_order_they_began() -> None:
    heard: list[object] = []
    bus = Bus(lambda ear, fault: None)
    bus.hear(Progressed, lambda fact: heard.append(("first", fact)))
    bus.hear(Progressed, lambda fact: heard.append(("second", fact)))
    bus.hear(str, lambda fact: heard.append(("text", fact)))
    fact = Progressed("scan", "factors", 1, 2)
    bus.tell(fact)
    assert heard == [("first", fact), ("second", fact)]


def test_an_ear_that_raises_is_reported_and_the_next_one_still_hears() -> None:
    complaints: list[Exception] = []
    heard: list[str] = []
    bus = Bus(lambda ear, fault: complaints.append(fault))

    def broken(text: str) -> None:
        raise RuntimeError(text)

    bus.hear(str, broken)
    bus.hear(str, heard.append)
    bus.tell("hello")
    assert heard == ["hello"]
    assert str(complaints[0]) == "hello"


def test_an_ear_that_stopped_hears_nothing_and_is_gone() -> None:
    heard: list[str] = []
    bus = Bus(lambda ear, fault: None)
    unhear = bus.hear(str, heard.append)
    unhear()
    bus.tell("hello")
    assert not heard
    assert bus.n_ears == 0


def test_an_ear_may_stop_itself_while_hearing() -> None:
    heard: list[str] = []
    bus = Bus(lambda ear, fault: None)

    def once(text: str) -> None:
        heard.append(text)
        unhear()

    unhear = bus.hear(str, once)
    bus.hear(str, heard.append)
    bus.tell("a")
    bus.tell("b")
    assert heard == ["a", "a", "b"]
