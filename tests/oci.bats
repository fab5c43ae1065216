# SPDX-License-Identifier: Apache-2.0
# oci.bats — the documents that we write, against the specification's own schemas. (The unit tests compare what the
# programs write with these files.)
load lib

schema() {
    "$TESTS/schema.py" "$TESTS/data/oci/schema/$1-schema.json" "${@:2}"
}

@test "schema.py accepts the specification's good examples and refuses the bad ones" {
    assert schema config "$TESTS"/data/oci/config/good/*.json
    assert schema features "$TESTS/data/oci/features/runc.json"
    assert schema state "$TESTS/data/oci/state/spec-example.json"
    local file
    for file in "$TESTS"/data/oci/config/bad/*.json; do
        refute schema config "$file"
    done
    run schema config "$TESTS/data/oci/config/bad/linux-rdma.json"
    assert_status 1
    assert_has "$output" "linux.resources.rdma.mlx5_1.hcaHandles"
}

@test "the configuration templates are what the schema allows" {
    assert schema config "$TESTS/data/oci/template.json" "$TESTS/data/oci/template-rootless.json"
}

@test "the configuration with everything, on which the null walk stands, is what the schema allows" {
    assert schema config "$TESTS/data/oci/full.json"
}

@test "features is what the schema allows" {
    assert schema features "$TESTS/data/oci/features.json"
}
