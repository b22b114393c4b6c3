"""Who the client is where a proxy stands before the server: `X-Forwarded-For`, if believed."""

import ipaddress
from collections.abc import Iterable, Sequence

from gluv.errors import UsageWrong

Address = tuple[str, int]


class Proxies:
    """The proxies whose word counts; by default nobody's, since anybody can send the header."""

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """`trusted` are addresses and networks. Raises `UsageWrong`."""
        try:
            self._networks = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)
        except ValueError as error:
            raise UsageWrong(
                f"--trusted-proxy: {error}", hint="give an address or a network: 10.0.0.0/8"
            ) from None

    def client(
        self, peer: Address | None, headers: Sequence[tuple[bytes, bytes]]
    ) -> Address | None:
        """The client behind a peer: of the addresses that were passed on, the last not trusted."""
        if not self._networks or peer is None or not self._trusts(peer[0]):
            return peer
        values = [value for name, value in headers if name == b"x-forwarded-for"]
        found = peer
        for hop in reversed(b",".join(values).decode("latin-1").split(",")):
            text = hop.strip()
            try:
                number = str(ipaddress.ip_address(text))
            except ValueError:
                break
            found = (number, 0)
            if not self._trusts(number):
                break
        return found

    def _trusts(self, address: str) -> bool:
        number = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(number, "ipv4_mapped", None)
        return any((mapped or number) in network for network in self._networks)
