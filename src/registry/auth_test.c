// SPDX-License-Identifier: Apache-2.0
// S-23: where credentials may go, and where a registry may send us (CVE-2020-15157 and its kin).
#include "base/mem.h"
#include "base/test.h"
#include "registry/auth.h"

struct row {
    const char *registry;
    enum address_reach reach; // of the address that it was connected to
    const char *to;
    bool is_allowed;
};

static struct endpoint endpoint_at(struct arena *arena, const struct row *row, struct url *to)
{
    struct err err = {};
    struct endpoint endpoint = {.name = "registry", .reach = row->reach};
    CHECK_INT(url_parse(arena, row->registry, &endpoint.url, &err), 0);
    CHECK_INT(url_parse(arena, row->to, to, &err), 0);
    return endpoint;
}

TEST(credentials_go_to_a_token_server_by_https_or_as_near_and_plain_as_the_registry)
{
    static const struct row rows[] = {
        {"https://r.example", ADDRESS_PUBLIC, "https://r.example/token", true},
        {"https://r.example", ADDRESS_PUBLIC, "https://auth.example/token", true},
        {"https://r.example", ADDRESS_PUBLIC, "https://r.example:8443/token", true},
        {"https://r.example", ADDRESS_PUBLIC, "http://r.example/token", false},
        {"https://r.example", ADDRESS_PUBLIC, "http://auth.example/token", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://127.0.0.1/token", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://localhost/token", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://10.0.0.1/token", false},
        {"https://r.example", ADDRESS_PRIVATE, "https://10.0.0.1/token", true},
        {"https://r.example", ADDRESS_PRIVATE, "https://127.0.0.1/token", false},
        {"https://r.example", ADDRESS_PRIVATE, "https://169.254.169.254/token", false},
        {"http://r.example", ADDRESS_PRIVATE, "http://r.example:5001/token", true},
        {"http://r.example", ADDRESS_PRIVATE, "http://auth.example/token", false},
        {"http://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://127.0.0.1:5001/token", true},
        {"http://localhost:5000", ADDRESS_LOOPBACK, "http://127.0.0.1:5001/token", true},
        {"http://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://auth.example/token", false},
        {"http://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://169.254.169.254/token", false},
        {"https://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://127.0.0.1:5001/token", false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url realm;
        struct err err = {};
        struct endpoint endpoint = endpoint_at(&arena, &rows[i], &realm);
        if ((auth_may_go(&endpoint, &realm, &err) == 0) != rows[i].is_allowed)
            CHECK_STR(rows[i].registry, rows[i].to);
        CHECK(rows[i].is_allowed || err.kind == ERR_DENIED);
    }
}

TEST(a_registry_sends_us_nowhere_that_is_plainer_or_nearer_than_itself)
{
    static const struct row rows[] = {
        {"https://r.example", ADDRESS_PUBLIC, "https://cdn.example/x", true},
        {"https://r.example", ADDRESS_PUBLIC, "http://cdn.example/x", false},
        {"http://r.example", ADDRESS_PUBLIC, "http://cdn.example/x", true},
        {"https://r.example", ADDRESS_PUBLIC, "https://127.0.0.1/x", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://[::1]/x", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://[::ffff:10.0.0.1]/x", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://192.168.0.1/x", false},
        {"https://r.example", ADDRESS_PUBLIC, "https://169.254.169.254/latest/meta-data", false},
        {"https://r.example", ADDRESS_PRIVATE, "https://192.168.0.1/x", true},
        {"http://10.0.0.1", ADDRESS_PRIVATE, "http://169.254.169.254/x", false},
        {"http://10.0.0.1", ADDRESS_PRIVATE, "http://127.0.0.1/x", false},
        {"http://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://127.0.0.1:5001/x", true},
        {"http://127.0.0.1:5000", ADDRESS_LOOPBACK, "http://0.0.0.0:5001/x", false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url to;
        struct err err = {};
        struct endpoint endpoint = endpoint_at(&arena, &rows[i], &to);
        if ((call_may_go(&endpoint, &endpoint.url, &to, &err) == 0) != rows[i].is_allowed)
            CHECK_STR(rows[i].registry, rows[i].to);
        CHECK(rows[i].is_allowed || err.kind == ERR_DENIED);
    }
}
