// SPDX-License-Identifier: Apache-2.0
// systemd_test.c — names of units, the grammar of property values, limits as properties.
#include "base/mem.h"
#include "base/test.h"
#include "cgroup/systemd.h"
#include "cgroup/systemd_value.h"

#include <string.h>

TEST(a_slice_is_in_the_slices_that_its_name_names)
{
    static const struct {
        const char *slice, *path;
    } rows[] = {
        {"system.slice", "/system.slice"},
        {"a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"},
        {"-.slice", ""},
        {"kubepods-pod1_2.slice", "/kubepods.slice/kubepods-pod1_2.slice"},
        {"-a.slice", NULL},
        {"a-.slice", NULL},
        {"a--b.slice", NULL},
        {"a/b.slice", NULL},
        {".slice", NULL},
        {"system", NULL},
        {"a.slice\n", NULL},
    };
    AUTO_ARENA struct arena arena = {0};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct err err;
        const char *path = systemd_slice_path(&arena, rows[i].slice, &err);
        if (rows[i].path != NULL)
            CHECK_STR(path, rows[i].path);
        else
            CHECK(path == NULL && err.kind == ERR_INVALID);
    }
}

TEST(the_path_is_slice_prefix_name)
{
    static const struct {
        const char *path, *below, *scope;
        bool is_rootless;
    } rows[] = {
        {"system.slice:docker:12ab", "/system.slice/docker-12ab.scope", "docker-12ab.scope", false},
        {":docker:12ab", "/system.slice/docker-12ab.scope", "docker-12ab.scope", false},
        {"a-b.slice::x", "/a.slice/a-b.slice/x.scope", "x.scope", false},
        {NULL, "/user.slice/dhow-id.scope", "dhow-id.scope", true},
        {"/absolute/path", NULL, NULL, false},
        {"a.slice:b:c:d", NULL, NULL, false},
        {"a.slice:b:../x", NULL, NULL, false},
        {"a.slice:b:", NULL, NULL, false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct cgroup cgroup = {.id = "id", .is_rootless = rows[i].is_rootless};
        struct err err;
        const char *below = systemd_path(&cgroup, rows[i].path, &err);
        if (rows[i].below != NULL) {
            CHECK_STR(below, rows[i].below);
            CHECK_STR(cgroup.scope, rows[i].scope);
        } else {
            CHECK(below == NULL);
            CHECK_HAS(err.text, "slice:prefix:name");
        }
        arena_done(&cgroup.arena);
    }
}

TEST(values_have_the_type_that_is_written_or_the_usual_one)
{
    static const struct {
        const char *text, *signature;
    } rows[] = {
        {"true", "b"},
        {"uint64 123456789", "t"},
        {" 'inactive-or-failed' ", "s"},
        {"-5", "i"},
        {"byte 0x1f", "y"},
        {"1.5", "d"},
        {"['a', \"b\"]", "as"},
        {"@as []", "as"},
        {"@at [1, 2]", "at"},
        {"[('/dev/vda', uint64 5)]", "a(st)"},
        {"@a(st) [('/dev/vda', 5), ('/dev/vdb', 0x10)]", "a(st)"},
        {"(1, true,)", "(ib)"},
        {"[uint64 1, 2]", "at"},
        {"objectpath '/a'", "o"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct systemd_value value;
        struct err err = {0};
        CHECK(systemd_value_parse(&arena, rows[i].text, &value, &err) == 0);
        CHECK_STR(value.signature, rows[i].signature);
    }
}

TEST(values_that_are_none_are_refused_with_a_place)
{
    static const char *const rows[] = {
        "",
        "tru",
        "1 2",
        "uint64 -1",
        "byte 256",
        "int32 2147483648",
        "'open",
        "'a\\x'",
        "[1, 'a']",
        "[]",
        "@a [1]",
        "@(st) ('a')",
        "@(s) ('a', 1)",
        "[1",
        "(1",
        "[[[[[[[[1]]]]]]]]",
        "boolean 1",
        "string true",
        "@as 'a'",
        "uint64 [1]",
        "1.2.3",
        "0x",
        "()",
        "'tab\there'",
        "--5",
        "1e9",
        "uint64 uint64 1",
        "99999999999999999999",
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct systemd_value value = {.type = '?'};
        struct err err = {0};
        CHECK(systemd_value_parse(&arena, rows[i], &value, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, "at byte");
        CHECK_INT(value.type, '?');
    }
}

static const char *find(const struct systemd_properties *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return list->at[i].value;
    return "-";
}

TEST(limits_become_properties)
{
    int64_t limit = 1 << 20, swap = 3 << 20, quota = 33'333, pids = 0;
    uint64_t shares = 1024, period = 100'000;
    uint32_t weight = 1000;
    struct oci_memory memory = {.limit = &limit, .swap = &swap};
    struct oci_cpu cpu = {.shares = &shares, .quota = &quota, .period = &period, .cpus = "0-2,9"};
    struct oci_pids pids_limit = {&pids};
    struct oci_block_io block = {.weight = &weight};
    struct oci_resources resources = {
        .memory = &memory, .cpu = &cpu, .pids = &pids_limit, .blockIO = &block};
    AUTO_ARENA struct arena arena = {0};
    struct err err;
    struct systemd_properties v2 = {0}, v1 = {0};
    CHECK(systemd_limits(&arena, &resources, true, &v2, &err) == 0);
    CHECK_STR(find(&v2, "MemoryMax"), "uint64 1048576");
    CHECK_STR(find(&v2, "MemorySwapMax"), "uint64 2097152");
    CHECK_STR(find(&v2, "CPUWeight"), "uint64 39");
    CHECK_STR(find(&v2, "CPUQuotaPerSecUSec"), "uint64 340000"); // 33.3333 % rounded up
    CHECK_STR(find(&v2, "AllowedCPUs"), "@ay [7, 2]");
    CHECK_STR(find(&v2, "TasksMax"), "uint64 18446744073709551615");
    CHECK_STR(find(&v2, "IOWeight"), "uint64 10000");
    CHECK(systemd_limits(&arena, &resources, false, &v1, &err) == 0);
    CHECK_STR(find(&v1, "MemoryLimit"), "uint64 1048576");
    CHECK_STR(find(&v1, "CPUShares"), "uint64 1024");
    CHECK_STR(find(&v1, "AllowedCPUs"), "-");
    cpu.cpus = "0-9999999";
    CHECK(systemd_limits(&arena, &resources, true, &v2, &err) < 0);
}

TEST(annotations_set_properties_of_the_table_with_their_type_only)
{
    static const struct {
        const char *key, *value, *name, *text; // name NULL: refused, text is part of the error
    } rows[] = {
        {"TimeoutStopUSec", "uint64 5", "TimeoutStopUSec", "uint64 5"},
        {"TimeoutStopSec", "1.5", "TimeoutStopUSec", "uint64 1500000"},
        {"After", "['a.service']", "After", "['a.service']"},
        {"MemoryMax", "5", NULL, "has the type i, systemd takes t"},
        {"FailureAction", "'reboot'", NULL, "may not set"},
        {"ExecStop", "'x'", NULL, "may not set"},
        {"Description", "unquoted", NULL, "at byte"},
        {"TimeoutStopSec", "-1", NULL, "number of seconds"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        struct err err = {0};
        struct systemd_properties list = {0};
        struct json_pair pairs[] = {
            {"other", "x"},
            {arena_printf(&arena, "org.systemd.property.%s", rows[i].key), rows[i].value}};
        int done = systemd_annotations(&arena, pairs, 2, &list, &err);
        if (rows[i].name != NULL) {
            CHECK_INT(done, 0);
            CHECK_INT(list.n, 1);
            CHECK_STR(find(&list, rows[i].name), rows[i].text);
        } else {
            CHECK(done < 0);
            CHECK_HAS(err.text, rows[i].text);
            CHECK_HAS(err.text, pairs[1].key);
        }
    }
}
