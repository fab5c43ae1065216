// SPDX-License-Identifier: Apache-2.0
// volume.c — volumes come and go: rows, names, directories.
#include "volume/volume.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/projectquota.h"
#include "linux/tree.h"
#include "volume/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>

// clang-format off
const struct json_field volume_spec_fields[] = {
    JSON_PAIRS_NAMED(struct volume_spec, labels, "Labels", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct volume_spec, options, "Options", JSON_OPTIONAL),
    {},
};
// clang-format on

// --- names ---

static bool is_name_char(char c, bool is_first)
{
    bool is_alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return is_alnum || (!is_first && (c == '_' || c == '.' || c == '-'));
}

bool volume_name_is_valid(const char *name)
{
    size_t n = strlen(name);
    if (n < 2 || n > VOLUME_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_name_char(name[i], i == 0))
            return false;
    }
    return true;
}

int volume_name_check(const char *name, struct err *err)
{
    if (strlen(name) == 1)
        return fail(err, ERR_INVALID,
                    "create %s: volume name is too short, names should be at least two "
                    "alphanumeric characters",
                    name);
    if (strlen(name) > VOLUME_NAME_MAX)
        return fail(err, ERR_INVALID, "create %.40s…: a volume name has at most %d characters",
                    name, VOLUME_NAME_MAX);
    if (!volume_name_is_valid(name))
        return fail(err, ERR_INVALID,
                    "create %s: \"%s\" includes invalid characters for a local volume name, only "
                    "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host "
                    "directory, use absolute path",
                    name, name);
    return 0;
}

static void put_hex(char *out, const unsigned char *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

int volume_name_make(struct arena *arena, const char **out, struct err *err)
{
    unsigned char random[32];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return fail_sys(err, "getrandom");
    char *name = arena_alloc(arena, 2 * sizeof random + 1);
    put_hex(name, random, sizeof random);
    *out = name;
    return 0;
}

void random_name(char out[RANDOM_NAME])
{
    unsigned char random[(RANDOM_NAME - 1) / 2] = {};
    if (getrandom(random, sizeof random, 0) != sizeof random)
        abort(); // it has that much since the boot
    put_hex(out, random, sizeof random);
}

int volume_request_check(const struct volume_request *request, struct err *err)
{
    const char *name = text_is_empty(request->name) ? "" : request->name;
    if (!text_is_empty(request->driver) && strcmp(request->driver, VOLUME_LOCAL) != 0)
        return fail(err, ERR_NOT_FOUND,
                    "create %s: error looking up volume plugin %s: plugin \"%s\" not found", name,
                    request->driver, request->driver);
    if (*name != '\0' && volume_name_check(name, err) < 0)
        return -1;
    if (volume_options_check(&request->spec, err) < 0)
        return fail_in(err, "create %s", name);
    return 0;
}

// --- rows ---

int volume_of_row(const struct volume_store *store, struct arena *arena,
                  const struct state_volume *row, struct volume *out, struct err *err)
{
    *out = (struct volume){
        .name = row->name,
        .driver = row->driver,
        .mountpoint = arena_printf(arena, "%s/" VOLUMES "/%s/" DATA, store->path, row->name),
        .is_anonymous = row->is_anonymous,
        .created_ns = row->created_ns,
        .n_users = row->n_users,
    };
    if (json_decode(arena, row->spec, strlen(row->spec), volume_spec_fields, &out->spec,
                    JSON_LENIENT, err) < 0)
        return fail_in(err, "the record of volume %s", row->name);
    return 0;
}

int volume_spec_text(struct arena *arena, const struct volume_spec *spec, const char **out,
                     struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, VOLUME_SPEC_MAX);
    json_encode(&text, volume_spec_fields, spec, JSON_COMPACT);
    if (buf_check(&text, "the volume's labels and options", err) < 0)
        return -1;
    *out = arena_strdup(arena, buf_get(&text));
    return 0;
}

static void add_anonymous_label(struct arena *arena, struct volume_spec *spec)
{
    struct json_pair *labels = arena_array(arena, spec->n_labels + 1, sizeof *labels);
    if (spec->n_labels != 0)
        memcpy(labels, spec->labels, spec->n_labels * sizeof *labels);
    labels[spec->n_labels++] = (struct json_pair){VOLUME_ANONYMOUS_LABEL, ""};
    spec->labels = labels;
}

// What is there under the name that was asked for.
static int take_existing(const struct volume_store *store, struct arena *arena,
                         const struct state_volume *wanted, struct volume *out, struct err *err)
{
    struct state_volume row;
    int there = state_volume_find(store->state, arena, wanted->name, &row, err);
    if (there < 0)
        return -1;
    if (there == 0 || row.phase != VOLUME_THERE)
        return fail(err, ERR_CONFLICT, "create %s: that volume is being removed: try again",
                    wanted->name);
    if (strcmp(row.driver, wanted->driver) != 0)
        return fail(err, ERR_CONFLICT,
                    "create %s: conflict: a volume of that name exists with the driver %s",
                    wanted->name, row.driver);
    return volume_of_row(store, arena, &row, out, err);
}

int volume_put(const struct volume_store *store, struct arena *arena,
               const struct volume_request *request, struct volume *out, struct err *err)
{
    struct volume_spec spec = request->spec;
    struct state_volume row = {
        .name = request->name,
        .driver = text_is_empty(request->driver) ? VOLUME_LOCAL : request->driver,
        .is_anonymous = request->is_anonymous || text_is_empty(request->name),
        .phase = VOLUME_THERE,
        .created_ns = now_ns(),
    };
    if (text_is_empty(row.name) && volume_name_make(arena, &row.name, err) < 0)
        return -1;
    if (row.is_anonymous)
        add_anonymous_label(arena, &spec);
    if (volume_spec_text(arena, &spec, &row.spec, err) < 0)
        return -1;
    int put = state_volume_put(store->state, &row, err);
    if (put < 0)
        return -1;
    if (put == 0)
        return take_existing(store, arena, &row, out, err);
    return volume_of_row(store, arena, &row, out, err) < 0 ? -1 : 1;
}

int volume_create(const struct volume_store *store, struct arena *arena,
                  const struct volume_request *request, struct volume *out, struct err *err)
{
    if (volume_request_check(request, err) < 0 || volume_sweep(store, arena, err) < 0)
        return -1;
    int put = volume_put(store, arena, request, out, err);
    if (put < 0)
        return -1;
    AUTO_FD int data = volume_data(store, out, err);
    struct err ignored;
    if (data < 0 && put > 0) // what it asks for cannot be had, a quota say: it never was
        (void)volume_remove(store, arena, out->name, &ignored);
    return data < 0 ? fail_in(err, "create %s", out->name) : put;
}

int volume_find(const struct volume_store *store, struct arena *arena, const char *name,
                struct volume *out, struct err *err)
{
    struct state_volume row;
    int there = state_volume_find(store->state, arena, name, &row, err);
    if (there <= 0 || row.phase != VOLUME_THERE)
        return there < 0 ? -1 : 0;
    return volume_of_row(store, arena, &row, out, err) < 0 ? -1 : 1;
}

int volume_list(const struct volume_store *store, struct arena *arena, struct volume **out,
                size_t *n_out, struct err *err)
{
    struct state_volume *rows;
    size_t n_rows, n = 0;
    if (volume_sweep(store, arena, err) < 0 ||
        state_volumes(store->state, arena, &rows, &n_rows, err) < 0)
        return -1;
    struct volume *volumes = arena_array(arena, n_rows + 1, sizeof *volumes);
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].phase == VOLUME_THERE &&
            volume_of_row(store, arena, &rows[i], &volumes[n++], err) < 0)
            return -1;
    }
    *out = volumes;
    *n_out = n;
    return 0;
}

int volume_relabel(const struct volume_store *store, const struct volume *volume, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    const char *text;
    if (volume_spec_text(&arena, &volume->spec, &text, err) < 0)
        return -1;
    return state_volume_spec(store->state, volume->name, text, err);
}

// --- directories ---

int volumes_open(const struct volume_store *store, bool is_locked, struct err *err)
{
    AUTO_FD int made = dir_make_at(store->root, VOLUMES, 0701, err);
    if (made < 0)
        return -1;
    AUTO_FD int dir = openat(store->root, VOLUMES, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "open the directory of volumes");
    int locked = 0;
    while (is_locked && (locked = flock(dir, LOCK_EX)) < 0 && errno == EINTR)
        ;
    return locked < 0 ? fail_sys(err, "lock the directory of volumes") : TAKE_FD(dir);
}

// An O_PATH fd of a volume's own directory. -1 and errno.
static int open_dir(int volumes, const char *name)
{
    return openat(volumes, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// _data, with its owner, mode and quota, under another name first.
static int make_data(const struct volume *volume, int dir, struct err *err)
{
    char fresh[RANDOM_NAME + 1] = ".";
    random_name(fresh + 1);
    if (mkdirat(dir, fresh, 0755) < 0)
        return fail_sys(err, "make the directory of volume %s", volume->name);
    AUTO_FD int data = open_dir(dir, fresh);
    int done = data < 0 ? fail_sys(err, "open the directory of volume %s", volume->name)
                        : volume_prepare_data(volume, data, err);
    // Somebody may have been faster.
    if (done == 0 && renameat2(dir, fresh, dir, DATA, RENAME_NOREPLACE) < 0 && errno != EEXIST)
        done = fail_sys(err, "name the directory of volume %s", volume->name);
    (void)unlinkat(dir, fresh, AT_REMOVEDIR); // it has its name, or is not needed
    return done;
}

int volume_data(const struct volume_store *store, const struct volume *volume, struct err *err)
{
    AUTO_FD int volumes = volumes_open(store, false, err);
    if (volumes < 0)
        return -1;
    if (mkdirat(volumes, volume->name, 0701) < 0 && errno != EEXIST)
        return fail_sys(err, "make the directory of volume %s", volume->name);
    AUTO_FD int dir = open_dir(volumes, volume->name);
    if (dir < 0)
        return fail_sys(err, "open the directory of volume %s", volume->name);
    int data = open_dir(dir, DATA);
    if (data < 0 && errno == ENOENT) {
        if (make_data(volume, dir, err) < 0)
            return -1;
        data = open_dir(dir, DATA);
    }
    return data >= 0 ? data : fail_sys(err, "open the data of volume %s", volume->name);
}

int volume_lock(const struct volume_store *store, const struct volume *volume, struct err *err)
{
    AUTO_FD int data = volume_data(store, volume, err);
    AUTO_FD int volumes = data < 0 ? -1 : volumes_open(store, false, err);
    if (volumes < 0)
        return -1;
    AUTO_FD int dir = open_dir(volumes, volume->name);
    int locked = dir < 0 ? -1 : flock(dir, LOCK_EX);
    while (dir >= 0 && locked < 0 && errno == EINTR)
        locked = flock(dir, LOCK_EX);
    return locked < 0 ? fail_sys(err, "lock volume %s", volume->name) : TAKE_FD(dir);
}

// --- removal ---

// What is mounted at its _data goes first, so that nobody removes what is somebody else's.
static int unmount_data(int dir, struct err *err)
{
    AUTO_FD int data = openat(dir, DATA, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct statx st;
    if (data < 0 || statx(data, "", AT_EMPTY_PATH, 0, &st) < 0 ||
        !(st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
        return 0;
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d", data);
    return umount2(path, MNT_DETACH) < 0 ? fail_sys(err, "unmount a volume") : 0;
}

// Removes a tree that nobody can find by its name any more.
static int remove_tree(int top, const char *name, struct err *err)
{
    AUTO_FD int dir = open_dir(top, name);
    if (dir < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open %s", name);
    if (flock(dir, LOCK_EX | LOCK_NB) < 0)
        return 0; // somebody is at it
    return tree_remove(top, name, err);
}

static int sweep_dir(int volumes, const char *name, struct err *err)
{
    AUTO_FD int top = open_dir(volumes, name);
    if (top < 0)
        return errno == ENOENT ? 0 : fail_sys(err, "open " VOLUMES "/%s", name);
    int list = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = list < 0 ? NULL : fdopendir(list);
    if (entries == NULL)
        return fail_sys(err, "read " VOLUMES "/%s", name);
    int done = 0;
    for (const struct dirent *entry; done == 0 && (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] != '.')
            done = remove_tree(top, entry->d_name, err);
    }
    (void)closedir(entries); // read only
    return done;
}

int volume_finish_removal(const struct volume_store *store, const char *name, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    struct state_volume row;
    AUTO_FD int volumes = volumes_open(store, true, err);
    if (volumes < 0)
        return -1;
    // Under the lock: somebody may have finished it, and a new one may have its name.
    int there = state_volume_find(store->state, &arena, name, &row, err);
    if (there <= 0 || row.phase != VOLUME_REMOVING)
        return there < 0 ? -1 : 0;
    char away[sizeof REMOVING + RANDOM_NAME] = REMOVING "/";
    random_name(away + sizeof REMOVING);
    AUTO_FD int dir = open_dir(volumes, name);
    if (dir >= 0) {
        if (unmount_data(dir, err) < 0)
            return -1;
        AUTO_FD int data = open_dir(dir, DATA);
        if (data >= 0)
            project_quota_clear(data);
        if (mkdirat(volumes, REMOVING, 0700) < 0 && errno != EEXIST)
            return fail_sys(err, "make " VOLUMES "/" REMOVING);
        if (renameat(volumes, name, volumes, away) < 0)
            return fail_sys(err, "remove volume %s", name);
    }
    if (state_volume_delete(store->state, name, err) < 0)
        return -1;
    (void)flock(volumes, LOCK_UN); // what remains may take long and is in nobody's way
    return sweep_dir(volumes, REMOVING, err);
}

struct condemnation {
    struct state *state;
    const char *name;
    int done;
};
static int condemn(void *data, struct err *err)
{
    struct condemnation *it = data;
    it->done = state_volume_condemn(it->state, it->name, err);
    return it->done < 0 ? -1 : 0;
}

int volume_remove(const struct volume_store *store, struct arena *arena, const char *name,
                  struct err *err)
{
    (void)arena;
    struct condemnation it = {store->state, name, 0};
    if (state_removal(store->state, condemn, &it, err) < 0)
        return -1;
    if (it.done == 0)
        return 0;
    return volume_finish_removal(store, name, err) < 0 ? -1 : 1;
}

int volume_sweep(const struct volume_store *store, struct arena *arena, struct err *err)
{
    struct state_volume *rows;
    size_t n;
    if (state_volumes_unfinished(store->state, arena, &rows, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (volume_finish_removal(store, rows[i].name, err) < 0)
            return -1;
    }
    AUTO_FD int volumes = volumes_open(store, false, err);
    if (volumes < 0 || sweep_dir(volumes, REMOVING, err) < 0)
        return -1;
    return sweep_dir(volumes, INCOMING, err);
}
