// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "ops/portspec.h"

// All of a list as text: "80/tcp=127.0.0.1:8080,".
static const char *show(struct arena *arena, const struct port_list *list)
{
    const char *text = "";
    for (size_t i = 0; i < list->n; i++) {
        text = arena_printf(arena, "%s%s=", text, list->maps[i].port);
        for (size_t k = 0; k < list->maps[i].n_bindings; k++)
            text = arena_printf(arena, "%s%s:%s,", text, list->maps[i].bindings[k].host_ip,
                                list->maps[i].bindings[k].host_port);
        text = arena_printf(arena, "%s ", text);
    }
    return text;
}

TEST(published_ports_are_read)
{
    static const struct {
        const char *text, *want; // NULL: refused
    } cases[] = {
        {"80", "80/tcp=:, "},
        {"8080:80", "80/tcp=:8080, "},
        {"8080:80/udp", "80/udp=:8080, "},
        {"8080:80/UDP", "80/udp=:8080, "},
        {"127.0.0.1:8080:80/sctp", "80/sctp=127.0.0.1:8080, "},
        {"127.0.0.1::80", "80/tcp=127.0.0.1:, "},
        {"[::1]:8080:80", "80/tcp=::1:8080, "},
        {"[fe80::1]::80", "80/tcp=fe80::1:, "},
        {"8000-8001:80-81", "80/tcp=:8000, 81/tcp=:8001, "},
        {"8000-8010:80", "80/tcp=:8000-8010, "},
        {"80-81", "80/tcp=:, 81/tcp=:, "},
        {"0:80", "80/tcp=:, "},
        {"published=8080,target=80,protocol=udp", "80/udp=:8080, "},
        {"target=80", "80/tcp=:, "},
        {"", NULL},
        {"8080:", NULL},
        {"8000-8001:80-82", NULL},
        {"81-80", NULL},
        {"65536", NULL},
        {"0", NULL},
        {"80/icmp", NULL},
        {"host:8080:80", NULL},
        {"1:2:3:4", NULL},
        {"::1:8080:80", NULL},
        {"[::1]8080:80", NULL},
        {"[::1]:1:2:3", NULL},
        {"-1:80", NULL},
        {"+1:80", NULL},
        {"8080 :80", NULL},
        {"target=80,x", NULL},
        {"target=80,mood=x", NULL},
    };
    for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
        AUTO_ARENA struct arena arena = {};
        struct port_list list = {};
        struct err err;
        int done = portspec_publish(&arena, cases[i].text, &list, &err);
        CHECK_INT(done, cases[i].want != NULL ? 0 : -1);
        if (done == 0)
            CHECK_STR(show(&arena, &list), cases[i].want);
    }
}

TEST(bindings_of_one_port_are_together)
{
    AUTO_ARENA struct arena arena = {};
    struct port_list list = {};
    struct err err;
    CHECK_INT(portspec_publish(&arena, "8080:80", &list, &err), 0);
    CHECK_INT(portspec_publish(&arena, "127.0.0.1:81:80", &list, &err), 0);
    CHECK_STR(show(&arena, &list), "80/tcp=:8080,127.0.0.1:81, ");
}

TEST(exposed_ports_are_read)
{
    AUTO_ARENA struct arena arena = {};
    struct port_list list = {};
    struct err err;
    CHECK_INT(portspec_expose(&arena, "80-81/udp", &list, &err), 0);
    CHECK_INT(portspec_expose(&arena, "80", &list, &err), 0);
    CHECK_INT(portspec_expose(&arena, "80", &list, &err), 0);
    CHECK_STR(show(&arena, &list), "80/udp= 81/udp= 80/tcp= ");
    CHECK_INT(portspec_expose(&arena, "x", &list, &err), -1);
    CHECK_HAS(err.text, "--expose: x");
}

TEST(too_many_ports_are_refused)
{
    AUTO_ARENA struct arena arena = {};
    struct port_list list = {};
    struct err err;
    CHECK_INT(portspec_expose(&arena, "1-65535", &list, &err), -1);
    CHECK_HAS(err.text, "too many ports");
}
