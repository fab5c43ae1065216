# SPDX-License-Identifier: Apache-2.0
# dns.bats — the name server of a container, at 127.0.0.11: names of its networks, everything else by the host's
# resolvers (here: `nameserver` on the lan).
load lab

setup() {
    lab_up
    nsenter -t "$LAN_PID" -n -- nameserver 192.0.2.2 53 "$BATS_TEST_TMPDIR/asked" 3>&- 4>&- &
    SERVER=$!
    : >"$BATS_TEST_TMPDIR/asked"
    echo "nameserver 192.0.2.2" >"$BATS_TEST_TMPDIR/resolv.conf"
    [ -e /etc/resolv.conf ] || touch "$(readlink -f /etc/resolv.conf)"
    on_host mount --bind "$BATS_TEST_TMPDIR/resolv.conf" "$(readlink -f /etc/resolv.conf)"
    dhow network create net1 >/dev/null
}
teardown() {
    kill "$SERVER"
    wait "$SERVER" 2>/dev/null || true
    lab_down
}

# ask CONTAINER [--tcp] NAME [TYPE]
ask() {
    local pid
    pid=$(state "$1" Pid)
    shift
    timeout 30 nsenter -t "$pid" -n -- ask-name "$@"
}
sleeper() { dhow run -d "$@" bb sleep 9999 >/dev/null; }
asked() { grep -c "${1:-.}" "$BATS_TEST_TMPDIR/asked"; }
says_mine() { [ "$(says on_host "$(ip_of one net1)" 53)" = mine ]; }
answers_forward() { [ "$(ask one one.example)" = "NOERROR 198.51.100.7" ]; }

@test "containers of a network know each other by name, alias, short id and host name" {
    sleeper --name one --network net1
    sleeper --name two --network net1 --network-alias db --hostname box
    local two
    two=$(ip_of two net1)
    for name in two db TWO two.net1 box "$(dhow inspect -f '{{slice .Id 0 12}}' two)"; do
        assert_is "$(ask one "$name")" "NOERROR $two"
    done
    assert_is "$(ask one --tcp two)" "NOERROR $two"
    assert_is "$(ask one "$two" PTR)" "NOERROR two.net1"
    assert_is "$(asked)" 0
    assert_has "$(inside one nslookup two)" "$two"
    assert_has "$(inside one cat /etc/resolv.conf)" "nameserver 127.0.0.11"
}

@test "a known name without an address of that type has an empty answer, an unknown one none" {
    sleeper --name one --network net1
    assert_is "$(ask one one AAAA)" NOERROR
    assert_is "$(ask one one MX)" NOERROR
    assert_is "$(asked)" 0
    assert_is "$(ask one none.example)" NXDOMAIN
    assert_is "$(asked none.example)" 1
}

@test "IPv6 addresses have names" {
    dhow network create --ipv6 --subnet fd00:d0::/64 net6 >/dev/null
    sleeper --name one --network net6
    local ip
    ip=$(ip6_of one net6)
    assert_is "$(ask one one AAAA)" "NOERROR $ip"
    assert_is "$(ask one "$ip" PTR)" "NOERROR one.net6"
}

@test "an alias of several containers has all their addresses, by turns" {
    sleeper --name one --network net1
    sleeper --name aa --network net1 --network-alias all
    sleeper --name bb --network net1 --network-alias all
    local first second
    first=$(ask one all) second=$(ask one all)
    assert_has "$first" "$(ip_of aa net1)"
    assert_has "$first" "$(ip_of bb net1)"
    [ "$first" != "$second" ]
}

@test "names come and go with containers, and with connect and disconnect" {
    sleeper --name one --network net1
    assert_is "$(ask one two)" "NOERROR 198.51.100.7" # not known here: the resolver's business
    sleeper --name two --network net1
    assert_is "$(ask one two)" "NOERROR $(ip_of two net1)"
    dhow rm -f two >/dev/null
    assert_is "$(ask one two)" "NOERROR 198.51.100.7"
    dhow network create net2 >/dev/null
    sleeper --name three --network net2
    assert_is "$(ask one three)" "NOERROR 198.51.100.7"
    dhow network connect net2 one
    assert_is "$(ask one three)" "NOERROR $(ip_of three net2)"
    dhow network disconnect net2 one
    assert_is "$(ask one three)" "NOERROR 198.51.100.7"
}

@test "a container of the default bridge has names once it is connected to a network that has them" {
    sleeper --name one
    sleeper --name two --network net1
    dhow network connect net1 one
    assert_is "$(ask one two)" "NOERROR $(ip_of two net1)"
    assert_has "$(inside one nslookup two)" "$(ip_of two net1)"
}

@test "everything else is asked from the host's side: over UDP, cut off, over TCP" {
    sleeper --name one --network net1
    assert_is "$(ask one one.example)" "NOERROR 198.51.100.7"
    assert_is "$(ask one big.example)" "cut NOERROR"
    assert_is "$(ask one --tcp big.example | wc -w)" 101
    assert_is "$(asked 'tcp big.example')" 1
    assert_has "$(inside one nslookup one.example)" 198.51.100.7
}

@test "a server that fails, or does not answer, makes room for the next" {
    on_lan ip addr add 192.0.2.3/24 dev lan0
    sleeper --name one --network net1 --dns 192.0.2.3 --dns 192.0.2.2
    assert_is "$(ask one one.example)" "NOERROR 198.51.100.7"
    assert_is "$(ask one fails.example)" SERVFAIL
    assert_is "$(ask one slow.example)" SERVFAIL
}

@test "many questions are in flight at once" {
    sleeper --name one --network net1
    local i jobs=()
    for i in $(seq 30); do
        ask one "n$i.example" >"$BATS_TEST_TMPDIR/answer$i" &
        jobs+=($!)
    done
    ask one slow.example >/dev/null &
    local slow=$!
    wait "${jobs[@]}"
    wait "$slow"
    for i in $(seq 30); do
        # On a machine that is busy the server behind may be late: then a resolver asks again, and so does this.
        [ "$(cat "$BATS_TEST_TMPDIR/answer$i")" = "NOERROR 198.51.100.7" ] || assert_is "$(ask one "n$i.example")" "NOERROR 198.51.100.7"
    done
}

@test "other resolvers of the host are noticed" {
    sleeper --name one --network net1
    echo "nameserver 192.0.2.77" >"$BATS_TEST_TMPDIR/resolv.conf"
    touch -d '+1 second' "$BATS_TEST_TMPDIR/resolv.conf"
    on_lan ip addr add 192.0.2.77/24 dev lan0
    nsenter -t "$LAN_PID" -n -- nameserver 192.0.2.77 53 "$BATS_TEST_TMPDIR/asked77" 3>&- 4>&- &
    local other=$!
    eventually answers_forward
    kill "$other"
    assert_is "$(grep -c one.example "$BATS_TEST_TMPDIR/asked77")" 1
}

@test "an internal network's container asks nobody outside (CVE-2024-29018)" {
    dhow network create --internal inner >/dev/null
    sleeper --name one --network inner
    sleeper --name two --network inner
    assert_is "$(ask one two)" "NOERROR $(ip_of two inner)"
    assert_is "$(ask one one.example)" NXDOMAIN
    assert_is "$(ask one --tcp one.example)" NXDOMAIN
    assert_is "$(ask one 192.0.2.2 PTR)" NXDOMAIN
    assert_is "$(asked)" 0
}

@test "a container serves names on port 53 of all its addresses itself" {
    sleeper --name one --network net1
    inside -d one nc -ll -p 53 -e echo mine
    eventually says_mine
    assert_is "$(ask one --tcp one)" "NOERROR $(ip_of one net1)"
}

@test "garbage is dropped, and the server goes on" {
    sleeper --name one --network net1
    local pid
    pid=$(state one Pid)
    head -c 3000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
    for how in "UDP:127.0.0.11:53" "TCP:127.0.0.11:53"; do
        timeout 5 nsenter -t "$pid" -n -- socat -T 1 - "$how" <"$BATS_TEST_TMPDIR/noise" >/dev/null || true
    done
    assert_is "$(ask one one)" "NOERROR $(ip_of one net1)"
}

@test "names need no more memory, and a killed monitor leaves no socket" {
    sleeper --name one --network net1
    local monitor i
    monitor=$(pgrep -f "dhow-monitor .*$DHOW_RUN_ROOT")
    for i in $(seq 20); do ask one one >/dev/null; done
    assert test "$(awk '/VmRSS/ {print $2}' "/proc/$monitor/status")" -le 1024
    kill -9 "$monitor"
    dhow rm -f one >/dev/null
    assert_is "$(on_host ss -Hltn | wc -l)" 0
}
