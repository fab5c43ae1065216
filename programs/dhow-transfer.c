// SPDX-License-Identifier: Apache-2.0
// dhow-transfer.c — the program that reads what others made: archives, and what registries say.
//
//     dhow-transfer unpack --into FD [--layer] [--follow FD] [--size N]
//         [--max-bytes N] [--max-entries N] [--merge [--strip NAME] [--prefix NAME]
//         [--keep-kinds] [--owner UID --group GID]] <TAR
//     dhow-transfer diffid [--follow FD] [--size N] [--max-bytes N] <TAR
//     dhow-transfer recompress --to 3 [--as gzip|zstd|none] <TAR
//     dhow-transfer pack --blobs 3 --to 4 <PLAN
//     dhow-transfer packtree --tree 3 --to 4 [--layer] [--gzip] [--entry NAME --name NAME]
//     dhow-transfer registry                   a socket on descriptor 3: transfer/transfer.h
//
// With --follow the archive is a file that another process still writes: uint64_t numbers on that
// descriptor say how many of its bytes are there. --size is what was promised, exactly.
// Reports one JSON document on standard output: {"diff_id","digest","compression","size_bytes",
// "entries","files_bytes"}, or {"kind","error"} and exit status 1. Before the first byte is read
// the target has become its root directory, other descriptors are closed, and of root's powers only
// those are left that make files (S-9).
#include "archive/confine.h"
#include "archive/pack.h"
#include "archive/packtree.h"
#include "archive/recompress.h"
#include "archive/unpack.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/str.h"
#include "json/bind.h"
#include "linux/userns.h"
#include "registry/registry.h"
#include "signature/signature.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { REPORT_MAX = 64 * 1024 };

struct arguments {
    int64_t *into, *max_bytes, *max_entries, *follow, *size;
    bool is_layer, merges, keeps_kinds;
    const char *strip, *prefix;
    int64_t *owner, *group;
};
static const struct option table[] = {
    OPTION_INT(struct arguments, into, "into", 0, "descriptor of the directory to unpack into"),
    OPTION_INT(struct arguments, max_bytes, "max-bytes", 0, "refuse a plain archive beyond this"),
    OPTION_INT(struct arguments, follow, "follow", 0, "descriptor that says how much is there"),
    OPTION_INT(struct arguments, size, "size", 0, "the archive has so many bytes, compressed"),
    OPTION_INT(struct arguments, max_entries, "max-entries", 0, "refuse more entries than this"),
    OPTION_FLAG(struct arguments, is_layer, "layer", 0, "read .wh. files as whiteouts"),
    OPTION_FLAG(struct arguments, merges, "merge", 0, "the directory has files already"),
    OPTION_FLAG(struct arguments, keeps_kinds, "keep-kinds", 0,
                "no directory in place of something else, nor the other way round"),
    OPTION_TEXT(struct arguments, strip, "strip", 0, "name", "take this off each entry's name"),
    OPTION_TEXT(struct arguments, prefix, "prefix", 0, "name", "and put this in its place"),
    OPTION_INT(struct arguments, owner, "owner", 0, "uid of all files"),
    OPTION_INT(struct arguments, group, "group", 0, "gid of all files"),
    {},
};

// What of the words makes a merge; it lives as long as the arena.
static int read_merge(struct arena *arena, const struct arguments *arguments,
                      const struct unpack_merge **out, struct err *err)
{
    bool has_owner = arguments->owner != NULL && arguments->group != NULL;
    bool is_owner = has_owner && *arguments->owner >= 0 && *arguments->owner < UINT32_MAX &&
                    *arguments->group >= 0 && *arguments->group < UINT32_MAX;
    if (has_owner != is_owner || (arguments->merges && arguments->is_layer))
        return fail(err, ERR_INVALID, "--merge wants no --layer, and an owner that there can be");
    if (!arguments->merges)
        return 0;
    struct unpack_merge *merge = arena_new(arena, struct unpack_merge);
    *merge = (struct unpack_merge){
        .strip = arguments->strip,
        .prefix = arguments->prefix,
        .keeps_kinds = arguments->keeps_kinds,
        .has_owner = has_owner,
        .uid = has_owner ? (uint32_t)*arguments->owner : 0,
        .gid = has_owner ? (uint32_t)*arguments->group : 0,
    };
    *out = merge;
    return 0;
}

static const struct json_field report_fields[] = {
    JSON_FIELD(struct unpack_report, diff_id, JSON_REQUIRED),
    JSON_FIELD(struct unpack_report, digest, JSON_REQUIRED),
    JSON_FIELD(struct unpack_report, compression, JSON_REQUIRED),
    JSON_FIELD(struct unpack_report, size_bytes, JSON_ALWAYS),
    JSON_FIELD(struct unpack_report, entries, JSON_ALWAYS),
    JSON_FIELD(struct unpack_report, files_bytes, JSON_ALWAYS),
    JSON_FIELD(struct unpack_report, skipped_devices, JSON_OPTIONAL),
    {},
};
struct failure {
    const char *kind, *error;
};
static const struct json_field failure_fields[] = {
    JSON_FIELD(struct failure, kind, JSON_REQUIRED),
    JSON_FIELD(struct failure, error, JSON_REQUIRED),
    {},
};

// A build with AddressSanitizer looks for leaks at the end, through a /proc that is out of reach
// then.
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static void take_number(const int64_t *option, uint64_t *to)
{
    if (option != NULL && *option >= 0)
        *to = (uint64_t)*option;
}

static int read_request(struct arena *arena, int argc, char **argv, struct unpack_request *out,
                        struct err *err)
{
    struct arguments arguments = {};
    struct words rest = {};
    if (options_parse(arena, table, argc, argv, OPTIONS_MIXED, &arguments, &rest, err) < 0)
        return -1;
    const int64_t *const fds[] = {arguments.into, arguments.follow};
    for (size_t i = 0; i < N_ELEMENTS(fds); i++) {
        if (fds[i] != NULL && (*fds[i] < 3 || *fds[i] > INT32_MAX))
            return fail(err, ERR_INVALID, "%jd is no descriptor to use", (intmax_t)*fds[i]);
    }
    if (rest.n != 0)
        return fail(err, ERR_INVALID, "dhow-transfer takes an archive on standard input only");
    *out = (struct unpack_request){
        .into = arguments.into != NULL ? (int)*arguments.into : -1,
        .follow = arguments.follow != NULL ? (int)*arguments.follow : -1,
        .size = UINT64_MAX,
        .is_layer = arguments.is_layer,
        .is_user = userns_is_nested(),
    };
    if (out->into == out->follow && out->into >= 0)
        return fail(err, ERR_INVALID, "--follow wants a descriptor of its own");
    if (read_merge(arena, &arguments, &out->merge, err) < 0)
        return -1;
    take_number(arguments.size, &out->size);
    take_number(arguments.max_bytes, &out->max_bytes);
    take_number(arguments.max_entries, &out->max_entries);
    return 0;
}

// Adds the report to `out`; < 0: err is the report.
static int run_unpack(const struct unpack_request *request, struct buf *out, struct err *err)
{
    struct unpack_report report;
    if (unpack_confine(request, err) < 0 || unpack(request, &report, err) < 0)
        return -1;
    json_encode(out, report_fields, &report, JSON_COMPACT);
    return 0;
}

static int verb_unpack(int argc, char **argv, struct buf *out, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct unpack_request request;
    if (read_request(&arena, argc, argv, &request, err) < 0)
        return -1;
    if (request.into < 0)
        return fail(err, ERR_INVALID, "usage: dhow-transfer unpack --into FD [--layer] <TAR");
    return run_unpack(&request, out, err);
}

// The same without a directory: only what the archive is.
static int verb_diffid(int argc, char **argv, struct buf *out, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct unpack_request request;
    if (read_request(&arena, argc, argv, &request, err) < 0)
        return -1;
    request.into = -1;
    return run_unpack(&request, out, err);
}

// An archive as a layer is stored: the stream goes to descriptor 3.
struct recompress_arguments {
    int64_t *to;
    const char *as;
};
static const struct option recompress_table[] = {
    OPTION_INT(struct recompress_arguments, to, "to", 0, "descriptor to write to"),
    OPTION_TEXT(struct recompress_arguments, as, "as", 0, "gzip|zstd|none",
                "not as it is, or as gzip, but as this"),
    {},
};
static int verb_recompress(int argc, char **argv, struct buf *out, struct err *err)
{
    static const char *const words[] = {
        [COMPRESS_GZIP] = "gzip", [COMPRESS_ZSTD] = "zstd", [COMPRESS_NONE] = "none"};
    enum { TO = 3 };
    AUTO_ARENA struct arena arena = {};
    struct recompress_arguments arguments = {};
    struct words rest = {};
    if (options_parse(&arena, recompress_table, argc, argv, OPTIONS_MIXED, &arguments, &rest, err) <
        0)
        return -1;
    enum compression as = COMPRESS_GZIP;
    while (arguments.as != NULL && as < COMPRESS_NONE && strcmp(words[as], arguments.as) != 0)
        as++;
    bool is_known = arguments.as == NULL || strcmp(words[as], arguments.as) == 0;
    if (rest.n != 0 || arguments.to == NULL || *arguments.to != TO || !is_known)
        return fail(err, ERR_INVALID,
                    "usage: dhow-transfer recompress --to 3 [--as gzip|zstd|none] <TAR");
    // It is kept open as the other stream of an archive is.
    const struct unpack_request request = {.into = -1, .follow = TO, .size = UINT64_MAX};
    (void)signal(SIGPIPE, SIG_IGN); // a write says it, and we say why
    if (unpack_confine(&request, err) < 0 ||
        recompress(STDIN_FILENO, TO, arguments.as != NULL ? &as : NULL, err) < 0)
        return -1;
    buf_text(out, "{}");
    return 0;
}

enum { PACK_FROM = 3, PACK_TO = 4 };

struct pack_arguments {
    int64_t *blobs, *to;
};
static const struct option pack_table[] = {
    OPTION_INT(struct pack_arguments, blobs, "blobs", 0, "descriptor of the directory of blobs"),
    OPTION_INT(struct pack_arguments, to, "to", 0, "descriptor to write the archive to"),
    {},
};
static int verb_pack(int argc, char **argv, struct buf *out, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct pack_arguments arguments = {};
    struct words rest = {};
    struct pack_plan plan;
    if (options_parse(&arena, pack_table, argc, argv, OPTIONS_MIXED, &arguments, &rest, err) < 0)
        return -1;
    if (rest.n != 0 || arguments.blobs == NULL || arguments.to == NULL ||
        *arguments.blobs != PACK_FROM || *arguments.to != PACK_TO)
        return fail(err, ERR_INVALID, "usage: dhow-transfer pack --blobs 3 --to 4 <PLAN");
    AUTO_BUF struct buf text;
    buf_init(&text, PACK_PLAN_MAX);
    if (file_read_fd(STDIN_FILENO, "the plan", &text, err) < 0 ||
        json_decode(&arena, text.at, text.n, pack_plan_fields, &plan, JSON_STRICT, err) < 0 ||
        pack_confine(PACK_FROM, PACK_TO, PACK_READS_OWN, err) < 0 ||
        pack(&plan, PACK_FROM, PACK_TO, err) < 0)
        return -1;
    buf_text(out, "{}");
    return 0;
}

struct packtree_arguments {
    int64_t *tree, *to;
    bool is_layer, is_gzip;
    const char *entry, *name;
};
static const struct option packtree_table[] = {
    OPTION_INT(struct packtree_arguments, tree, "tree", 0, "descriptor of the tree"),
    OPTION_INT(struct packtree_arguments, to, "to", 0, "descriptor to write the archive to"),
    OPTION_FLAG(struct packtree_arguments, is_layer, "layer", 0,
                "the tree is overlayfs' upper directory: write whiteouts as .wh. files"),
    OPTION_FLAG(struct packtree_arguments, is_gzip, "gzip", 0, "compress"),
    OPTION_TEXT(struct packtree_arguments, entry, "entry", 0, "name", "only this entry of it"),
    OPTION_TEXT(struct packtree_arguments, name, "name", 0, "name",
                "what the entry is called in the archive"),
    {},
};
static const struct json_field packtree_fields[] = {
    JSON_FIELD(struct packtree_report, digest, JSON_REQUIRED),
    JSON_FIELD(struct packtree_report, size_bytes, JSON_ALWAYS),
    JSON_FIELD(struct packtree_report, entries, JSON_ALWAYS),
    {},
};
static int verb_packtree(int argc, char **argv, struct buf *out, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct packtree_arguments arguments = {};
    struct words rest = {};
    struct packtree_report report;
    if (options_parse(&arena, packtree_table, argc, argv, OPTIONS_MIXED, &arguments, &rest, err) <
        0)
        return -1;
    if (rest.n != 0 || arguments.tree == NULL || arguments.to == NULL ||
        *arguments.tree != PACK_FROM || *arguments.to != PACK_TO ||
        (arguments.entry == NULL) != (arguments.name == NULL))
        return fail(err, ERR_INVALID,
                    "usage: dhow-transfer packtree --tree 3 --to 4 [--layer] [--gzip] "
                    "[--entry NAME --name NAME]");
    const struct packtree_request request = {
        .tree = PACK_FROM,
        .to = PACK_TO,
        .is_layer = arguments.is_layer,
        .is_gzip = arguments.is_gzip,
        .entry = arguments.entry,
        .name = arguments.name,
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8"); // names are bytes
    if (pack_confine(PACK_FROM, PACK_TO, request.is_layer ? PACK_READS_UPPER : PACK_READS_TREE,
                     err) < 0 ||
        packtree(&request, &report, err) < 0)
        return -1;
    json_encode(out, packtree_fields, &report, JSON_COMPACT);
    return 0;
}

// The engine's socket is descriptor 3; a failure to begin is told there, too.
static int verb_registry(int argc, char **, struct buf *, struct err *err)
{
    return argc != 0 ? fail(err, ERR_INVALID, "usage: dhow-transfer registry, as a child of dhow")
                     : registry_serve(3, err);
}

struct signed_bytes {                      // asked on standard input
    const char *key, *payload, *signature; // PEM; base64, both
};
static const struct json_field signed_bytes_fields[] = {
    JSON_FIELD(struct signed_bytes, key, JSON_REQUIRED),
    JSON_FIELD(struct signed_bytes, payload, JSON_REQUIRED),
    JSON_FIELD(struct signed_bytes, signature, JSON_REQUIRED),
    {},
};

// Is the signature one of these bytes by the owner of this key? {"is_valid":…}
static int verb_verify(int argc, char **, struct buf *out, struct err *err)
{
    enum { QUESTION_MAX = 1024 * 1024 };
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text, payload, signature;
    struct signed_bytes question;
    const struct unpack_request request = {.into = -1, .follow = -1, .size = UINT64_MAX};
    buf_init(&text, QUESTION_MAX);
    buf_init(&payload, QUESTION_MAX);
    buf_init(&signature, QUESTION_MAX);
    if (argc != 0)
        return fail(err, ERR_INVALID, "usage: dhow-transfer verify <QUESTION");
    signature_init();
    if (unpack_confine(&request, err) < 0 ||
        file_read_fd(STDIN_FILENO, "the question", &text, err) < 0 ||
        json_decode(&arena, text.at, text.n, signed_bytes_fields, &question, JSON_STRICT, err) <
            0 ||
        base64_decode(str_of(question.payload), &payload, err) < 0)
        return -1;
    struct err ignored; // a signature that is no base64 is none
    int is_valid = 0;
    if (base64_decode(str_of(question.signature), &signature, &ignored) == 0)
        is_valid =
            signature_verify(str_of(question.key), (struct str){buf_get(&payload), payload.n},
                             (struct str){buf_get(&signature), signature.n}, err);
    if (is_valid < 0)
        return -1;
    buf_printf(out, "{\"is_valid\":%s}", is_valid ? "true" : "false");
    return 0;
}

static const struct verb {
    const char *name;
    // argv without the program and the verb. What it adds to `out` is the report.
    int (*run)(int argc, char **argv, struct buf *out, struct err *err);
} verbs[] = {
    {"unpack", verb_unpack},     {"diffid", verb_diffid}, {"recompress", verb_recompress},
    {"registry", verb_registry}, {"pack", verb_pack},     {"packtree", verb_packtree},
    {"verify", verb_verify},
};

static int run_verb(int argc, char **argv, struct buf *out, struct err *err)
{
    for (size_t i = 0; argc > 1 && i < N_ELEMENTS(verbs); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 2, argv + 2, out, err);
    return fail(err, ERR_INVALID, "usage: dhow-transfer unpack --into FD <TAR");
}

int main(int argc, char **argv)
{
    AUTO_BUF struct buf text;
    buf_init(&text, REPORT_MAX);
    struct err err = {};
    int result = run_verb(argc, argv, &text, &err);
    if (result < 0) {
        struct failure failure = {err_kind_info(err.kind)->name, err.text};
        json_encode(&text, failure_fields, &failure, JSON_COMPACT);
    }
    buf_char(&text, '\n');
    if (write_all(1, text.at, text.n) < 0)
        return 1;
    return result < 0;
}
