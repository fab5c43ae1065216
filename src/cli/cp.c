// SPDX-License-Identifier: Apache-2.0
// cp.c — dhow cp: between a container and the file system here.
//
// Both ends are tar streams: the engine reads or writes one for the container's side, and a child
// of ours (transfer/trees.h) for the local one, which reaches nothing but the directory that it is
// given. What comes from a container is unpacked under the one name that the user asked for, so
// that neither a container nor an engine elsewhere says where files appear (S-1).
//
// Who gets which name is docker's table: into a directory that exists, under the source's name, or
// only what is in it when the source ends with "/."; onto a file, in its place; else under the new
// name, in a directory that must exist.
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "linux/program.h"
#include "ops/archive.h"
#include "transfer/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 10 }; // docker's

struct cp_args {
    bool archive, follow_link, quiet;
};
static const struct option cp_options[] = {
    OPTION_FLAG(struct cp_args, archive, "archive", 'a', "keep who the files belong to"),
    OPTION_FLAG(struct cp_args, follow_link, "follow-link", 'L',
                "of a source that is a symbolic link, copy what it leads to"),
    OPTION_FLAG(struct cp_args, quiet, "quiet", 'q',
                "do not say what was copied (nothing is said either without a terminal)"),
    {},
};

struct side { // CONTAINER:PATH or PATH
    const char *container, *path;
};
struct named { // where in which directory something is, or is to be
    const char *dir, *base;
};
struct target {
    const char *path;
    bool exists, is_dir;
};
struct source {
    const char *path;
    const char *name; // what it is called when the destination does not say; "." for its contents
    bool is_dir;
};

// --- paths

// "web:/tmp" names a container, "/tmp:x" and "./web:x" do not.
static struct side side_of(struct arena *arena, const char *text)
{
    struct str rest = str_of(text), container = str_cut(&rest, ':');
    bool has_container = text[container.n] == ':' && text[0] != '/' && text[0] != '.';
    if (!has_container)
        return (struct side){.path = text};
    return (struct side){arena_strndup(arena, container.at, container.n), rest.at};
}

// "/a/b/" is b in /a; "/a/b/." is what is in /a/b.
static struct named split(struct arena *arena, const char *path)
{
    struct str rest = str_of(path);
    bool is_contents = str_is(rest, ".") || text_ends(path, "/.");
    if (is_contents)
        rest.n--;
    while (rest.n > 1 && rest.at[rest.n - 1] == '/')
        rest.n--;
    if (is_contents || str_is(rest, "/"))
        return (struct named){rest.n != 0 ? arena_strndup(arena, rest.at, rest.n) : ".", "."};
    bool has_slash = memchr(rest.at, '/', rest.n) != NULL;
    struct str base = str_cut_last(&rest, '/');
    const char *dir = has_slash ? arena_printf(arena, "%.*s/", (int)rest.n, rest.at) : ".";
    return (struct named){dir, arena_strndup(arena, base.at, base.n)};
}

static bool asserts_directory(const char *path)
{
    return text_ends(path, "/") || text_ends(path, "/.") || strcmp(path, ".") == 0;
}

// docker's table. *out: the directory to unpack into, and the name there.
static int choose(struct cli *cli, const struct source *source, const struct target *target,
                  struct named *out)
{
    if (target->exists && target->is_dir)
        *out = (struct named){target->path, source->name};
    else if (target->exists && source->is_dir)
        return fail(&cli->err, ERR_INVALID, "cannot copy directory");
    else if (!target->exists && !source->is_dir && asserts_directory(target->path))
        return fail(&cli->err, ERR_NOT_FOUND, "no such directory");
    else
        *out = split(&cli->arena, target->path);
    return 0;
}

static void say_done(struct cli *cli, const struct cp_args *args, uint64_t bytes, const char *where)
{
    if (!args->quiet && isatty(STDOUT_FILENO))
        fprintf(stderr, "Successfully copied %s to %s\n", size_words(&cli->arena, bytes), where);
}

// --- out of a container

static int stat_in(struct cli *cli, const struct side *side, const char *path,
                   struct archive_stat *out)
{
    const struct archive_stat_request request = {side->container, path};
    return cli_call(cli, CONTAINER_ARCHIVE_STAT, &request, out);
}

static int look_at_source(struct cli *cli, const struct cp_args *args, const struct side *from,
                          struct source *out)
{
    struct archive_stat st;
    *out = (struct source){.path = from->path};
    if (stat_in(cli, from, from->path, &st) < 0)
        return -1;
    out->name = strcmp(st.name, "/") == 0 ? "." : st.name;
    bool is_link = (st.mode & GO_MODE_SYMLINK) != 0;
    if (args->follow_link && is_link && !text_is_empty(st.link_target)) {
        out->path = st.link_target;
        if (stat_in(cli, from, out->path, &st) < 0)
            return -1;
    }
    out->is_dir = (st.mode & GO_MODE_DIRECTORY) != 0;
    return 0;
}

// The destination, links followed; it need not be there.
static int look_at_target(struct cli *cli, const char *path, struct target *out)
{
    struct stat st;
    for (int i = 0; i < LINKS_MAX && lstat(path, &st) == 0 && S_ISLNK(st.st_mode); i++) {
        char link[PATH_MAX];
        ssize_t n = readlink(path, link, sizeof link);
        if (n < 0)
            return fail_sys(&cli->err, "read the link %s", path);
        struct named at = split(&cli->arena, path);
        path = link[0] == '/' ? arena_strndup(&cli->arena, link, (size_t)n)
                              : arena_printf(&cli->arena, "%s/%.*s", at.dir, (int)n, link);
    }
    *out = (struct target){.path = path, .exists = stat(path, &st) == 0};
    out->is_dir = out->exists && S_ISDIR(st.st_mode);
    if (out->exists && !out->is_dir && !S_ISREG(st.st_mode))
        return fail(&cli->err, ERR_INVALID,
                    "invalid output path: \"%s\" must be a directory or a regular file", path);
    const char *dir = split(&cli->arena, path).dir;
    if (!out->exists && access(dir, F_OK) < 0)
        return fail(&cli->err, ERR_NOT_FOUND,
                    "invalid output path: directory \"%s\" does not exist", dir);
    return 0;
}

// Runs the engine's half while the child does its own. When both fail, the one that the other
// hung up on tells why.
static int call_beside(struct cli *cli, enum operation_id id, const void *request, void *response,
                       int *end)
{
    int done = cli_call(cli, id, request, response);
    (void)close(TAKE_FD(*end)); // the child sees that this was all
    return done;
}
static int join(struct cli *cli, struct child *child, int done, uint64_t *out_bytes)
{
    struct err other = {};
    int local = tree_finish(child, &cli->arena, out_bytes, &other);
    bool was_hung_up_on = done < 0 && cli->err.kind == ERR_UNAVAILABLE;
    bool hung_up = local < 0 && other.kind != ERR_UNAVAILABLE;
    if (local < 0 && (done == 0 || (was_hung_up_on && hung_up)))
        cli->err = other;
    return local < 0 ? -1 : done;
}

static int receive(struct cli *cli, const struct cp_args *args, const struct side *from,
                   const struct source *source, const struct named *to, uint64_t *out_bytes)
{
    struct archive_stat ignored;
    struct child child = CHILD_NONE;
    const char *inside = split(&cli->arena, source->path).base;
    int ends[2];
    AUTO_FD int into = open(to->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (into < 0)
        return fail_sys(&cli->err, "open %s", to->dir);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(&cli->err, "make a pipe");
    AUTO_FD int reading = ends[0], writing = ends[1];
    bool keeps_owner = args->archive && geteuid() == 0;
    const struct tree_unpack what = {
        .into = into,
        .strip = strcmp(inside, ".") == 0 || strcmp(inside, "..") == 0 ? "" : inside,
        .prefix = strcmp(to->base, ".") == 0 ? "" : to->base,
        .keeps_kinds = true,
        .has_owner = !keeps_owner,
        .uid = geteuid(),
        .gid = getegid(),
    };
    const char *program = program_find(&cli->arena, "dhow-transfer", &cli->err);
    if (program == NULL || tree_unpack_start(program, &what, reading, &child, &cli->err) < 0)
        return -1;
    (void)close(TAKE_FD(reading)); // the child has it
    const struct archive_get_request request = {from->container, source->path, writing};
    int done = call_beside(cli, CONTAINER_ARCHIVE_GET, &request, &ignored, &writing);
    return join(cli, &child, done, out_bytes);
}

static int copy_from(struct cli *cli, const struct cp_args *args, const struct side *from,
                     const char *to)
{
    struct source source;
    struct target target;
    struct named place;
    struct archive_stat ignored;
    uint64_t bytes = 0;
    bool to_stdout = strcmp(to, "-") == 0;
    if ((!to_stdout && look_at_target(cli, to, &target) < 0) ||
        look_at_source(cli, args, from, &source) < 0)
        return -1;
    if (to_stdout) {
        const struct archive_get_request request = {from->container, source.path, STDOUT_FILENO};
        return cli_call(cli, CONTAINER_ARCHIVE_GET, &request, &ignored);
    }
    if (choose(cli, &source, &target, &place) < 0 ||
        receive(cli, args, from, &source, &place, &bytes) < 0)
        return -1;
    say_done(cli, args, bytes, to);
    return 0;
}

// --- into a container

// A link at the destination is followed once, as far as it goes.
static int look_inside(struct cli *cli, const struct side *to, struct target *out)
{
    struct archive_stat st;
    *out = (struct target){.path = to->path};
    int found = stat_in(cli, to, to->path, &st);
    if (found == 0 && (st.mode & GO_MODE_SYMLINK) != 0 && !text_is_empty(st.link_target)) {
        out->path = st.link_target;
        found = stat_in(cli, to, out->path, &st);
    }
    if (found < 0 && strstr(cli->err.text, "Could not find the file") == NULL)
        return -1; // the container is not there, for one
    if (found < 0)
        return 0;
    out->exists = true;
    out->is_dir = (st.mode & GO_MODE_DIRECTORY) != 0;
    if ((st.mode & GO_MODE_IRREGULAR) != 0)
        return fail(&cli->err, ERR_INVALID,
                    "destination \"%s:%s\" must be a directory or a regular file", to->container,
                    to->path);
    return 0;
}

static int look_at_local(struct cli *cli, const struct cp_args *args, const char *path,
                         struct source *out)
{
    char resolved[PATH_MAX];
    struct stat st;
    struct named at = split(&cli->arena, path);
    *out = (struct source){.path = path, .name = at.base};
    if (strcmp(at.base, "..") == 0) // it has no name of its own
        out->name = ".";
    if (args->follow_link && realpath(path, resolved) != NULL && strcmp(at.base, ".") != 0)
        out->path = arena_strdup(&cli->arena, resolved);
    bool follows = asserts_directory(out->path);
    int found = follows ? stat(out->path, &st) : lstat(out->path, &st);
    if (found < 0 && errno == ENOENT)
        return fail(&cli->err, ERR_NOT_FOUND, "lstat %s: no such file or directory", path);
    if (found < 0 && errno != ENOTDIR)
        return fail_sys(&cli->err, "look at %s", path);
    if (found < 0 || (follows && !S_ISDIR(st.st_mode)))
        return fail(&cli->err, ERR_INVALID, "%s: not a directory", path);
    out->is_dir = S_ISDIR(st.st_mode);
    return 0;
}

static int send(struct cli *cli, const struct source *source, const char *name,
                const struct archive_put_request *to, uint64_t *out_bytes)
{
    struct child child = CHILD_NONE;
    struct named at = split(&cli->arena, source->path);
    struct archive_put_request request = *to;
    int ends[2];
    AUTO_FD int tree =
        open(source->is_dir ? source->path : at.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0)
        return fail_sys(&cli->err, "open %s", source->is_dir ? source->path : at.dir);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(&cli->err, "make a pipe");
    AUTO_FD int reading = ends[0], writing = ends[1];
    const struct tree_pack what = {tree, source->is_dir ? "." : at.base, name};
    const char *program = program_find(&cli->arena, "dhow-transfer", &cli->err);
    if (program == NULL || tree_pack_start(program, &what, writing, &child, &cli->err) < 0)
        return -1;
    (void)close(TAKE_FD(writing)); // the child has it
    request.tar = reading;
    int done = call_beside(cli, CONTAINER_ARCHIVE_PUT, &request, NULL, &reading);
    return join(cli, &child, done, out_bytes);
}

static int copy_to(struct cli *cli, const struct cp_args *args, const char *from,
                   const struct side *to)
{
    struct source source;
    struct target target;
    struct named place;
    uint64_t bytes = 0;
    struct archive_put_request request = {
        .id = to->container,
        .no_overwrite_dir_non_dir = true,
        .copy_uid_gid = args->archive,
        .tar = STDIN_FILENO,
    };
    bool from_stdin = strcmp(from, "-") == 0;
    if ((!from_stdin && look_at_local(cli, args, from, &source) < 0) ||
        look_inside(cli, to, &target) < 0)
        return -1;
    request.path = target.path;
    if (from_stdin && !target.is_dir)
        return fail(&cli->err, ERR_INVALID, "destination \"%s:%s\" must be a directory",
                    to->container, to->path);
    if (from_stdin)
        return cli_call(cli, CONTAINER_ARCHIVE_PUT, &request, NULL);
    if (choose(cli, &source, &target, &place) < 0)
        return -1;
    request.path = place.dir;
    if (send(cli, &source, place.base, &request, &bytes) < 0)
        return -1;
    say_done(cli, args, bytes, arena_printf(&cli->arena, "%s:%s", to->container, to->path));
    return 0;
}

static int copy(struct cli *cli, const struct cp_args *args, const struct words *words)
{
    if (*words->at[0] == '\0')
        return fail(&cli->err, ERR_INVALID, "source can not be empty");
    if (*words->at[1] == '\0')
        return fail(&cli->err, ERR_INVALID, "destination can not be empty");
    struct side from = side_of(&cli->arena, words->at[0]);
    struct side to = side_of(&cli->arena, words->at[1]);
    if (from.container != NULL && to.container != NULL)
        return fail(&cli->err, ERR_INVALID, "copying between containers is not supported");
    if (from.container != NULL)
        return copy_from(cli, args, &from, to.path);
    if (to.container != NULL)
        return copy_to(cli, args, from.path, &to);
    return fail(&cli->err, ERR_INVALID, "must specify at least one container source");
}

static int cp_run(struct cli *cli, const void *at, const struct words *words)
{
    return copy(cli, at, words) < 0 ? cli_fail(cli, 1) : 0;
}
const struct command cp_command = {
    "cp",
    "CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH",
    "Copy files between a container and the local file system",
    cp_options,
    sizeof(struct cp_args),
    OPTIONS_MIXED,
    2,
    2,
    cp_run,
    ".PP\nA source goes into a directory that exists, under its own name (with \\fB/.\\fR at its "
    "end: only what is in it), in place of a file, or under a new name in a directory that "
    "exists. With \\fB\\-\\fR as the source a tar archive is read from standard input and unpacked "
    "into a directory of the container; with \\fB\\-\\fR as the destination one is written to "
    "standard output.\n.PP\nThe container need not run. Its volumes and what else is mounted in "
    "it are there; what is in a tmpfs is only while it runs. Files copied out belong to who runs "
    "dhow, or, with \\fB\\-a\\fR as root, to whom they did; files copied in keep the numbers of "
    "their owner, or, with \\fB\\-a\\fR, belong to the container's user.",
};
