# SPDX-License-Identifier: Apache-2.0
# network.bats — networks, and containers on them: bridges, addresses, names in files, connect and disconnect.
load dhow

setup() {
    N=$ID-n
}

teardown() {
    local name
    for name in $(timeout 60 dhow ps -aq 2>/dev/null); do timeout 60 dhow rm -f "$name" >/dev/null 2>&1 || true; done
    for name in $(timeout 60 dhow network ls -q --filter type=custom); do timeout 60 dhow network rm "$name" >/dev/null || true; done
}

# ip_of CONTAINER [NETWORK] — its IPv4 address.
ip_of() { dhow inspect -f "{{(index .NetworkSettings.Networks \"${2:-bridge}\").IPAddress}}" "$1"; }
subnet_of() { dhow network inspect -f '{{(index .IPAM.Config 0).Subnet}}' "$1"; }
gateway_of() { dhow network inspect -f '{{(index .IPAM.Config 0).Gateway}}' "$1"; }
device_of() { dhow network inspect -f '{{index .Options "com.docker.network.bridge.name"}}' "$1"; }
inside() { timeout 20 dhow exec "$@"; }
sleeper() { dhow run -d "$@" bb sleep 9999 >/dev/null; }
# reaches FROM ADDRESS — a TCP connection gets through, and its answer back.
reaches() { [ "$(inside "$1" sh -c "echo | nc -w 3 $2 7777")" = answer ]; }
answers() { inside -d "$1" nc -ll -p 7777 -e echo answer; }
# From the host.
host_pings() { "$T/busybox/bin/ping" -c 1 -W 5 "$1"; }

# --- the default network ---

@test "a container is on the default bridge, as docker's is" {
    sleeper --name one
    run inside one ip -4 addr show eth0
    assert_has "$output" "inet $(ip_of one)/16"
    assert_has "$(inside one ip route)" "default via $(gateway_of bridge) dev eth0"
    assert_has "$(inside one cat /etc/hosts)" "$(ip_of one)	$(inside one hostname)"
    assert_is "$(dhow network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}' bridge)" "one $(ip_of one)/16"
    assert_has "$(dhow ps --format '{{.Networks}}')" bridge
    assert host_pings "$(ip_of one)"
    assert inside one ping -c 1 -W 5 "$(gateway_of bridge)"
}

@test "containers on one network reach each other, what ended gives its address back" {
    sleeper --name one
    sleeper --name two
    answers two
    eventually reaches one "$(ip_of two)"
    local first
    first=$(ip_of one)
    dhow rm -f one
    sleeper --name three
    assert_is "$(ip_of three)" "$first"
}

@test "an ended container has no address, and starts again on its networks" {
    sleeper --name one
    dhow stop -t 0 one
    assert_is "$(ip_of one)" ""
    assert_is "$(dhow network inspect -f '{{len .Containers}}' bridge)" 0
    dhow start one
    assert_matches "$(ip_of one)" '^[0-9.]+$'
    assert_is "$(leftovers | grep -c netns)" 2 # its file and its mount
}

@test "one that ends by itself gives its address back, too" {
    dhow run -d --name brief bb true >/dev/null
    dhow wait brief >/dev/null
    eventually bash -c '[ -z "$(grep "$DHOW_RUN_ROOT" /proc/self/mounts)" ]'
    sleeper --name other
    assert_matches "$(ip_of other)" '\.2$'
}

@test "none has loopback only, host has the host's devices" {
    assert_is "$(dhow run --rm --network none bb ls /sys/class/net)" lo
    assert_has "$(dhow run --rm --network host bb ls /sys/class/net)" "$(device_of bridge)"
    assert_is "$(dhow run --rm --network host bb readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
}

@test "without the power to make a network a start fails, and says what works" {
    need setpriv
    run setpriv --bounding-set -net_admin --inh-caps -net_admin dhow run --rm bb true
    assert_status 125
    assert_has "$output" "network bridge cannot be made on this machine"
    assert_has "$output" "--network none and --network host work"
    assert_is "$(leftovers)" ""
}

@test "a bridge that was taken away is made again" {
    dhow run --rm bb true
    ip link delete "$(device_of bridge)"
    sleeper --name one
    assert host_pings "$(ip_of one)"
    dhow rm -f one
    ip addr flush dev "$(device_of bridge)"
    ip link set "$(device_of bridge)" down
    sleeper --name two
    assert host_pings "$(ip_of two)"
}

# --- create, ls, inspect, rm, prune ---

@test "network ls shows the predefined ones, in docker's table" {
    run dhow network ls
    assert_matches "${lines[0]}" '^NETWORK ID +NAME +DRIVER +SCOPE$'
    assert_is "$(dhow network ls --format '{{.Name}} {{.Driver}} {{.Scope}}' | sort | tr '\n' ,)" "bridge bridge local,host host local,none null local,"
    assert_is "$(dhow network ls -q --filter type=custom)" ""
    assert_is "$(dhow network ls --filter driver=null --format '{{.Name}}')" none
}

@test "network create prints the id, inspect shows what was asked for" {
    run dhow network create --subnet 10.123.0.0/24 --gateway 10.123.0.9 --ip-range 10.123.0.128/25 \
        --aux-address router=10.123.0.128 --label a=b -o com.docker.network.driver.mtu=1400 "$N"
    assert_status 0
    assert_matches "$output" '^[0-9a-f]{64}$'
    assert_is "$(dhow network inspect -f '{{json .IPAM.Config}}' "$N")" \
        '[{"Subnet":"10.123.0.0/24","IPRange":"10.123.0.128/25","Gateway":"10.123.0.9","AuxiliaryAddresses":{"router":"10.123.0.128"}}]'
    assert_is "$(dhow network inspect -f '{{.Labels.a}} {{.Driver}} {{.Scope}}' "$N")" "b bridge local"
    sleeper --name one --network "$N"
    assert_is "$(ip_of one "$N")" 10.123.0.129
    assert_has "$(inside one ip route)" "default via 10.123.0.9"
    assert_has "$(inside one ip link show eth0)" "mtu 1400"
    assert_is "$(dhow network ls --filter label=a=b --format '{{.Name}}')" "$N"
}

@test "what cannot be a network is refused, with docker's words" {
    run dhow network create --subnet 10.123.0.0/33 "$N"
    assert_has "$output" "invalid subnet 10.123.0.0/33: invalid CIDR block notation"
    run dhow network create --subnet 10.123.0.1/24 "$N"
    assert_has "$output" "10.123.0.0/24"
    run dhow network create --gateway 10.123.0.1 "$N"
    assert_has "$output" "every ip-range or gateway must have a corresponding subnet"
    run dhow network create --subnet 10.123.0.0/24 --gateway 10.124.0.1 "$N"
    assert_has "$output" "no matching subnet for gateway 10.124.0.1"
    run dhow network create -d nonsense "$N"
    assert_status 1
    assert_has "$output" "nonsense"
    run dhow network create -d host "$N"
    assert_has "$output" 'only one instance of "host" network is allowed'
    run dhow network create bridge
    assert_status 1
    run dhow network create 'a;b'
    assert_has "$output" "only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
    dhow network create --subnet 10.123.0.0/24 "$N" >/dev/null
    run dhow network create "$N"
    assert_has "$output" "network with name $N already exists"
    run dhow network create --subnet 10.123.0.128/25 "$N-2"
    assert_has "$output" "Pool overlaps with other one on this address space"
    run dhow network create --ipv4=false "$N-2"
    assert_has "$output" "IPv4 or IPv6 must be enabled"
    assert_is "$(dhow network ls -q --filter type=custom | wc -l)" 1
}

@test "a subnet that the host has a route to is not chosen" {
    dhow network create "$N" >/dev/null
    local taken
    taken=$(subnet_of "$N")
    dhow network rm "$N"
    ip link add "dhv$$" type veth peer name "dhw$$"
    ip link set "dhv$$" up
    ip route add "${taken%.0.0/*}.77.0/24" dev "dhv$$"
    dhow network create "$N" >/dev/null
    ip link delete "dhv$$"
    [ "$(subnet_of "$N")" != "$taken" ] || failed "$taken was chosen again"
}

@test "rm refuses what is in use and what is predefined, prune takes what nobody uses" {
    dhow network create "$N" >/dev/null
    dhow network create "$N-idle" >/dev/null
    sleeper --name one --network "$N"
    run dhow network rm "$N"
    assert_status 1
    assert_has "$output" "has active endpoints (name:\"one\""
    run dhow network rm bridge
    assert_has "$output" "bridge is a pre-defined network and cannot be removed"
    run dhow network rm "$N-none"
    assert_status 1
    assert_has "$output" "network $N-none not found"
    assert dhow network rm -f "$N-none"
    run dhow network prune -f
    assert_has "$output" "$N-idle"
    dhow stop -t 0 one
    assert_is "$(dhow network prune -f)" "" # a container that does not run has it, too
    dhow rm one
    local device
    device=dh-$(dhow network ls -q --filter "name=$N")
    assert ip link show "$device"
    assert_has "$(dhow network prune -f)" "$N"
    refute ip link show "$device"
}

@test "a configuration network gives others what they are" {
    dhow network create --config-only --subnet 10.124.0.0/24 -o com.docker.network.driver.mtu=1300 "$N-c" >/dev/null
    dhow network create --config-from "$N-c" "$N" >/dev/null
    assert_is "$(subnet_of "$N")" 10.124.0.0/24
    assert_is "$(dhow network inspect -f '{{.ConfigFrom.Network}} {{.ConfigOnly}}' "$N")" "$N-c false"
    run dhow run --rm --network "$N-c" bb true
    assert_has "$output" "configuration network $N-c is not allowed"
    run dhow network create --config-from "$N-c" --subnet 10.125.0.0/24 "$N-2"
    assert_has "$output" "user specified configurations are not supported"
}

@test "inspect counts the addresses of each subnet" {
    dhow network create --subnet 10.123.0.0/28 "$N" >/dev/null
    sleeper --name one --network "$N"
    # Its own, the broadcast, the gateway and the container's.
    assert_is "$(dhow network inspect -f '{{json .Status.IPAM.Subnets}}' "$N")" '{"10.123.0.0/28":{"IPsInUse":4,"DynamicIPsAvailable":12}}'
}

# --- addresses ---

@test "static addresses are given, and a conflict names who has it" {
    dhow network create --subnet 10.123.0.0/24 --ipv6 --subnet fd00:7b::/64 "$N" >/dev/null
    sleeper --name one --network "$N" --ip 10.123.0.50 --ip6 fd00:7b::50 --mac-address 92:d0:c6:0a:29:33
    assert_is "$(ip_of one "$N")" 10.123.0.50
    assert_has "$(inside one ip addr show eth0)" "inet6 fd00:7b::50/64"
    assert_has "$(inside one ip link show eth0)" "92:d0:c6:0a:29:33"
    run dhow run --rm --network "$N" --ip 10.123.0.50 bb true
    assert_status 125
    assert_has "$output" "Address already in use"
    assert_has "$output" "$(dhow inspect -f '{{.Id}}' one | cut -c1-12)"
    run dhow run --rm --network "$N" --ip 10.99.0.1 bb true
    assert_has "$output" "no configured subnet or ip-range contain the IP address 10.99.0.1"
    run dhow run --rm --network "$N" --ip 10.123.0.1 bb true
    assert_has "$output" "Address already in use"
    run dhow run --rm --ip 172.17.0.9 bb true
    assert_has "$output" "user specified IP address is supported on user defined networks only"
    run dhow run --rm --network "$N" --mac-address nonsense bb true
    assert_has "$output" "nonsense is not a valid mac address"
    dhow stop -t 0 one
    assert dhow run --rm --network "$N" --ip 10.123.0.50 bb true
}

@test "a full network says so, and an address that a killed container held is not lost" {
    dhow network create --subnet 10.123.0.0/30 "$N" >/dev/null
    sleeper --name one --network "$N"
    run dhow run --rm --network "$N" bb true
    assert_status 125
    assert_has "$output" "no available IPv4 addresses"
    kill -9 "$(pgrep -f "dhow-monitor --id $(dhow inspect -f '{{.Id}}' one)")"
    eventually dhow run --rm --network "$N" bb true # it may take the kernel a moment
}

@test "IPv6 works on a network that has it, and a network without has none" {
    dhow network create --ipv6 "$N" >/dev/null
    sleeper --name one --network "$N"
    sleeper --name two --network "$N"
    local six
    six=$(dhow inspect -f "{{(index .NetworkSettings.Networks \"$N\").GlobalIPv6Address}}" two)
    assert_matches "$six" '^fd'
    assert inside one ping6 -c 1 -W 5 "$six"
    assert_has "$(inside one ip -6 route)" "default via"
    assert_lacks "$(dhow run --rm bb ip -6 addr show eth0)" inet6
    assert_is "$(cat "/proc/sys/net/ipv6/conf/$(device_of bridge)/disable_ipv6")" 1
    assert_is "$(cat "/proc/sys/net/ipv6/conf/$(device_of bridge)/accept_ra")" 0
    sleeper --name both --network "$N" --network bridge
    assert_has "$(inside both ip -6 addr)" "scope global"
}

@test "a network of IPv6 alone" {
    dhow network create --ipv4=false --ipv6 "$N" >/dev/null
    sleeper --name one --network "$N"
    assert_is "$(ip_of one "$N")" ""
    assert_lacks "$(inside one ip addr show eth0)" "inet "
}

@test "an internal network has no way out" {
    dhow network create --internal "$N" >/dev/null
    sleeper --name one --network "$N"
    sleeper --name two --network "$N"
    assert_lacks "$(inside one ip route)" default
    assert inside one ping -c 1 -W 5 "$(ip_of two "$N")"
}

@test "enable_icc=false keeps the containers of a network apart" {
    dhow network create -o com.docker.network.bridge.enable_icc=false "$N" >/dev/null
    sleeper --name one --network "$N"
    sleeper --name two --network "$N"
    assert inside one ping -c 1 -W 5 "$(gateway_of "$N")"
    refute inside one ping -c 1 -W 2 "$(ip_of two "$N")"
}

# --- several networks ---

@test "several networks: devices in order, the default route by gw-priority, options of an endpoint" {
    dhow network create --subnet 10.123.0.0/24 "$N-a" >/dev/null
    dhow network create --subnet 10.124.0.0/24 "$N-b" >/dev/null
    sleeper --name one --network "$N-b" --network "name=$N-a,alias=x,ip=10.123.0.77"
    assert_has "$(inside one ip addr show eth0)" 10.123.0.77
    assert_has "$(inside one ip addr show eth1)" 10.124.0.
    assert_has "$(inside one ip route)" "default via 10.123.0.1"
    sleeper --name two --network "name=$N-b,gw-priority=1" --network "$N-a"
    assert_has "$(inside two ip route)" "default via 10.124.0.1"
    sleeper --name three --network "name=$N-a,driver-opt=com.docker.network.endpoint.ifname=left,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1"
    assert_has "$(inside three ip addr show left)" 10.123.0.
    assert_is "$(inside three cat /proc/sys/net/ipv4/conf/left/log_martians)" 1
    run dhow run --rm --network "$N-a" --network "$N-a" bb true
    assert_failed
    run dhow run --rm --network "$N-a" --network host bb true
    assert_has "$output" "conflicting options"
}

@test "connect and disconnect a running container" {
    dhow network create --subnet 10.123.0.0/24 "$N" >/dev/null
    sleeper --name one
    sleeper --name two --network "$N"
    dhow network connect --ip 10.123.0.44 --alias here "$N" one
    assert_has "$(inside one ip addr show eth1)" 10.123.0.44
    assert inside one ping -c 1 -W 5 "$(ip_of two "$N")"
    assert_has "$(inside one cat /etc/hosts)" "10.123.0.44	"
    assert_is "$(jq -r '[.names[] | select(.name == "here") | .addresses[]] | join(",")' "$DHOW_RUN_ROOT"/networks/*.json)" 10.123.0.44
    run dhow network connect "$N" one
    assert_has "$output" "endpoint with name one already exists in network $N"
    dhow network disconnect bridge one
    assert_has "$(inside one ip route)" "default via 10.123.0.1"
    assert_lacks "$(inside one ip addr)" eth0
    dhow network disconnect "$N" one
    assert_is "$(inside one ls /sys/class/net)" lo
    assert_lacks "$(inside one cat /etc/hosts)" "10.123.0.44"
    run dhow network disconnect "$N" one
    assert_has "$output" "is not connected to network $N"
    dhow network connect "$N" one
    assert inside one ping -c 1 -W 5 "$(ip_of two "$N")"
}

@test "connect and disconnect a container that does not run" {
    dhow network create "$N" >/dev/null
    dhow create --name one bb sleep 9999 >/dev/null
    dhow network connect "$N" one
    dhow network disconnect bridge one
    dhow start one
    assert_matches "$(ip_of one "$N")" '^[0-9.]+$'
    assert_is "$(dhow inspect -f '{{len .NetworkSettings.Networks}}' one)" 1
    run dhow network connect none one
    assert_failed
    sleeper --name two --network host
    run dhow network connect "$N" two
    assert_has "$output" "cannot be connected to any other network"
}

@test "container:NAME shares the network of another one" {
    sleeper --name one
    assert_is "$(dhow run --rm --network container:one bb readlink /proc/self/ns/net)" "$(inside one readlink /proc/self/ns/net)"
    assert_is "$(dhow run --rm --network container:one bb cat /etc/hosts)" "$(inside one cat /etc/hosts)"
    assert_matches "$(dhow create --network container:one --name two bb true && dhow inspect -f '{{.HostConfig.NetworkMode}}' two)" 'container:[0-9a-f]{64}$'
    run dhow run --rm --network container:one -h other bb true
    assert_has "$output" "conflicting options: hostname and the network mode"
    run dhow run --rm --network container:nobody bb true
    assert_has "$output" "No such container: nobody"
    dhow stop -t 0 one
    run dhow start two
    assert_has "$output" "cannot join network namespace of a non running container"
}

# --- names ---

@test "names, aliases and short id of each container are in the network's file, while it runs" {
    dhow network create "$N" >/dev/null
    sleeper --name one --network "$N" --network-alias web --network-alias www
    local file=$DHOW_RUN_ROOT/networks/$(dhow network inspect -f '{{.Id}}' "$N").json
    assert_is "$(jq -r '.names[].name' "$file" | sort | tr '\n' ' ')" \
        "$(printf '%s\n' one web www "$(dhow inspect -f '{{.Id}}' one | cut -c1-12)" | sort | tr '\n' ' ')"
    assert_is "$(jq -r '.names[0].addresses[0]' "$file")" "$(ip_of one "$N")"
    dhow stop -t 0 one
    refute test -e "$file"
    run dhow run --rm --network-alias web bb true
    assert_has "$output" "network-scoped aliases are only supported for user-defined networks"
}

@test "a container that was renamed is found by its new name, and no more by the old one" {
    dhow network create "$N" >/dev/null
    sleeper --name one --network "$N"
    sleeper --name two --network "$N"
    assert inside one ping -c 1 -W 5 two
    dhow rename two three
    assert inside one ping -c 1 -W 5 three
    refute inside one ping -c 1 -W 5 two
}

@test "link on a network of the user is a name for this container alone" {
    dhow network create "$N" >/dev/null
    sleeper --name db --network "$N"
    sleeper --name one --network "$N" --link db:store
    sleeper --name two --network "$N"
    assert inside one ping -c 1 -W 5 store
    refute inside two ping -c 1 -W 5 store
}

@test "networks are apart: by address and by name" {
    dhow network create "$N-a" >/dev/null
    dhow network create "$N-b" >/dev/null
    sleeper --name one --network "$N-a"
    sleeper --name two --network "$N-b"
    refute inside one ping -c 1 -W 2 "$(ip_of two "$N-b")"
    refute inside one ping -c 1 -W 2 two
    dhow network connect "$N-b" one
    assert inside one ping -c 1 -W 5 "$(ip_of two "$N-b")"
    assert inside one ping -c 1 -W 5 two
    dhow network disconnect "$N-b" one
    refute inside one ping -c 1 -W 2 two
}

@test "resolv.conf: ours on a network of the user, the host's without loopback elsewhere, or what was asked for" {
    dhow network create "$N" >/dev/null
    assert_has "$(dhow run --rm --network "$N" bb cat /etc/resolv.conf)" "nameserver 127.0.0.11"
    assert_has "$(dhow run --rm --network "$N" bb cat /etc/resolv.conf)" "options ndots:0"
    assert_lacks "$(dhow run --rm bb cat /etc/resolv.conf)" "nameserver 127."
    run dhow run --rm --dns 192.0.2.7 --dns-search example.org --dns-opt timeout:3 bb cat /etc/resolv.conf
    assert_is "$output" "nameserver 192.0.2.7
search example.org
options timeout:3"
    run dhow run --rm --dns nonsense bb true
    assert_status 125
    assert_has "$output" "nonsense"
}

@test "add-host, with host-gateway" {
    run dhow run --rm --add-host db:192.0.2.9 --add-host six=[2001:db8::1] --add-host gate:host-gateway bb cat /etc/hosts
    assert_has "$output" "192.0.2.9	db"
    assert_has "$output" "2001:db8::1	six"
    assert_has "$output" "$(gateway_of bridge)	gate"
    run dhow run --rm --add-host nonsense bb true
    assert_has "$output" "bad format for add-host"
    run dhow run --rm --add-host a:nonsense bb true
    assert_has "$output" "invalid IP address in add-host"
}

@test "link: the other's address by an alias, its ports and environment" {
    sleeper --name db -e SECRET=xyzzy --expose 5432 || sleeper --name db -e SECRET=xyzzy
    run dhow run --rm --name app --link db:store bb sh -c 'cat /etc/hosts; env'
    assert_has "$output" "$(ip_of db)	store"
    assert_has "$output" "STORE_NAME=/app/store"
    assert_has "$output" "STORE_ENV_SECRET=xyzzy"
    sleeper --name app --link db:store --link db:other
    assert_is "$(dhow rm --link app/store)" app/store
    assert_is "$(dhow inspect app --format '{{json .HostConfig.Links}}')" '["db:other"]'
    assert_lacks "$(inside app cat /etc/hosts)" store
    assert_has "$(inside app cat /etc/hosts)" other
    run dhow rm --link app/store
    assert_status 1
    assert_has "$output" "No such container: app/store"
    run dhow rm -l app
    assert_has "$output" "Conflict, cannot remove the default link name of the container"
    assert dhow rm -f app
    dhow stop -t 0 db
    run dhow run --rm --link db bb true
    assert_has "$output" "Cannot link to a non running container: /db"
}

# --- macvlan, ipvlan ---

@test "macvlan: containers on the network of a device of the host" {
    ip link add "dhv$$" type veth peer name "dhw$$"
    ip link set "dhv$$" up && ip link set "dhw$$" up
    dhow network create -d macvlan --subnet 10.125.0.0/24 -o "parent=dhv$$" "$N" >/dev/null
    sleeper --name one --network "$N"
    sleeper --name two --network "$N"
    local says
    says=$(inside one ping -c 1 -W 5 "$(ip_of two "$N")" 2>&1) || true
    run dhow run --rm --network "$N" bb ip route
    dhow rm -f one two
    ip link delete "dhv$$"
    assert_has "$says" "1 packets received"
    assert_has "$output" "default via 10.125.0.1"
    run dhow run --rm --network "$N" bb true
    assert_status 125
    assert_has "$output" "the parent device dhv$$ is not there"
}

@test "ipvlan works, or says that this kernel has none" {
    ip link add "dhv$$" type veth peer name "dhw$$"
    ip link set "dhv$$" up && ip link set "dhw$$" up
    dhow network create -d ipvlan --subnet 10.125.0.0/24 -o "parent=dhv$$" -o ipvlan_mode=l2 "$N" >/dev/null
    local can=0
    ip link add "dhi$$" link "dhv$$" type ipvlan 2>/dev/null && can=1 && ip link delete "dhi$$"
    run dhow run --rm --network "$N" bb ip -4 addr show eth0
    ip link delete "dhv$$"
    if [ $can = 1 ]; then
        assert_has "$output" 10.125.0.2
    else
        assert_status 125
        assert_has "$output" "this kernel has no ipvlan devices"
    fi
    run dhow network create -d ipvlan -o ipvlan_mode=l4 "$N-2"
    assert_has "$output" "it is one of l2, l3, l3s"
}

# --- killed commands ---

@test "network create and rm, killed at any system call: the network is there whole or not at all" {
    network_check() {
        local text
        text=$(dhow network ls -q --filter "name=$N-k") || return 1
        if [ -n "$text" ]; then
            dhow run --rm --network "$N-k" bb true && dhow network rm "$N-k" >/dev/null || return 1
        fi
        [ -z "$(dhow network ls -q --filter type=custom)" ] && echo fine
    }
    export -f network_check
    export N
    run sweep --kill-tree --sample 25 "$RANDOM" --check network_check -- dhow network create "$N-k"
    assert_status 0
    network_prepare() { dhow network create "$N-k" >/dev/null; }
    export -f network_prepare
    run sweep --kill-tree --sample 25 "$RANDOM" --prepare network_prepare --check network_check -- dhow network rm "$N-k"
    assert_status 0
}

@test "connect killed at any system call: rm -f leaves nothing" {
    dhow network create "$N" >/dev/null
    connect_prepare() { dhow run -d --name swept bb sleep 9999 >/dev/null; }
    connect_check() {
        timeout 30 dhow ps -a >/dev/null && timeout 30 dhow rm -f swept >/dev/null || return 1
        [ "$(dhow network inspect -f '{{len .Containers}}' "$N" bridge | tr '\n' ' ')" = "0 0 " ] || return 1
        ! grep "$DHOW_RUN_ROOT" /proc/self/mounts && echo clean
    }
    export -f connect_prepare connect_check
    export N
    run sweep --kill-tree --sample 25 "$RANDOM" --prepare connect_prepare --check connect_check -- dhow network connect "$N" swept
    assert_status 0
}

@test "twenty containers at once get twenty addresses" {
    local i
    for i in $(seq 20); do dhow run -d --name "many$i" bb sleep 9999 >/dev/null & done
    wait
    assert_is "$(dhow network inspect -f '{{range .Containers}}{{.IPv4Address}}{{"\n"}}{{end}}' bridge | sort -u | grep -c /16)" 20
}
