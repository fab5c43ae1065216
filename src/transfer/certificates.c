// SPDX-License-Identifier: Apache-2.0
// certificates.c — docker's certs.d/HOST:PORT: which file is what follows from its name.
//
// https://docs.docker.com/engine/security/certificates: *.crt are CAs, NAME.cert is a client's
// certificate and NAME.key its key. They are read here, by whoever may read keys; the child that
// talks to the registry gets their text.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "transfer/transfer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { PEM_MAX = 1024 * 1024 };

static void dir_close(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir); // only read from
}
#define AUTO_DIR __attribute__((cleanup(dir_close)))

static int add_ca(int dir, const char *name, struct buf *out, struct err *err)
{
    if (file_read_at(dir, name, out, err) < 0)
        return -1;
    buf_char(out, '\n'); // a file need not end with one
    return buf_check(out, "the CA certificates", err);
}

static int read_text(struct arena *arena, int dir, const char *name, const char **out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, PEM_MAX);
    if (file_read_at(dir, name, &text, err) < 0)
        return -1;
    *out = arena_strdup(arena, buf_get(&text));
    return 0;
}

static int read_pair(struct arena *arena, int dir, const char *name,
                     struct transfer_endpoint *endpoint, struct err *err)
{
    const char *certificate, *key;
    const char *key_name =
        arena_printf(arena, "%.*s.key", (int)(strlen(name) - strlen(".cert")), name);
    if (read_text(arena, dir, name, &certificate, err) < 0)
        return -1;
    if (read_text(arena, dir, key_name, &key, err) < 0) {
        if (err->kind == ERR_NOT_FOUND)
            return fail(err, ERR_INVALID,
                        "missing key %s for client certificate %s. CA certificates must use the "
                        "extension .crt",
                        key_name, name);
        return -1;
    }
    endpoint->certificate = certificate;
    endpoint->key = key;
    return 0;
}

static int read_files(struct arena *arena, DIR *dir, struct transfer_endpoint *endpoint,
                      struct err *err)
{
    AUTO_BUF struct buf ca;
    buf_init(&ca, PEM_MAX);
    errno = 0;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0) {
        int result = 0;
        if (text_ends(entry->d_name, ".crt"))
            result = add_ca(dirfd(dir), entry->d_name, &ca, err);
        else if (text_ends(entry->d_name, ".cert"))
            result = read_pair(arena, dirfd(dir), entry->d_name, endpoint, err);
        if (result < 0)
            return -1;
    }
    if (errno != 0)
        return fail_sys(err, "list");
    if (ca.n != 0)
        endpoint->ca = arena_strdup(arena, buf_get(&ca));
    return 0;
}

int transfer_certificates_read(struct arena *arena, const char *dir,
                               struct transfer_endpoint *endpoint, struct err *err)
{
    AUTO_DIR DIR *listing = opendir(dir);
    if (listing == NULL && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (listing == NULL)
        return fail_sys(err, "open %s", dir);
    return read_files(arena, listing, endpoint, err) < 0 ? fail_in(err, "%s", dir) : 0;
}
