"""What the lab's plan makes of the box: addresses and names for the planned PCs (dnsmasq), time, what is open to them.

Nobody outside the plan gets an address, unless the plan says so: of several servers on one LAN each answers its own
PCs only, and a stranger stays visible as one. Names of the internet do not exist here, and no gateway is told: the box
leads nowhere.
"""

from __future__ import annotations

import ipaddress

from app.serving.connectivity import HOSTS, WINDOWS_NAME
from appliance.certificates import HOST
from appliance.lab.plan import Plan, dynamic_range

DOMAIN = "lan"
LEASES = "/run/guyub-lan/leases"


def fits(plan: Plan, lan_address: str) -> bool:
    """Whether the plan was made for this server's address; one that was not is not served."""
    return plan.server_address == lan_address


def dnsmasq_text(plan: Plan) -> str:
    """dnsmasq's whole configuration. `address=/#/` is its way to say that no other name exists."""
    server = ipaddress.IPv4Interface(plan.server_address)
    network = server.network
    lines = [
        "# Rendered from the plan of the lab; changes here are lost.",
        "no-resolv\nno-poll\nno-hosts\nbind-dynamic\nno-ping\nno-ident\ndhcp-broadcast\ndhcp-authoritative",
        f"listen-address={server.ip}",
        f"domain={DOMAIN}",
        f"local=/{DOMAIN}/\naddress=/#/",
        f"host-record={HOST},{server.ip}\nhost-record=pusat.{HOST},{server.ip}",
        *(f"address=/{name}/{server.ip}\nlocal=/{name}/" for name in HOSTS),
        "address=/{}/{}\nlocal=/{}/".format(*WINDOWS_NAME, WINDOWS_NAME[0]),
        f"dhcp-range={network.network_address},static,{network.netmask},12h",
        *_for_guests(plan, str(network.netmask)),
        f"dhcp-leasefile={LEASES}",
        f"dhcp-option=option:dns-server,{server.ip}\ndhcp-option=option:ntp-server,{server.ip}",
        "dhcp-option=option:router",
        *(
            f"dhcp-host={computer.mac},{computer.address},{computer.name}\n"
            f"host-record={computer.name}.{DOMAIN},{computer.address}"
            for computer in plan.computers
        ),
    ]
    return "\n".join([*lines, ""])


def _for_guests(plan: Plan, netmask: str) -> list[str]:
    if not plan.guests:
        return ["dhcp-ignore=tag:!known"]
    first, last = dynamic_range(plan.server_address)
    return [f"dhcp-range={first},{last},{netmask},2h"]


def chrony_lines(plan: Plan) -> list[str]:
    """Whom chrony answers. That it answers also while it hears nobody itself stands in its fixed file."""
    return [f"allow {ipaddress.IPv4Interface(plan.server_address).network}"]


def firewall_rules(plan: Plan) -> list[str]:
    """Rules for the input chain: names and time for the LAN, addresses for who has none yet."""
    network = ipaddress.IPv4Interface(plan.server_address).network
    return [
        "udp sport 68 udp dport 67 accept",
        f"ip saddr {network} udp dport {{ 53, 123 }} accept",
        f"ip saddr {network} tcp dport 53 accept",
    ]
