// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "cli/command.h"
#include "ops/container.h"

TEST(ports_are_shown_as_docker_does)
{
    static const struct {
        struct port_summary ports[4];
        const char *words;
    } rows[] = {
        {{}, ""},
        {{{.private_port = 80, .type = "tcp"}}, "80/tcp"},
        {{{"0.0.0.0", 80, 8080, "tcp"}, {"::", 80, 8080, "tcp"}},
         "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"},
        {{{"0.0.0.0", 81, 81, "tcp"}, {"0.0.0.0", 80, 80, "tcp"}, {NULL, 443, 0, "tcp"}},
         "0.0.0.0:80-81->80-81/tcp, 443/tcp"},
        {{{NULL, 53, 0, "udp"}, {NULL, 53, 0, "tcp"}, {NULL, 55, 0, "tcp"}},
         "53/tcp, 55/tcp, 53/udp"},
        {{{"127.0.0.1", 5000, 1, "sctp"}}, "127.0.0.1:1->5000/sctp"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        size_t n = 0;
        while (n < N_ELEMENTS(rows[i].ports) && rows[i].ports[n].type != NULL)
            n++;
        CHECK_STR(ports_words(&arena, rows[i].ports, n), rows[i].words);
    }
}
