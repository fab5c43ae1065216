# SPDX-License-Identifier: Apache-2.0
# project.bats — the project's own checkers notice what they are there for.
load lib

# --- tools/features ---------------------------------------------------------------------------------------------------

features_with() { # AWK-EDIT — the ledger, edited, is refused; $output says why
    awk -F'\t' -v OFS='\t' "$1"' { print }' "$REPO/docs/features.tsv" >"$T/features.tsv"
    run "$REPO/tools/features" check "$T/features.tsv"
    assert_status 1
}

@test "features accepts the ledger of this repository" {
    assert "$REPO/tools/features"
    assert_is "$("$REPO/tools/features" count | awk '{ n += $2 + $4 + $6 } END { print n }')" 462
}

@test "features refuses a lost, a repeated and an unknown id" {
    features_with '$1 == "RT-07" { next }'
    assert_has "$output" "RT-07 is not listed"
    features_with '$1 == "NW-03" { print }'
    assert_has "$output" "NW-03 is listed 2 times"
    features_with '$1 == "RT-53" { print; $1 = "RT-54" }'
    assert_has "$output" "RT-54 is not a known feature"
}

@test "features refuses an odd status, done without a test and a test that does not exist" {
    features_with '$1 == "RT-01" { $4 = "mostly"; $5 = "" }'
    assert_has "$output" 'RT-01 status is "mostly"'
    features_with '$1 == "RT-01" { $4 = "done"; $5 = "" }'
    assert_has "$output" "RT-01 is done but names no test"
    features_with '$1 == "RT-01" { $4 = "done"; $5 = "project.bats: no such test" }'
    assert_has "$output" 'RT-01 names a test that does not exist: "project.bats: no such test"'
    features_with '$1 == "RT-01" { $5 = "base/err_test: no_such_test" }'
    assert_has "$output" "RT-01 names a test that does not exist"
}

@test "features finds a bats test and a unit test by name" {
    awk -F'\t' -v OFS='\t' '$1 == "RT-01" { $4 = "done"
        $5 = "project.bats: features finds a bats test and a unit test by name; base/err_test: err_prefix_keeps_the_kind" }
        { print }' "$REPO/docs/features.tsv" >"$T/features.tsv"
    assert "$REPO/tools/features" check "$T/features.tsv"
}

# --- tools/tidy -------------------------------------------------------------------------------------------------------

tidy_says() { # TEXT SOURCE — a C file of this content is refused with that complaint
    printf '// SPDX-License-Identifier: Apache-2.0\n// a.c — a file.\n%b\n' "$2" >"$T/a.c"
    run "$REPO/tools/tidy" "$T/a.c"
    assert_status 1
    assert_has "$output" "$1"
}

@test "tidy accepts a plain file" {
    printf '// SPDX-License-Identifier: Apache-2.0\n// a.c — a file.\nint a;\n' >"$T/a.c"
    assert "$REPO/tools/tidy" "$T/a.c"
}

@test "tidy notices each rule that is broken" {
    tidy_says "goto does not occur" 'void f(void)\n{\n    goto out;\n}'
    tidy_says "sprintf() is banned" 'void f(void)\n{\n    sprintf(a, "b");\n}'
    tidy_says "needs an issue number" '// TO''DO: later'
    tidy_says "no #if in a function" 'void f(void)\n{\n#if A\n#endif\n}'
    tidy_says "a function of 61 lines" "void f(void)\n{\n$(printf 'a;\\n%.0s' {1..61})}"
    tidy_says "900 lines" "$(printf 'int a;\\n%.0s' {1..897})"
    tidy_says "white space at the end" 'int a; '
    tidy_says "a conflict marker" '<<<<<<< HEAD'
    tidy_says "names a path of one machine" '// see /wo''rk/main'
    echo 'int a;' >"$T/a.c"
    run "$REPO/tools/tidy" "$T/a.c"
    assert_has "$output" "SPDX-License-Identifier"
    assert_has "$output" "an opening comment"
    printf '// SPDX-License-Identifier: Apache-2.0\n// a.h — a file.\n' >"$T/a.h"
    run "$REPO/tools/tidy" "$T/a.h"
    assert_has "$output" "pragma once"
}

@test "tidy lets pass what is banned in words and in strings only" {
    printf '// SPDX-License-Identifier: Apache-2.0\n// a.c — no sprintf(), no goto.\nchar *a = "system(x)"; // strcpy(a, b)\n' \
        >"$T/a.c"
    assert "$REPO/tools/tidy" "$T/a.c"
}

# --- tools/layers, tools/deps, tests/run --------------------------------------------------------------------------------

@test "layers refuses an include that points upward" {
    mkdir -p "$T/tree/tools" "$T/tree/src/base" "$T/tree/src/oci"
    cp "$REPO/tools/layers" "$T/tree/tools/"
    printf 'base =\njson = base\noci = json base\n' >"$T/tree/src/modules.mk"
    echo '#include "base/err.h"' >"$T/tree/src/oci/a.c"
    echo '#include "base/mem.h"' >"$T/tree/src/base/a.c"
    (cd "$T/tree" && touch src/base/a.h && tools/layers)
    echo '#include "oci/config.h"' >"$T/tree/src/base/a.c"
    run sh -c "cd $T/tree && tools/layers"
    assert_status 1
    assert_has "$output" "module base may not include oci"
}

@test "deps knows the sections and does nothing when all is there" {
    run "$REPO/tools/deps" build test
    assert_status 0
    assert_is "$output" ""
    run "$REPO/tools/deps" nonsense
    assert_failed
    assert_has "$output" "no section [nonsense]"
}

@test "run counts what passes and fails, and ends with the count alone" {
    mkdir -p "$T/repo/tools" "$T/repo/tests/tools" "$T/repo/docs"
    cp "$REPO/tests/run" "$REPO/tests/lib.bash" "$T/repo/tests/"
    ln -s "$REPO/tests/bundle.py" "$REPO/tests/data" "$T/repo/tests/"
    ln -s "$REPO/tests/tools/ledger" "$REPO/tests/tools/watched" "$T/repo/tests/tools/"
    printf '#!/bin/sh\n' | tee "$T/repo/tools/layers" >"$T/repo/tools/features"
    printf '#!/bin/sh\necho 1..2; echo ok 1 - a; echo "not ok 2 - b"; exit 1\n' >"$T/unit"
    chmod +x "$T/repo/tools/layers" "$T/repo/tools/features" "$T/unit"
    printf '@test "one" { true; }\n@test "two" { false; }\n@test "three" { skip why; }\n' >"$T/repo/tests/a.bats"
    run env -u DHOW_TEST_RUN -u LEDGER -u FILES -u FILTER "$T/repo/tests/run" "$T/unit" 3>&-
    assert_status 1
    assert_is "${lines[-1]}" "6 passed, 2 failed"
    assert_has "$output" "FAILED a.bats: 2 two"
    assert_has "$output" "skipped: a.bats: 3 three # skip why"
    printf '@test "one" { mkdir /sys/fs/cgroup/pids/$DHOW_TEST_RUN-x; }\n' >"$T/repo/tests/a.bats"
    run env -u DHOW_TEST_RUN -u LEDGER -u FILES -u FILTER "$T/repo/tests/run" 3>&-
    rmdir "$(grep -o '/sys/fs/cgroup/pids/dhowtest[0-9]*-x' <<<"$output")"
    assert_is "${lines[-1]}" "4 passed, 1 failed"
    assert_has "$output" "nothing is left on the machine"
}
