# SPDX-License-Identifier: Apache-2.0
# ports.bats — published ports and the firewall, seen from the host, from its neighbour and from containers.
load lab

setup() { lab_up; }
teardown() { lab_down; }

table() { on_host nft list ruleset; }
is_web() { [ "$("$@")" = web ]; }
nobody() { [ -z "$("$@")" ]; }
# From a container: what answers at an address and port.
says_in() { inside "$1" sh -c "nc -w 2 $2 $3 </dev/null" 2>/dev/null | head -1; }
sleeper() { dhow run -d "$@" bb sleep 9999 >/dev/null; }

@test "a published port is reached from everywhere, at all addresses, and shows its client" {
    web web -p 8080:80
    assert is_web says on_host 127.0.0.1 8080
    assert is_web says on_host 192.0.2.1 8080
    assert is_web says on_lan 192.0.2.1 8080
    assert is_web says6 on_host ::1 8080
    assert is_web says6 on_lan 2001:db8::1 8080
    # What the container sees as its client.
    dhow run -d --name seen -p 8081:81 bb sleep 9999 >/dev/null
    nsenter -t "$(state seen Pid)" -n -- socat TCP4-LISTEN:81,fork,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' 3>&- 4>&- &
    local server=$!
    sees_lan() { [ "$(says on_lan 192.0.2.1 8081)" = 192.0.2.2 ]; }
    eventually sees_lan
    kill "$server"
    assert_is "$(dhow port web)" "80/tcp -> 0.0.0.0:8080
80/tcp -> [::]:8080"
    assert_is "$(dhow port web 80)" "0.0.0.0:8080
[::]:8080"
    run dhow port web 81/udp
    [ "$status" -eq 1 ]
    assert_has "$output" "No public port '81/udp' published for web"
    assert_has "$(dhow ps --format '{{.Ports}}')" "0.0.0.0:8080->80/tcp"
    assert_is "$(dhow inspect -f '{{json .NetworkSettings.Ports}}' web)" \
        '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"},{"HostIp":"::","HostPort":"8080"}]}'
}

@test "a port of 127.0.0.1 is the host's own, route_localnet or not (CVE-2020-8558)" {
    web web -p 127.0.0.1:8080:80
    assert is_web says on_host 127.0.0.1 8080
    assert nobody says on_lan 192.0.2.1 8080
    # A neighbour that sends packets for 127.0.0.1 to us.
    on_lan sysctl -qw net.ipv4.conf.lan0.route_localnet=1
    on_host sysctl -qw net.ipv4.conf.up0.route_localnet=1
    on_lan ip addr del 127.0.0.1/8 dev lo
    on_lan ip route add 127.0.0.1/32 via 192.0.2.1 dev lan0 src 192.0.2.2
    assert nobody says on_lan 127.0.0.1 8080
    # And a container, whose bridge has it on.
    sleeper --name two
    assert nobody says_in two 127.0.0.1 8080
    assert nobody says_in two "$(dhow network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)" 8080
}

@test "one address of the host, one protocol, IPv6" {
    on_host ip addr add 192.0.2.10/24 dev up0
    web web -p 192.0.2.10:8080:80 -p '[2001:db8::1]:8081:80'
    assert is_web says on_lan 192.0.2.10 8080
    assert nobody says on_lan 192.0.2.1 8080
    assert is_web says6 on_lan 2001:db8::1 8081
    assert nobody says on_lan 192.0.2.10 8081
    assert_is "$(dhow port web)" "80/tcp -> 192.0.2.10:8080
80/tcp -> [2001:db8::1]:8081"
}

@test "IPv6 on both sides is translated, and shows its client, [::1] is relayed" {
    dhow network create --ipv6 --subnet fd00:d1::/64 net6 >/dev/null
    dhow run -d --name web --network net6 -p 8080:80 bb nc -ll -p 80 -e echo web >/dev/null
    assert is_web says6 on_lan 2001:db8::1 8080
    assert is_web says6 on_host ::1 8080
    assert is_web says on_lan 192.0.2.1 8080
    assert_has "$(table)" "tcp . 8080 comment \"web\" : $(ip6_of web net6) . 80"
    # Straight to the container: not published there.
    on_lan ip -6 route add fd00:d1::/64 via 2001:db8::1
    assert nobody says6 on_lan "$(ip6_of web net6)" 80
}

@test "UDP is published, and relayed on [::1]" {
    dhow run -d --name echo -p 5353:53/udp bb sleep 9999 >/dev/null
    nsenter -t "$(state echo Pid)" -n -- socat UDP4-RECVFROM:53,fork SYSTEM:cat 3>&- 4>&- &
    local server=$!
    says_udp() { [ "$(printf hello | "$1" timeout 5 socat -t 1 - "$2")" = hello ]; }
    eventually says_udp on_lan UDP4:192.0.2.1:5353
    eventually says_udp on_host UDP4:127.0.0.1:5353
    eventually says_udp on_host 'UDP6:[::1]:5353'
    kill "$server"
}

@test "SCTP is published" {
    on_host socat -u OPEN:/dev/null SCTP4:127.0.0.1:9 2>&1 | grep -q "not supported" && skip "this kernel has no SCTP"
    dhow run -d --name web -p 3868:3868/sctp bb sleep 9999 >/dev/null
    assert_has "$(dhow port web)" "3868/sctp -> 0.0.0.0:3868"
    assert_has "$(table)" "sctp . 3868 comment \"web\""
}

@test "ranges are elements, and ports that are free are chosen from the host's" {
    web web -p 9000-9019:1-20 -p 9100-9109:80
    assert_is "$(table | grep -c 'tcp . 90[01][0-9] comment "web"')" 20
    assert_is "$(dhow port web 20)" "0.0.0.0:9019
[::]:9019"
    assert is_web says on_lan 192.0.2.1 9100
    web two -p 9100-9109:80
    assert_has "$(dhow port two)" "0.0.0.0:9101"
    dhow rm -f two >/dev/null
    dhow run -d --name three --expose 7000-7001/udp --expose 80 -P bb sleep 99 >/dev/null
    local first last port
    read -r first last < <(on_host cat /proc/sys/net/ipv4/ip_local_port_range)
    for key in 80/tcp 7000/udp 7001/udp; do
        port=$(dhow port three $key | head -1 | cut -d: -f2)
        assert test "$port" -ge "$first" -a "$port" -le "$last"
    done
}

@test "what is not published is not reached from outside, with a route or without" {
    web web -p 8080:81
    local ip
    ip=$(ip_of web)
    assert is_web says on_host "$ip" 80
    assert nobody says on_lan "$ip" 80
    assert nobody says on_lan 192.0.2.1 80
    sleeper --name two
    assert is_web says_in two "$ip" 80
}

@test "packets for other hosts' ports pass untouched (CVE-2025-67499)" {
    web web -p 8080:80
    on_host ip addr add 198.51.100.1/24 dev lo
    on_host ip route add 198.51.100.9/32 via 192.0.2.2
    on_lan ip addr add 198.51.100.9/32 dev lo
    nsenter -t "$LAN_PID" -n -- "$T/busybox/bin/nc" -ll -p 8080 -e echo neighbour 3>&- 4>&- &
    local neighbour=$!
    is_neighbour() { [ "$(says on_host 198.51.100.9 8080)" = neighbour ]; }
    eventually is_neighbour
    sleeper --name two
    assert_is "$(says_in two 198.51.100.9 8080)" neighbour
    kill "$neighbour"
}

@test "networks are apart, published ports are reached from others by the host's address, and hairpin" {
    dhow network create net1 >/dev/null
    web web -p 8080:80
    sleeper --name other --network net1
    sleeper --name two
    assert nobody says_in other "$(ip_of web)" 80
    assert is_web says_in other 192.0.2.1 8080
    assert is_web says_in two 192.0.2.1 8080
    assert is_web says_in web 192.0.2.1 8080
}

@test "internal networks reach nothing outside and are reached by nobody" {
    dhow network create --internal inner >/dev/null
    web web -p 8080:80
    web in --network inner -p 8081:80
    sleeper --name two --network inner
    assert_is "$(dhow port in)" ""
    assert_is "$(says_in two "$(ip_of in inner)" 80)" in
    assert nobody says_in two "$(ip_of web)" 80
    assert nobody says_in two 192.0.2.2 22
    assert nobody says on_lan "$(ip_of in inner)" 80
    # With a route of its own making, too.
    local pid
    pid=$(state two Pid)
    nsenter -t "$pid" -n -- ip route add default dev eth0
    assert nobody says_in two "$(ip_of web)" 80
}

@test "without icc containers reach each other by published ports only" {
    dhow network create -o com.docker.network.bridge.enable_icc=false apart >/dev/null
    web web --network apart -p 8080:80
    sleeper --name two --network apart
    assert nobody says_in two "$(ip_of web apart)" 80
    # With br_netfilter such packets stay on the bridge, whose ports are isolated.
    [ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" = 1 ] || assert is_web says_in two 192.0.2.1 8080
    assert is_web says on_lan 192.0.2.1 8080
}

@test "gateway modes: routed and nat-unprotected are reached directly, trusted interfaces, too" {
    local routed=com.docker.network.bridge.gateway_mode_ipv4=routed
    dhow network create -o $routed --subnet 172.30.1.0/24 routed >/dev/null
    dhow run -d --name web --network routed -p 80 bb sh -c 'nc -ll -p 81 -e echo web & exec nc -ll -p 80 -e echo web' >/dev/null
    assert is_web says on_lan "$(ip_of web routed)" 80
    assert nobody says on_lan "$(ip_of web routed)" 81
    dhow network create -o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected --subnet 172.30.2.0/24 open >/dev/null
    dhow run -d --name two --network open bb nc -ll -p 80 -e echo web >/dev/null
    assert is_web says on_lan "$(ip_of two open)" 80
    dhow network create -o com.docker.network.bridge.trusted_host_interfaces=up0 --subnet 172.30.3.0/24 trust >/dev/null
    dhow run -d --name three --network trust bb nc -ll -p 80 -e echo web >/dev/null
    assert is_web says on_lan "$(ip_of three trust)" 80
    run dhow network create -o com.docker.network.bridge.gateway_mode_ipv4=sideways bad
    [ "$status" -ne 0 ]
    assert_has "$output" "sideways"
    run dhow network create -o 'com.docker.network.bridge.trusted_host_interfaces=a"; drop' bad
    [ "$status" -ne 0 ]
}

@test "the address that is bound by default is the network's" {
    on_host ip addr add 192.0.2.10/24 dev up0
    dhow network create -o com.docker.network.bridge.host_binding_ipv4=192.0.2.10 bound >/dev/null
    web web --network bound -p 8080:80
    assert_is "$(dhow port web)" "80/tcp -> 192.0.2.10:8080"
}

@test "what leaves is hidden behind the host; host_ipv4 says behind which address" {
    on_host ip addr add 192.0.2.10/24 dev up0
    nsenter -t "$LAN_PID" -n -- socat TCP4-LISTEN:7000,fork,reuseaddr SYSTEM:'echo $SOCAT_PEERADDR' 3>&- 4>&- &
    local server=$!
    sleeper --name one
    dhow network create -o com.docker.network.host_ipv4=192.0.2.10 behind >/dev/null
    sleeper --name two --network behind
    seen_as() { [ "$(says_in "$1" 192.0.2.2 7000)" = "$2" ]; }
    eventually seen_as one 192.0.2.1
    eventually seen_as two 192.0.2.10
    kill "$server"
}

@test "a port in use names the program or the container that has it" {
    nsenter -t "$HOST_PID" -n -m -- "$T/busybox/bin/nc" -ll -p 7070 -e true 3>&- 4>&- &
    local server=$!
    is_taken() { on_host ss -Hltn 'sport = :7070' | grep -q 7070; }
    eventually is_taken
    run dhow run --rm -p 7070:80 bb true
    [ "$status" -eq 125 ]
    assert_has "$output" "failed to bind host port 0.0.0.0:7070/tcp: address already in use by"
    assert_has "$output" "(process $server)"
    kill "$server"
    web web -p 8080:80
    run dhow run --rm -p 8080:80 bb true
    [ "$status" -eq 125 ]
    assert_has "$output" "Bind for 0.0.0.0:8080 failed: port is already allocated: container web has published it"
    # And nobody else gets a port that a container has.
    run timeout 2 nsenter -t "$HOST_PID" -n -m -- "$T/busybox/bin/nc" -l -p 8080
    [ "$status" -ne 124 ]
}

@test "a port is free, and its element gone, when its container has ended, however that was" {
    web web -p 8080:80
    dhow stop -t 0 web >/dev/null
    is_gone() { ! table | grep -q 'tcp . 8080'; }
    eventually is_gone
    assert_is "$(on_host ss -Hltn | wc -l)" 0
    dhow start web >/dev/null
    assert is_web says on_lan 192.0.2.1 8080
    kill -9 "$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")"
    # The next command that meets it clears up; another container has the port without that.
    web two -p 8080:80
    assert_is "$(says on_lan 192.0.2.1 8080)" two
    dhow rm -f web two >/dev/null
    assert is_gone
    assert_is "$(on_host ss -Hltn | wc -l)" 0
}

@test "a restarted container keeps its port" {
    dhow run -d --name web --restart always -p 8080:80 bb nc -ll -p 80 -e echo web >/dev/null
    assert is_web says on_lan 192.0.2.1 8080
    kill -9 "$(state web Pid)"
    eventually is_web says on_lan 192.0.2.1 8080
}

@test "flushed rules are made again by who runs, by the next start, and by network reload" {
    web web -p 8080:80
    local before
    before=$(table)
    on_host nft flush ruleset
    eventually is_web says on_lan 192.0.2.1 8080
    assert_is "$(table)" "$before"
    assert nobody says on_lan "$(ip_of web)" 80
    kill -STOP "$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")"
    on_host nft flush ruleset
    sleeper --name two
    assert_is "$(table)" "$before"
    on_host nft flush chain inet "$(on_host nft list tables | sed -n 's/^table inet //p')" forward
    dhow network reload
    assert_is "$(table)" "$before"
    kill -CONT "$(pgrep -f "dhow-monitor .*--fd.*$DHOW_RUN_ROOT" | head -1)"
}

@test "a host that drops stays closed, and that is said" {
    on_host nft -f - <<<'table ip filter { chain FORWARD { type filter hook forward priority filter; policy drop; }; }'
    run dhow run -d --name web -p 8080:80 bb nc -ll -p 80 -e echo web
    [ "$status" -eq 0 ]
    assert_has "$output" "another firewall of this machine drops forwarded packets (policy of filter FORWARD)"
    assert nobody says on_lan 192.0.2.1 8080
    assert is_web says on_host 127.0.0.1 8080
    run dhow port --exposure web
    assert_has "$output" "80/tcp at 0.0.0.0:8080"
    assert_has "$output" "reached from  other hosts through up0, at 192.0.2.1"
    assert_has "$output" "by: filter FORWARD"
    # The host's INPUT does not matter for what is translated, and a drop of ours is nobody's accept.
    on_host nft delete table ip filter
    assert is_web says on_lan 192.0.2.1 8080
}

@test "published ports follow a container from network to network" {
    dhow network create net1 >/dev/null
    web web -p 8080:80
    dhow network connect net1 web
    dhow network disconnect bridge web
    assert is_web says on_lan 192.0.2.1 8080
    assert_has "$(table)" "$(ip_of web net1) . 80"
}

@test "without a network of its own nothing is published, and that is said" {
    run dhow run --rm --network host -p 8080:80 bb true
    [ "$status" -eq 0 ]
    assert_has "$output" "Published ports are discarded when using host network mode"
    web web
    run dhow run --rm --network container:web -p 8080:80 bb true
    [ "$status" -eq 125 ]
    assert_has "$output" "conflicting options: port publishing and the container type network mode"
}

@test "words that are no ports are refused" {
    for spec in x 70000:80 80/icmp 1-2:3-5 host:80:80 ::1:80:80; do
        run dhow run --rm -p "$spec" bb true
        [ "$status" -eq 125 ] || failed "accepted: $spec"
    done
}

@test "connections are relayed one after the other, and cost no process" {
    dhow run -d --name web -p 8080:80 bb nc -ll -p 80 -e echo web >/dev/null
    local i n
    n=$(pgrep -fc "$DHOW_RUN_ROOT")
    for i in $(seq 50); do assert is_web says6 on_host ::1 8080; done
    assert_is "$(pgrep -fc "$DHOW_RUN_ROOT")" "$n"
    assert test "$(awk '/VmRSS/ {print $2}' "/proc/$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")/status")" -le 1024
}

@test "ports of a running container come and go, and stay so over a restart" {
    web web -p 8080:80
    dhow update --publish-add 8081:80 --publish-add 127.0.0.1:8082:80 web >/dev/null
    assert is_web says on_lan 192.0.2.1 8081
    assert is_web says6 on_host ::1 8081
    assert is_web says on_host 127.0.0.1 8082
    dhow update --publish-rm 8080:80 web >/dev/null
    assert nobody says on_lan 192.0.2.1 8080
    assert_is "$(on_host ss -Hltn 'sport = :8080')" ""
    web two -p 8080:80
    assert_is "$(says on_lan 192.0.2.1 8080)" two
    dhow rm -f two >/dev/null
    run dhow update --publish-rm 8085:80 web
    [ "$status" -ne 0 ]
    assert_has "$output" "container web has not published 80/tcp"
    dhow restart -t 0 web >/dev/null
    eventually is_web says on_lan 192.0.2.1 8081 # its server has to come up
    assert nobody says on_lan 192.0.2.1 8080
    dhow update --publish-rm 80 web >/dev/null
    assert_is "$(dhow port web)" ""
    assert_is "$(on_host nft list ruleset | grep -c 'comment "web"')" 0
}
