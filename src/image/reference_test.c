// SPDX-License-Identifier: Apache-2.0
// reference_test.c — what names mean, and which are none.
#include "base/mem.h"
#include "base/test.h"
#include "image/image.h"

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct err err;

TEST(references_have_defaults)
{
    static const char *const rows[][3] = {
        {"hello", "docker.io/library/hello:latest", "hello:latest"},
        {"hello:1.2", "docker.io/library/hello:1.2", "hello:1.2"},
        {"a/b", "docker.io/a/b:latest", "a/b:latest"},
        {"docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"},
        {"docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest"},
        {"docker.io/hello", "docker.io/library/hello:latest", "hello:latest"},
        {"index.docker.io/library/hello", "docker.io/library/hello:latest", "hello:latest"},
        {"localhost/x", "localhost/x:latest", "localhost/x:latest"},
        {"localhost:5000/x/y:z", "localhost:5000/x/y:z", "localhost:5000/x/y:z"},
        {"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest"},
        {"ghcr.io/a/b__c-d.e:T_1.0-x", "ghcr.io/a/b__c-d.e:T_1.0-x", "ghcr.io/a/b__c-d.e:T_1.0-x"},
        {"hello@sha256:" HEX, "docker.io/library/hello@sha256:" HEX, "hello@sha256:" HEX},
        {"hello:9@sha256:" HEX, "docker.io/library/hello@sha256:" HEX, "hello@sha256:" HEX},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        const char *full = image_reference_full(&arena, rows[i][0], &err);
        CHECK_STR(full, rows[i][1]);
        CHECK_STR(image_reference_familiar(&arena, full), rows[i][2]);
        CHECK_STR(image_reference_full(&arena, full, &err), full);
    }
}

TEST(what_is_no_reference_is_refused)
{
    static const char *const rows[] = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "../etc",
        "a/../b",
        "Hello",
        "a b",
        "a:",
        ":a",
        "a:b:c",
        "a:.b",
        "a:-b",
        "-a",
        "a-",
        "a..b",
        "a..b/x",
        ".a.b/x",
        "a.b./x",
        "-a.b/x",
        "a.b:/x",
        "a.b:65536/x",
        "[::1]5000/x",
        "[]:5000/x",
        "[::1/x",
        "a___b",
        "a/b:c/d",
        "a@sha256:",
        "a@md5:" HEX,
        "a@sha256:" HEX "0",
        "host:x/a",
        "host:99999/a",
        "[::1/a",
        "a\nb",
        "a%2e",
        "localhost:5000/",
        "a@sha256:../" HEX,
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        if (image_reference_full(&arena, rows[i], &err) != NULL)
            CHECK_STR(rows[i], "refused");
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK_HAS(err.text, "invalid reference format");
    }
}
