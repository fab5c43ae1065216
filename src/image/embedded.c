// SPDX-License-Identifier: Apache-2.0
// embedded.c — the image inside this program: `hello`.
//
// Its tar is linked in (Makefile: gen/embedded.o) and imported like any other when somebody asks
// for it, so there is one road for images. Its date is fixed: the same build gives the same id.
#include "base/file.h"
#include "base/mem.h"
#include "image/image.h"

#include <string.h>
#include <sys/mman.h>

extern const char embedded_hello[] __attribute__((visibility("hidden")));
extern const uint64_t embedded_hello_bytes __attribute__((visibility("hidden")));

#define NAME    "docker.io/library/hello:latest"
#define CREATED "2026-01-01T00:00:00Z"

int image_embedded_ensure(const struct image_store *store, struct arena *arena,
                          const char *reference, struct image *out, struct err *err)
{
    static const char *const command[] = {"/hello"};
    const struct image_config config = {.cmd = (const char **)(uintptr_t)command,
                                        .n_cmd = N_ELEMENTS(command)};
    const char *full = image_reference_full(arena, reference, err);
    if (full == NULL)
        return -1;
    if (strcmp(full, NAME) != 0)
        return 0;
    size_t n = embedded_hello_bytes;
    AUTO_FD int tar = memfd_create("hello.tar", MFD_CLOEXEC);
    if (tar < 0 || write_all(tar, embedded_hello, n) < 0 || lseek(tar, 0, SEEK_SET) < 0)
        return fail_sys(err, "lay out the embedded image");
    const struct image_import request = {
        .tar_fd = tar,
        .name = NAME,
        .message = "inside dhow",
        .created = CREATED,
        .is_plain = true, // another processor may compress otherwise, and the id is to be the same
        .changes = &config,
    };
    if (image_import(store, arena, &request, out, err) < 0)
        return fail_in(err, "make the embedded image hello");
    return 1;
}
