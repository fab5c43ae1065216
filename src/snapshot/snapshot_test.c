// SPDX-License-Identifier: Apache-2.0
// snapshot_test.c — layers appear whole, trees go away, overlays mount in each of the kernel's
// dialects. What mounts does so in a child with a user and a mount namespace of its own: no root is
// needed.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "linux/tree.h"
#include "snapshot/layer.h"
#include "snapshot/overlay.h"
#include "snapshot/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define CHAIN "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct err err;

static void put(int dir, const char *name, const char *text)
{
    CHECK_INT(file_replace_volatile(dir, name, text, strlen(text), 0644, &err), 0);
}

TEST(layer_appears_whole_and_goes)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    struct layer_writer writer;
    CHECK_INT(layer_begin(root, &writer, &err), 0);
    put(writer.fs, "file", "text");
    CHECK_INT(layer_find(root, CHAIN, &err), 0);
    CHECK_INT(layer_commit(&writer, CHAIN, &err), 0);
    layer_abort(&writer);
    CHECK_INT(layer_find(root, CHAIN, &err), 1);
    AUTO_FD int fs = layer_open(root, CHAIN, &err);
    CHECK(fs >= 0 && faccessat(fs, "file", F_OK, 0) == 0);
    CHECK_INT(layer_remove(root, CHAIN, &err), 0);
    CHECK_INT(layer_find(root, CHAIN, &err), 0);
    CHECK_INT(layer_remove(root, CHAIN, &err), 0);
    test_scratch_remove(path);
}

TEST(layer_left_by_a_killed_maker_is_swept)
{
    char path[40], name[128];
    AUTO_FD int root = test_scratch_make(path);
    struct layer_writer killed, next;
    CHECK_INT(layer_begin(root, &killed, &err), 0);
    put(killed.fs, "file", "text");
    snprintf(name, sizeof name, "snapshot/incoming/%s", killed.name);
    CHECK_INT(layer_begin(root, &next, &err), 0); // the first still holds its lock
    CHECK_INT(faccessat(root, name, F_OK, 0), 0);
    layer_abort(&next);
    close(killed.fs); // as the kernel does for the killed
    close(killed.dir);
    CHECK_INT(layer_begin(root, &next, &err), 0);
    CHECK(faccessat(root, name, F_OK, 0) < 0);
    layer_abort(&next);
    test_scratch_remove(path);
}

TEST(layer_that_is_there_is_kept)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    for (int i = 0; i < 2; i++) {
        struct layer_writer writer;
        CHECK_INT(layer_begin(root, &writer, &err), 0);
        put(writer.fs, i == 0 ? "first" : "second", "");
        CHECK_INT(layer_commit(&writer, CHAIN, &err), 0);
        layer_abort(&writer);
    }
    AUTO_FD int fs = layer_open(root, CHAIN, &err);
    CHECK_INT(faccessat(fs, "first", F_OK, 0), 0);
    CHECK(faccessat(fs, "second", F_OK, 0) < 0);
    test_scratch_remove(path);
}

TEST(layer_names_are_no_paths)
{
    static const char *const bad[] = {"", "..", "../../etc", "AAAA", CHAIN "a", "incoming"};
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        CHECK(layer_open(-1, bad[i], &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(tree_of_any_depth_is_removed)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int scratch = test_scratch_make(path);
    AUTO_FD int at = dup(scratch);
    for (int i = 0; i < 3000; i++) {
        CHECK_INT(mkdirat(at, "deep", 0700), 0);
        int below = openat(at, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(below >= 0);
        close(at);
        at = below;
    }
    put(at, "file", "text");
    CHECK_INT(symlinkat("/", scratch, "link"), 0);
    CHECK_INT(tree_remove(scratch, "link", &err), 0);
    CHECK_INT(tree_remove(scratch, "deep", &err), 0);
    CHECK(faccessat(scratch, "deep", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
    CHECK_INT(tree_remove(scratch, "deep", &err), 0);
    test_scratch_remove(path);
}

// --- mounts, in a child
static int write_map(const char *file, const char *text)
{
    struct err ignored;
    return file_put_at(AT_FDCWD, file, text, &ignored);
}
static bool enter_namespaces(void)
{
    char uid[40], gid[40];
    snprintf(uid, sizeof uid, "0 %u 1", geteuid());
    snprintf(gid, sizeof gid, "0 %u 1", getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return false;
    (void)write_map("/proc/self/setgroups", "deny"); // root's parent need not
    return write_map("/proc/self/uid_map", uid) == 0 && write_map("/proc/self/gid_map", gid) == 0;
}

enum { CHILD_DID = 0, CHILD_FAILED = 1, CHILD_CANNOT = 77 };

// The child opens the root anew: overlayfs takes only directories of its own mount namespace.
static int in_child(int (*work)(int root), const char *path)
{
    fflush(stdout);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        int result = CHILD_CANNOT;
        if (enter_namespaces())
            result = work(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (result == CHILD_FAILED)
            fprintf(stderr, "# %s (errno %d)\n", err.text, err.sys);
        _exit(result);
    }
    int status;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int two_layers(int root)
{
    static const char *const names[] = {CHAIN, OTHER};
    for (size_t i = 0; i < 2; i++) {
        struct layer_writer writer;
        CHECK_INT(layer_begin(root, &writer, &err), 0);
        put(writer.fs, names[i], "");
        put(writer.fs, "both", names[i]);
        CHECK_INT(fchmod(writer.fs, i == 0 ? 0700 : 0711), 0);
        CHECK_INT(layer_commit(&writer, names[i], &err), 0);
        layer_abort(&writer);
    }
    CHECK_INT(mkdirat(root, "container", 0700), 0);
    return openat(root, "container", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static const char *const chain[] = {CHAIN, OTHER};
static const struct snapshot_layers layers = {chain, 2};

static bool shows_merged(int merged)
{
    AUTO_BUF struct buf both;
    buf_init(&both, 100);
    struct stat st;
    return fstat(merged, &st) == 0 && (st.st_mode & 07777) == 0711 &&
           faccessat(merged, CHAIN, F_OK, 0) == 0 && faccessat(merged, OTHER, F_OK, 0) == 0 &&
           file_read_at(merged, "both", &both, &err) == 0 && strcmp(buf_get(&both), OTHER) == 0;
}

// After the container has written "new".
static bool shows_views(int root, int container)
{
    AUTO_FD int image = snapshot_view(root, -1, &layers, &err);
    AUTO_FD int both = snapshot_view(root, container, &layers, &err);
    AUTO_FD int changes = snapshot_changes(container, &err);
    const struct snapshot_layers lowest = {chain, 1};
    AUTO_FD int one = snapshot_view(root, -1, &lowest, &err);
    return shows_merged(image) && shows_merged(both) && faccessat(image, "new", F_OK, 0) < 0 &&
           faccessat(both, "new", F_OK, 0) == 0 && faccessat(changes, "new", F_OK, 0) == 0 &&
           faccessat(changes, CHAIN, F_OK, 0) < 0 && faccessat(one, CHAIN, F_OK, 0) == 0 &&
           faccessat(one, OTHER, F_OK, 0) < 0 &&
           openat(both, "written", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 && errno == EROFS;
}

static int mount_and_use(int root)
{
    AUTO_FD int container = openat(root, "container", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 2; i++) { // a second mount of what was volatile works
        if (snapshot_prepare(container, &err) < 0)
            return CHILD_FAILED;
        AUTO_FD int mount = snapshot_mount(root, container, &layers, true, &err);
        if (mount < 0 || snapshot_attach(container, mount, &err) < 0)
            return CHILD_FAILED;
        AUTO_FD int merged = openat(container, "rootfs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (!shows_merged(merged) || file_replace_volatile(merged, "new", "x", 1, 0644, &err) < 0 ||
            faccessat(container, "upper/new", F_OK, 0) < 0)
            return CHILD_FAILED;
        int once = snapshot_detach(container, &err), twice = snapshot_detach(container, &err);
        if (once < 0 || twice < 0 || faccessat(container, "rootfs/new", F_OK, 0) == 0)
            return CHILD_FAILED;
    }
    if (!shows_views(root, container))
        return CHILD_FAILED;
    int once = snapshot_remove(container, &err), twice = snapshot_remove(container, &err);
    return once == 0 && twice == 0 && faccessat(container, "upper", F_OK, 0) < 0 ? CHILD_DID
                                                                                 : CHILD_FAILED;
}

TEST(snapshot_shows_the_layers_and_keeps_what_is_written)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    AUTO_FD int container = two_layers(root);
    CHECK(container >= 0);
    int result = in_child(mount_and_use, path);
    test_scratch_remove(path);
    if (result == CHILD_CANNOT)
        skip();
    CHECK_INT(result, CHILD_DID);
}

TEST(snapshot_without_its_layer_is_not_mounted)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    AUTO_FD int container = two_layers(root);
    CHECK_INT(layer_remove(root, OTHER, &err), 0);
    CHECK_INT(snapshot_prepare(container, &err), 0);
    CHECK(snapshot_mount(root, container, &layers, false, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
    test_scratch_remove(path);
}

static int speak_each_dialect(int root)
{
    AUTO_FD int container = openat(root, "container", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (snapshot_prepare(container, &err) < 0)
        return CHILD_FAILED;
    AUTO_FD int upper = openat(container, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int work = openat(container, "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int top = layer_open(root, OTHER, &err);
    AUTO_FD int base = layer_open(root, CHAIN, &err);
    int lowers[] = {top, base}, spoken = 0;
    if (fchmod(upper, 0711) < 0)
        return CHILD_FAILED;
    struct overlay overlay = {
        .lowers = lowers, .n_lowers = 2, .upper = upper, .work = work, .is_user = true};
    for (int dialect = OVERLAY_BY_FD; dialect <= OVERLAY_BY_LIST; dialect++) {
        AUTO_FD int merged = overlay_mount_as(&overlay, dialect, &err);
        if (merged < 0 && dialect != OVERLAY_BY_LIST && (err.sys == EINVAL || err.sys == EBADF))
            continue;
        if (merged < 0 || !shows_merged(merged))
            return CHILD_FAILED;
        spoken++;
    }
    return spoken != 0 ? CHILD_DID : CHILD_FAILED;
}

TEST(overlay_speaks_the_dialects_of_old_and_new_kernels)
{
    char path[TEST_SCRATCH_MAX];
    AUTO_FD int root = test_scratch_make(path);
    AUTO_FD int container = two_layers(root);
    int result = in_child(speak_each_dialect, path);
    test_scratch_remove(path);
    if (result == CHILD_CANNOT)
        skip();
    CHECK_INT(result, CHILD_DID);
}
