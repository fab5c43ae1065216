# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lab.bash — hosts of their own to try networks on: `host`, where dhow runs, and `lan`, its neighbour.
#
#     lan  192.0.2.2, 2001:db8::2  ---  192.0.2.1, 2001:db8::1  host  ---  bridges and containers
#
# Each is a network namespace that a sleeping process holds; the host has mounts of its own, too, so all that a test
# leaves goes with it. `on_host COMMAND…`, `on_lan COMMAND…`; dhow itself is a function that runs on the host.
load dhow

lab_up() {
    unshare -n -m --propagation private sleep 9999 3>&- 4>&- &
    HOST_PID=$!
    unshare -n sleep 9999 3>&- 4>&- &
    LAN_PID=$!
    export HOST_PID LAN_PID
    eventually lab_is_apart
    on_host ip link set lo up
    on_host ip link add up0 type veth peer name lan0 netns "$LAN_PID"
    on_host ip addr add 192.0.2.1/24 dev up0
    on_host ip -6 addr add 2001:db8::1/64 dev up0 nodad
    on_host ip link set up0 up
    on_lan ip link set lo up
    on_lan ip addr add 192.0.2.2/24 dev lan0
    on_lan ip -6 addr add 2001:db8::2/64 dev lan0 nodad
    on_lan ip link set lan0 up
    on_lan ip route add 172.16.0.0/12 via 192.0.2.1
}
lab_is_apart() {
    local pid
    for pid in "$HOST_PID" "$LAN_PID"; do
        [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] || return 1
    done
}
lab_down() {
    local id
    for id in $(dhow ps -aq 2>/dev/null); do dhow rm -f "$id" >/dev/null 2>&1 || true; done
    for id in $(dhow network ls -q --filter type=custom); do dhow network rm "$id" >/dev/null || true; done
    kill "$HOST_PID" "$LAN_PID"
    wait "$HOST_PID" "$LAN_PID" 2>/dev/null || true
}

on_host() { nsenter -t "$HOST_PID" -n -m -- "$@"; }
on_lan() { nsenter -t "$LAN_PID" -n -- "$@"; }
dhow() { if [ -n "${HOST_PID:-}" ]; then on_host "$DHOW_BUILD/dhow" "$@"; else command dhow "$@"; fi; }

# web NAME OPTIONS… — a container that says its name on port 80.
web() {
    local name=$1
    shift
    dhow run -d --name "$name" "$@" bb nc -ll -p 80 -e sh -c "echo $name; cat" >/dev/null
}
# inside CONTAINER COMMAND…
inside() { on_host timeout 20 "$DHOW_BUILD/dhow" exec "$@"; }
# says WHERE ADDRESS PORT — what answers there, from on_host or on_lan; "" when nobody does.
says() { "$1" timeout 5 "$T/busybox/bin/nc" -w 2 "$2" "$3" </dev/null 2>/dev/null | head -1; }
says6() { "$1" timeout 5 socat -T 2 - "TCP6:[$2]:$3" </dev/null 2>/dev/null | head -1; }
ip_of() { dhow inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").IPAddress}}" "$1"; }
ip6_of() { dhow inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").GlobalIPv6Address}}" "$1"; }
