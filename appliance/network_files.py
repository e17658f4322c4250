"""What systemd-networkd is told: one file per card in use. Other cards stay down."""

from __future__ import annotations

from appliance.cards import Card, Choice
from appliance.settings import Network

_METRIC = 100  # of the internet's route
_QUIET = "LinkLocalAddressing=no\nIPv6AcceptRA=no\nLLMNR=no\nMulticastDNS=no\n"


def network_files(network: Network, choice: Choice, host_name: str) -> dict[str, str]:
    """File name → content. With one card the LAN's address stands on it beside the internet's."""
    lan, internet = choice.lan, choice.internet
    if lan is None:
        return {}
    if internet is None:
        return {"10-guyub-lan.network": _lan_only(lan, network)}
    if lan == internet:
        return {"10-guyub-lan.network": _internet(lan, network, host_name, f"Address={network.lan_address}\n")}
    files = {
        "10-guyub-lan.network": _lan_only(lan, network),
        "10-guyub-internet.network": _internet(internet, network, host_name),
    }
    for place, card in enumerate(choice.asking, start=1):
        more = f"Address={network.lan_address}\nConfigureWithoutCarrier=yes\n" if card == lan else ""
        name = "lan" if card == lan else f"asking-{place}"
        files[f"10-guyub-{name}.network"] = _internet(card, network, host_name, more, metric=_METRIC + place)
    return files


def _match(card: Card) -> str:
    return f"[Match]\nMACAddress={card.mac}\nType=ether\n\n[Link]\nRequiredForOnline=no\n\n"


def _lan_only(card: Card, network: Network) -> str:
    """The address stands whether a cable is in or not: services must not wait for a switch that starts later."""
    return f"{_match(card)}[Network]\nAddress={network.lan_address}\nDHCP=no\nConfigureWithoutCarrier=yes\n{_QUIET}"


def _internet(card: Card, network: Network, host_name: str, more: str = "", metric: int = _METRIC) -> str:
    dns = "".join(f"DNS={address}\n" for address in network.dns)
    if network.internet == "static":
        own = f"Address={network.internet_address}\nGateway={network.gateway}\nDHCP=no\n"
        return f"{_match(card)}[Network]\n{more}{own}{dns}{_QUIET}"
    return (
        f"{_match(card)}[Network]\n{more}DHCP=ipv4\n{dns}{_QUIET}\n"
        f"[DHCPv4]\nClientIdentifier=mac\nHostname={host_name}\nUseHostname=no\nUseDomains=no\nRouteMetric={metric}\n"
        + ("UseDNS=no\n" if network.dns else "")
    )
