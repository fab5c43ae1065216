# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# checks.sh - what the guest scripts share: `is WHAT GOT WANT` prints one line per check; `finish` ends with how it went.
#
# Works in busybox's sh. The runtime under test is ./runtime, each NAME.json a container's configuration on /rootfs.
bad=0
say() { # WHAT OK? DETAIL
    if [ "$2" = 0 ]; then echo "ok $1"; else echo "not ok $1: $3" && bad=$((bad + 1)); fi
}
is() {
    [ "$2" = "$3" ]
    say "$1" $? "got '$2', want '$3'"
}
has() {
    case $2 in *"$3"*) say "$1" 0 ;; *) say "$1" 1 "got '$2', want in it '$3'" ;; esac
}
finish() {
    echo "$bad bad"
    [ "$bad" = 0 ]
    exit
}
rt() { ./runtime --root /run/runtime "$@"; }
# bundle NAME - a bundle directory from ./NAME.json
bundle() {
    mkdir -p "/tmp/$1" && cp "$1.json" "/tmp/$1/config.json" && echo "/tmp/$1"
}
# detached NAME - starts it in the background of all things, with nothing of ours held open
detached() {
    rt run -d -b "$(bundle "$1")" "$1" </dev/null >"/tmp/$1.out" 2>&1 || { cat "/tmp/$1.out" && false; }
}
status() { rt state "$1" | sed -n 's/.*"status": *"\([a-z]*\)".*/\1/p'; }
pid() { rt state "$1" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p'; }
# soon WORDS… - until the command succeeds, ten seconds long
soon() {
    for _ in $(seq 100); do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    false
}
