"""Count the round trips of a conversation, whatever its protocol."""

from dataclasses import dataclass


@dataclass(slots=True)
class Turns:
    """The connections of a client, and its round trips.

    A client that speaks, after the server has spoken or at the beginning, begins a round trip, and may send several messages
    in it. The goodbye is one, too. The TCP handshake is none.
    """

    connections: int = 0
    trips: int = 0


@dataclass(slots=True)
class Line:
    """One connection: who spoke last."""

    turns: Turns
    _client_spoke: bool = False

    def from_client(self) -> None:
        """Note that the client sent something."""
        self.turns.trips += not self._client_spoke
        self._client_spoke = True

    def from_server(self) -> None:
        """Note that the server sent something."""
        self._client_spoke = False
