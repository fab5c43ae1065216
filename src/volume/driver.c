// SPDX-License-Identifier: Apache-2.0
// driver.c — the options of the driver `local`: what a volume is, other than a directory.
//
//     type=TYPE, device=DEVICE, o=WORDS   a file system of its own (nfs, cifs, tmpfs, ext4 …), or a
//                                         host directory (o=bind), mounted at _data for as long as
//                                         a container needs it
//     o=uid=N,gid=N,mode=N (no type)      who owns the new directory (podman's)
//     size=BYTES                          a limit, where the file system has project quotas
//
// The mount belongs to no process: who holds it is a file each in the run directory, which is empty
// after a boot as the mount is gone. The last holder unmounts.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "linux/mount.h"
#include "linux/projectquota.h"
#include "linux/tree.h"
#include "oci/mountoptions.h"
#include "volume/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { WORDS_MAX = 128 };

const char *volume_option_get(const struct volume_spec *spec, const char *key)
{
    for (size_t i = 0; i < spec->n_options; i++) {
        if (strcmp(spec->options[i].key, key) == 0)
            return spec->options[i].value;
    }
    return NULL;
}

bool volume_has_mount(const struct volume *volume)
{
    return !text_is_empty(volume_option_get(&volume->spec, "type")) ||
           !text_is_empty(volume_option_get(&volume->spec, "device"));
}

// --- checks ---

// The words of o=, in the arena.
static int split_words(struct arena *arena, const char *text, const char ***out, size_t *n_out,
                       struct err *err)
{
    const char **words = arena_array(arena, WORDS_MAX, sizeof *words);
    size_t n = 0;
    struct str rest = str_of(text);
    while (rest.n != 0) {
        struct str word = str_cut(&rest, ',');
        if (n == WORDS_MAX)
            return fail(err, ERR_INVALID, "more than %d mount options", WORDS_MAX);
        if (word.n != 0)
            words[n++] = arena_strndup(arena, word.at, word.n);
    }
    *out = words;
    *n_out = n;
    return 0;
}

struct plain_words { // of o= without a type
    uint32_t uid, gid, mode;
    bool has_owner, has_mode;
    const char *size;
};

static int read_plain(struct arena *arena, const char *text, struct plain_words *out,
                      struct err *err)
{
    const char **words;
    size_t n;
    struct plain_words plain = {};
    if (split_words(arena, text, &words, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct str value = str_of(words[i]), key = str_cut(&value, '=');
        bool is_good = true;
        if (str_is(key, "uid"))
            plain.has_owner = is_good = str_to_u32(value, &plain.uid);
        else if (str_is(key, "gid"))
            plain.has_owner = is_good = str_to_u32(value, &plain.gid);
        else if (str_is(key, "mode"))
            plain.has_mode = is_good = str_octal(value, &plain.mode) && plain.mode <= 07777;
        else if (str_is(key, "size"))
            plain.size = value.at;
        else
            return fail(err, ERR_INVALID,
                        "missing required option: \"type\" (\"%s\" in o= belongs to a mount, which "
                        "needs type= and device=)",
                        words[i]);
        if (!is_good)
            return fail(err, ERR_INVALID, "invalid option: \"%s\"", words[i]);
    }
    *out = plain;
    return 0;
}

bool volume_size_read(const char *text, uint64_t *out)
{
    static const char units[] = "bkmgtp";
    struct str rest = str_of(text);
    if (rest.n >= 2 && (rest.at[rest.n - 1] | 0x20) == 'b' && (rest.at[rest.n - 2] | 0x20) > '9')
        rest.n--; // "10GB"
    if (rest.n >= 3 && rest.at[rest.n - 1] == 'i')
        rest.n--; // "10GiB"
    const char *unit = rest.n != 0 && rest.at[rest.n - 1] > '9'
                           ? strchr(units, rest.at[rest.n - 1] | 0x20)
                           : units;
    if (unit == NULL || *unit == '\0')
        return false;
    if (rest.n != 0 && rest.at[rest.n - 1] > '9')
        rest.n--;
    unsigned shift = 10 * (unsigned)(unit - units);
    uint64_t number;
    if (!str_to_u64(rest, &number) || number == 0 || number > UINT64_MAX >> shift)
        return false;
    *out = number << shift;
    return true;
}

int volume_options_check(const struct volume_spec *spec, struct err *err)
{
    static const char *const known[] = {"type", "device", "o", "size"};
    for (size_t i = 0; i < spec->n_options; i++) {
        bool is_known = false;
        for (size_t j = 0; j < N_ELEMENTS(known) && !is_known; j++)
            is_known = strcmp(spec->options[i].key, known[j]) == 0;
        if (!is_known)
            return fail(err, ERR_INVALID,
                        "invalid option: \"%s\" (local takes type, device, o, size)",
                        spec->options[i].key);
    }
    AUTO_ARENA struct arena arena = {};
    const char *type = volume_option_get(spec, "type"), *device = volume_option_get(spec, "device"),
               *o = volume_option_get(spec, "o"), *size = volume_option_get(spec, "size");
    uint64_t bytes;
    struct plain_words plain;
    bool is_mount = !text_is_empty(type) || !text_is_empty(device);
    if (is_mount && text_is_empty(device))
        return fail(err, ERR_INVALID, "missing required option: \"device\"");
    if (is_mount && text_is_empty(type) && text_is_empty(o))
        return fail(err, ERR_INVALID, "missing required option: \"type\"");
    if (!is_mount && !text_is_empty(o)) {
        if (read_plain(&arena, o, &plain, err) < 0)
            return -1;
        size = size != NULL ? size : plain.size;
    }
    if (size != NULL && !volume_size_read(size, &bytes))
        return fail(err, ERR_INVALID, "invalid size: '%s'", size);
    return 0;
}

// --- plain directories ---

int volume_prepare_data(const struct volume *volume, int data, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    const struct volume_spec *spec = &volume->spec;
    struct plain_words plain = {};
    const char *o = volume_option_get(spec, "o"), *size = volume_option_get(spec, "size");
    if (!volume_has_mount(volume) && o != NULL && read_plain(&arena, o, &plain, err) < 0)
        return -1;
    if (plain.has_owner && fchown(data, plain.uid, plain.gid) < 0)
        return fail_sys(err, "give volume %s its owner", volume->name);
    if (plain.has_mode && fchmod(data, plain.mode) < 0)
        return fail_sys(err, "give volume %s its mode", volume->name);
    size = size != NULL ? size : plain.size;
    uint64_t bytes;
    if (size == NULL || !volume_size_read(size, &bytes))
        return 0;
    return project_quota_set(data, bytes, err);
}

// --- mounts ---

static int fail_mount(const struct volume *volume, struct err *err)
{
    const char *device = volume_option_get(&volume->spec, "device");
    return fail_in(err,
                   "error while mounting volume '%s': failed to mount local volume: mount %s:%s",
                   volume->mountpoint, device != NULL ? device : "", volume->mountpoint);
}

static int clone_device(const char *device, const struct mount_options *options, struct err *err)
{
    AUTO_FD int source = open(device, O_PATH | O_CLOEXEC); // a path that the user chose
    if (source < 0)
        return fail_sys(err, "open %s", device);
    AUTO_FD int tree = mount_clone(source, device, true, err);
    if (tree < 0 || mount_change(tree, options->attr_set, options->attr_clr, false, err) < 0 ||
        mount_propagation(tree, MS_PRIVATE, true, err) < 0)
        return -1;
    return TAKE_FD(tree);
}

static int new_mount(const struct volume *volume, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    const char *type = volume_option_get(&volume->spec, "type"),
               *device = volume_option_get(&volume->spec, "device"),
               *o = volume_option_get(&volume->spec, "o");
    const char **words, **all;
    size_t n, n_all = 0;
    struct mount_options *options = arena_new(&arena, struct mount_options);
    if (split_words(&arena, o != NULL ? o : "", &words, &n, err) < 0 ||
        mount_options_parse(words, n, options, err) < 0)
        return -1;
    if (options->is_bind)
        return clone_device(device != NULL ? device : "", options, err);
    all = arena_array(&arena, options->n_super_flags + options->n_data + 1, sizeof *all);
    for (size_t i = 0; i < options->n_super_flags; i++)
        all[n_all++] = options->super_flags[i];
    for (size_t i = 0; i < options->n_data; i++)
        all[n_all++] = options->data[i];
    return mount_new(type, device, all, n_all, options->attr_set, err);
}

// The directory of those who hold it.
static int open_holders(const struct volume_store *store, const char *name, bool makes,
                        struct err *err)
{
    AUTO_FREE char *path = str_printf(VOLUMES "/%s", name);
    if (makes) {
        AUTO_FD int made = dir_make_at(store->run, path, 0700, err);
        if (made < 0)
            return -1;
    }
    *err = (struct err){};
    int dir = openat(store->run, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir < 0 && (makes || errno != ENOENT) ? fail_sys(err, "open who uses volume %s", name)
                                                 : dir;
}

static bool is_mount_root(int fd)
{
    struct statx st;
    return statx(fd, "", AT_EMPTY_PATH, 0, &st) == 0 &&
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int volume_hold(const struct volume_store *store, const struct volume *volume, const char *user,
                struct err *err)
{
    if (!volume_has_mount(volume))
        return 0;
    AUTO_FD int lock = volume_lock(store, volume, err);
    AUTO_FD int holders = lock < 0 ? -1 : open_holders(store, volume->name, true, err);
    if (holders < 0)
        return -1;
    AUTO_FD int mark = openat(holders, user, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (mark < 0)
        return fail_sys(err, "note who uses volume %s", volume->name);
    AUTO_FD int data = openat(lock, DATA, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (data < 0)
        return fail_sys(err, "open volume %s", volume->name);
    if (is_mount_root(data))
        return 0;
    AUTO_FD int mount = new_mount(volume, err);
    if (mount < 0 || mount_attach(mount, data, err) < 0) {
        (void)unlinkat(holders, user, 0); // it uses nothing
        return fail_mount(volume, err);
    }
    return 0;
}

static bool is_empty(int dir)
{
    int list = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = list < 0 ? NULL : fdopendir(list);
    bool empty = entries != NULL;
    for (const struct dirent *entry; empty && (entry = readdir(entries)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (entries != NULL)
        (void)closedir(entries); // read only
    return empty;
}

int volume_release(const struct volume_store *store, const char *name, const char *user,
                   struct err *err)
{
    AUTO_FD int holders = open_holders(store, name, false, err);
    if (holders < 0)
        return err->kind == ERR_NONE ? 0 : -1;
    const struct volume volume = {.name = name};
    AUTO_FD int lock = volume_lock(store, &volume, err);
    if (lock < 0)
        return -1;
    if (unlinkat(holders, user, 0) < 0 && errno != ENOENT)
        return fail_sys(err, "forget who uses volume %s", name);
    if (!is_empty(holders))
        return 0;
    AUTO_FD int data = openat(lock, DATA, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTO_FREE char *path = str_printf("/proc/self/fd/%d", data);
    if (data >= 0 && is_mount_root(data) && umount2(path, MNT_DETACH) < 0)
        return fail_sys(err, "unmount volume %s", name);
    AUTO_FREE char *dir = str_printf(VOLUMES "/%s", name);
    (void)unlinkat(store->run, dir, AT_REMOVEDIR); // somebody may hold it again
    return 0;
}

int volume_holders(const struct volume_store *store, struct arena *arena, const char *name,
                   const char ***out, size_t *n_out, struct err *err)
{
    *out = arena_array(arena, 1, sizeof **out);
    *n_out = 0;
    int dir = open_holders(store, name, false, err);
    if (dir < 0)
        return err->kind == ERR_NONE ? 0 : -1;
    DIR *entries = fdopendir(dir);
    if (entries == NULL) {
        (void)close(dir); // nothing was read
        return fail_sys(err, "read who uses volume %s", name);
    }
    size_t room = 0;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (*n_out == room) {
            const char **more = arena_array(arena, room = room * 2 + 8, sizeof *more);
            memcpy(more, *out, *n_out * sizeof *more);
            *out = more;
        }
        (*out)[(*n_out)++] = arena_strdup(arena, entry->d_name);
    }
    (void)closedir(entries); // read only
    return 0;
}
