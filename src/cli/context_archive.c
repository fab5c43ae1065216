// SPDX-License-Identifier: Apache-2.0
// context_archive.c — context export and import: a context with its certificates as a tar.
//
// What is imported may be anybody's: it is unpacked aside by dhow-transfer, which can reach nothing
// else, and of what is there then only the files that a context has are read, without following
// links.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/context.h"
#include "cli/context_store.h"
#include "linux/path.h"
#include "linux/program.h"
#include "linux/tree.h"
#include "transfer/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TLS_DIR "tls/docker"
enum { IMPORT_MAX = 10 * 1024 * 1024, BLOCK = 512, TAR_MAGIC = 257 }; // docker's limit

static const struct option no_options[] = {{}};

// A directory of our own to work in, for the time of the command.
struct aside {
    int top, dir; // the directory of contexts, and ours in it
    char name[32];
};
static int aside_open(struct cli *cli, struct aside *out)
{
    const char *path = arena_printf(&cli->arena, "%s/contexts", cli_config_dir(cli));
    *out = (struct aside){-1, -1, ""};
    AUTO_FD int top = dir_make_at(AT_FDCWD, path, 0755, &cli->err);
    if (top < 0)
        return -1;
    snprintf(out->name, sizeof out->name, ".aside-%d", (int)getpid());
    if (tree_remove(top, out->name, &cli->err) < 0) // of a killed command with our number
        return -1;
    if (mkdirat(top, out->name, 0700) < 0)
        return fail_sys(&cli->err, "create %s/%s", path, out->name);
    out->dir = openat(top, out->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out->dir < 0)
        return fail_sys(&cli->err, "open %s/%s", path, out->name);
    out->top = TAKE_FD(top);
    return 0;
}
static int aside_close(struct cli *cli, struct aside *aside, int result)
{
    struct err second; // the first says more
    if (aside->dir >= 0)
        (void)close(aside->dir);
    if (aside->top >= 0 &&
        tree_remove(aside->top, aside->name, result < 0 ? &second : &cli->err) < 0)
        result = -1;
    if (aside->top >= 0)
        (void)close(aside->top);
    return result;
}

// --- export

static int put_file(struct cli *cli, int dir, const char *name, const char *text, mode_t mode)
{
    return file_replace_volatile(dir, name, text, strlen(text), mode, &cli->err);
}

static int lay_out(struct cli *cli, const struct context *context, int dir)
{
    struct context_tls tls;
    if (context_read_tls(cli, context, &tls) < 0 ||
        put_file(cli, dir, "meta.json", context_text(&cli->arena, context), 0644) < 0)
        return -1;
    AUTO_FD int place = dir_make_at(dir, TLS_DIR, 0700, &cli->err);
    for (size_t i = 0; i < CONTEXT_TLS_FILES && place >= 0; i++) {
        if (tls.text[i] != NULL &&
            put_file(cli, place, context_tls_files[i], tls.text[i], 0600) < 0)
            return -1;
    }
    return place < 0 ? -1 : 0;
}

static int pack(struct cli *cli, const struct context *context, int to)
{
    struct aside aside;
    struct child child = CHILD_NONE;
    const char *program = program_find(&cli->arena, "dhow-transfer", &cli->err);
    if (program == NULL)
        return -1;
    int result = aside_open(cli, &aside);
    const struct tree_pack what = {.tree = aside.dir};
    if (result == 0)
        result = lay_out(cli, context, aside.dir);
    if (result == 0)
        result = tree_pack_start(program, &what, to, &child, &cli->err);
    if (result == 0)
        result = tree_finish(&child, &cli->arena, NULL, &cli->err);
    return aside_close(cli, &aside, result);
}

static int export(struct cli *cli, const char *name, const char *path)
{
    struct context context;
    if (context_read(cli, name, &context) < 0 || cli_connect(cli) < 0)
        return -1;
    if (path != NULL && strcmp(path, "-") == 0) {
        if (isatty(STDOUT_FILENO))
            return fail(&cli->err, ERR_INVALID,
                        "cowardly refusing to export to a terminal, specify a file path");
        return pack(cli, &context, STDOUT_FILENO);
    }
    if (path == NULL)
        path = arena_printf(&cli->arena, "%s.dockercontext", name);
    AUTO_FD int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (to < 0 && errno == EEXIST)
        return fail(&cli->err, ERR_CONFLICT, "open %s: file exists", path);
    if (to < 0)
        return fail_sys(&cli->err, "create %s", path);
    if (pack(cli, &context, to) < 0) {
        (void)unlink(path); // half of one
        return -1;
    }
    fprintf(stderr, "Written file \"%s\"\n", path);
    return 0;
}
static int export_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    return export(cli, words->at[0], words->n > 1 ? words->at[1] : NULL) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command context_export_command = {
    "context export",
    "CONTEXT [FILE|-]",
    "Write a context, with its certificates and key, as a tar archive",
    no_options,
    0,
    OPTIONS_MIXED,
    1,
    2,
    export_run,
    NULL,
};

// --- import

// *out is NULL when it is not there.
static int take_file(struct cli *cli, int dir, const char *path, const char **out)
{
    AUTO_BUF struct buf text;
    struct stat st;
    buf_init(&text, CONTEXT_FILE_MAX);
    *out = NULL;
    AUTO_FD int fd = path_open_beneath(dir, path, O_RDONLY | O_NONBLOCK, &cli->err);
    if (fd < 0)
        return cli->err.kind == ERR_NOT_FOUND ? 0 : -1;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return fail(&cli->err, ERR_INVALID, "%s in the archive is no file", path);
    if (file_read_fd(fd, path, &text, &cli->err) < 0)
        return -1;
    *out = arena_strndup(&cli->arena, buf_get(&text), text.n);
    return 0;
}

static int take_in(struct cli *cli, const char *name, int dir)
{
    struct context context;
    struct context_tls tls = {};
    const char *meta;
    if (take_file(cli, dir, "meta.json", &meta) < 0)
        return -1;
    if (meta == NULL)
        return fail(&cli->err, ERR_INVALID, "invalid context: no metadata found");
    if (context_decode(&cli->arena, meta, strlen(meta), &context, &cli->err) < 0)
        return fail_in(&cli->err, "invalid context: meta.json");
    for (size_t i = 0; i < CONTEXT_TLS_FILES; i++) {
        const char *path = arena_printf(&cli->arena, TLS_DIR "/%s", context_tls_files[i]);
        if (take_file(cli, dir, path, &tls.text[i]) < 0)
            return -1;
    }
    context.name = name;
    return context_write(cli, &context, &tls);
}

// All of it, in memory. What docker exports lacks the end of a tar archive, and the padding of the
// last file: they are added.
static int read_archive(struct cli *cli, int from)
{
    static const char end[2 * BLOCK];
    AUTO_BUF struct buf text;
    buf_init(&text, IMPORT_MAX);
    if (file_read_fd(from, "the archive", &text, &cli->err) < 0)
        return -1;
    if (text.n > 2 && memcmp(text.at, "PK", 2) == 0)
        return fail(&cli->err, ERR_INVALID,
                    "it is a zip file: dhow takes contexts as tar archives");
    bool is_tar = text.n > TAR_MAGIC && memcmp(text.at + TAR_MAGIC, "ustar", 5) == 0;
    AUTO_FD int memory = memfd_create("context", MFD_CLOEXEC);
    size_t padding = (BLOCK - text.n % BLOCK) % BLOCK;
    if (memory < 0 || write_all(memory, buf_get(&text), text.n) < 0 ||
        (is_tar &&
         (write_all(memory, end, padding) < 0 || write_all(memory, end, sizeof end) < 0)) ||
        lseek(memory, 0, SEEK_SET) < 0)
        return fail_sys(&cli->err, "keep the archive in memory");
    return TAKE_FD(memory);
}

static int unpack(struct cli *cli, const char *name, int archive)
{
    AUTO_FD int from = read_archive(cli, archive);
    if (from < 0)
        return -1;
    struct aside aside;
    struct child child = CHILD_NONE;
    const char *program = program_find(&cli->arena, "dhow-transfer", &cli->err);
    if (program == NULL)
        return -1;
    int result = aside_open(cli, &aside);
    const struct tree_unpack what = {
        .into = aside.dir, .has_owner = true, .uid = geteuid(), .gid = getegid()};
    if (result == 0)
        result = tree_unpack_start(program, &what, from, &child, &cli->err);
    if (result == 0 && tree_finish(&child, &cli->arena, NULL, &cli->err) < 0)
        result = fail_in(&cli->err, "read the archive");
    if (result == 0)
        result = take_in(cli, name, aside.dir);
    return aside_close(cli, &aside, result);
}

static int import(struct cli *cli, const char *name, const char *path)
{
    if (context_name_check(name, &cli->err) < 0)
        return -1;
    int there = context_exists(cli, name);
    if (there != 0)
        return there < 0 ? -1
                         : fail(&cli->err, ERR_CONFLICT, "context \"%s\" already exists", name);
    bool is_stdin = strcmp(path, "-") == 0;
    AUTO_FD int file = is_stdin ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (!is_stdin && file < 0)
        return fail_sys(&cli->err, "open %s", path);
    if (cli_connect(cli) < 0 || unpack(cli, name, is_stdin ? STDIN_FILENO : file) < 0)
        return -1;
    puts(name);
    (void)fflush(stdout);
    fprintf(stderr, "Successfully imported context \"%s\"\n", name);
    return 0;
}
static int import_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    return import(cli, words->at[0], words->at[1]) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command context_import_command = {
    "context import",
    "CONTEXT FILE|-",
    "Make a context from a tar archive",
    no_options,
    0,
    OPTIONS_MIXED,
    2,
    2,
    import_run,
    NULL,
};
