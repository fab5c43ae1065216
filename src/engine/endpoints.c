// SPDX-License-Identifier: Apache-2.0
// endpoints.c — a container's part in networks: asked for, made at its start, given back at its
// end.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { RESOLV_MAX = 64 * 1024 };

int endpoints_check(struct creation *creation, struct err *err)
{
    static const char *const networks[] = {"", "default", "none", "host"};
    const char *mode = creation->spec->host.network_mode;
    bool is_known = mode == NULL;
    for (size_t i = 0; i < N_ELEMENTS(networks) && !is_known; i++)
        is_known = strcmp(mode, networks[i]) == 0;
    if (!is_known)
        return fail(err, ERR_NOT_FOUND,
                    "network %s not found: there are none (loopback only) and host so far", mode);
    return 0;
}

int endpoints_start(struct start *start, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, RESOLV_MAX);
    if (file_read_at(AT_FDCWD, "/etc/resolv.conf", &text, err) < 0 && err->sys != ENOENT)
        return -1;
    start->resolv = arena_strndup(start->arena, buf_get(&text), text.n);
    start->hosts = arena_printf(start->arena,
                                "127.0.0.1\tlocalhost\n"
                                "::1\tlocalhost ip6-localhost ip6-loopback\n"
                                "fe00::\tip6-localnet\n"
                                "ff00::\tip6-mcastprefix\n"
                                "ff02::1\tip6-allnodes\n"
                                "ff02::2\tip6-allrouters\n"
                                "127.0.1.1\t%s\n",
                                container_hostname(start->arena, start->container));
    return 0;
}

int endpoints_bundle(struct start *start, struct oci_config *out, struct err *err)
{
    (void)start;
    (void)out;
    (void)err;
    return 0;
}

int endpoints_release(struct engine *engine, struct arena *arena, const struct container *container,
                      struct err *err)
{
    (void)engine;
    (void)arena;
    (void)container;
    (void)err;
    return 0;
}
