// SPDX-License-Identifier: Apache-2.0
// layout.c — where the machine's cgroup hierarchies are mounted (proc_pid_mountinfo(5),
// cgroups(7)).
//
// v2 at /sys/fs/cgroup is recognised by statfs alone; only a v1 machine pays for reading mountinfo.
// In v1, one line of mountinfo per hierarchy names its controllers in the super block's options. A
// hybrid machine's `unified` (a cgroup2 without controllers) is not ours: it is left out.
#include "cgroup/layout.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#define CGROUP_DIRECTORY "/sys/fs/cgroup"

// What a v1 super block's options can name besides flags such as rw, xattr or clone_children.
static const char *const v1_controllers[] = {
    "cpu",     "cpuacct",  "cpuset", "memory",     "devices", "freezer", "blkio", "pids",
    "net_cls", "net_prio", "rdma",   "perf_event", "hugetlb", "misc",    "debug",
};

int layout_detect(struct arena *arena, struct layout *out, struct err *err)
{
    struct statfs fs;
    if (statfs(CGROUP_DIRECTORY, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC) {
        *out = (struct layout){
            .is_v2 = true, .n = 1, .hierarchies[0] = {"", CGROUP_DIRECTORY, "/", NULL}};
        return 0;
    }
    AUTO_BUF struct buf text;
    buf_init(&text, MOUNTINFO_MAX);
    if (file_read_at(AT_FDCWD, "/proc/self/mountinfo", &text, err) < 0)
        return -1;
    return layout_parse(arena, buf_get(&text), out, err);
}

int layout_find_self(struct arena *arena, struct layout *layout, struct err *err)
{
    AUTO_BUF struct buf text;
    buf_init(&text, SELF_CGROUP_MAX);
    if (file_read_at(AT_FDCWD, "/proc/self/cgroup", &text, err) < 0)
        return -1;
    layout_parse_self(arena, buf_get(&text), layout);
    return 0;
}

struct mount_line {
    struct str root, point, type, options;
};

// "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755": the fields before
// the lone dash vary in number.
static bool mount_line_parse(struct str line, struct mount_line *out)
{
    struct str rest = line;
    for (int i = 0; i < 3; i++)
        (void)str_cut(&rest, ' '); // id, parent, device
    struct mount_line found = {.root = str_cut(&rest, ' '), .point = str_cut(&rest, ' ')};
    while (rest.n != 0)
        if (str_is(str_cut(&rest, ' '), "-"))
            break;
    found.type = str_cut(&rest, ' ');
    (void)str_cut(&rest, ' '); // source
    found.options = str_cut(&rest, ' ');
    if (found.options.n == 0 || found.point.n == 0)
        return false;
    *out = found;
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

// A path as mountinfo has it, with blanks, tabs, newlines and backslashes as \ooo.
static const char *unescape(struct arena *arena, struct str text)
{
    char *out = arena_strndup(arena, text.at, text.n);
    char *to = out;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.at + i;
        if (*at == '\\' && text.n - i > 3 && is_octal(at[1]) && is_octal(at[2]) &&
            is_octal(at[3])) {
            *to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            i += 3;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return out;
}

static bool is_controller(struct str name)
{
    for (size_t i = 0; i < N_ELEMENTS(v1_controllers); i++)
        if (str_is(name, v1_controllers[i]))
            return true;
    return false;
}

// "rw,xattr,name=systemd" → "name=systemd"; "rw,cpu,cpuacct" → "cpu,cpuacct"; NULL when neither.
static const char *controllers_of(struct arena *arena, struct str options)
{
    AUTO_BUF struct buf list;
    buf_init(&list, 4096);
    while (options.n != 0) {
        struct str option = str_cut(&options, ',');
        if (!str_starts(option, "name=") && !is_controller(option))
            continue;
        if (list.n != 0)
            buf_char(&list, ',');
        buf_add(&list, option.at, option.n);
    }
    return list.n != 0 && !list.is_full ? arena_strdup(arena, buf_get(&list)) : NULL;
}

// The same hierarchy may be mounted twice (into a container's root, say): the first below the usual
// directory wins.
static struct layout_hierarchy *slot_for(struct layout *layout, const char *controllers,
                                         const char *root)
{
    for (size_t i = 0; i < layout->n; i++) {
        if (!text_equal(layout->hierarchies[i].controllers, controllers))
            continue;
        bool is_better = text_starts(root, CGROUP_DIRECTORY "/") &&
                         !text_starts(layout->hierarchies[i].root, CGROUP_DIRECTORY "/");
        return is_better ? &layout->hierarchies[i] : NULL;
    }
    return layout->n < CGROUP_HIERARCHIES_MAX ? &layout->hierarchies[layout->n++] : NULL;
}

int layout_parse(struct arena *arena, const char *mountinfo, struct layout *out, struct err *err)
{
    struct layout layout = {0};
    struct layout_hierarchy v2 = {0};
    struct str rest = str_of(mountinfo);
    while (rest.n != 0) {
        struct mount_line line;
        if (!mount_line_parse(str_cut(&rest, '\n'), &line))
            continue;
        bool is_v1 = str_is(line.type, "cgroup");
        if (!is_v1 && (!str_is(line.type, "cgroup2") || v2.root != NULL))
            continue;
        struct layout_hierarchy found = {is_v1 ? controllers_of(arena, line.options) : "",
                                         unescape(arena, line.point), unescape(arena, line.root),
                                         NULL};
        struct layout_hierarchy *slot = !is_v1 ? &v2
                                        : found.controllers != NULL
                                            ? slot_for(&layout, found.controllers, found.root)
                                            : NULL;
        if (slot != NULL)
            *slot = found;
    }
    if (layout.n == 0 && v2.root == NULL)
        return fail(err, ERR_UNAVAILABLE,
                    "no cgroup file system is mounted: mount cgroup2 at " CGROUP_DIRECTORY
                    ", or disable cgroups for this container");
    if (layout.n == 0)
        layout = (struct layout){.is_v2 = true, .n = 1, .hierarchies[0] = v2};
    *out = layout;
    return 0;
}

// The path of a process in the hierarchy as seen below the directory that is mounted.
static const char *below_mount(struct arena *arena, struct str path, const char *mount_root)
{
    size_t n = strlen(mount_root);
    if (n > 1 && str_starts(path, mount_root) && (path.n == n || path.at[n] == '/')) {
        path.at += n;
        path.n -= n;
    } else if (n > 1) {
        path.n = 0; // outside of what is mounted: the best that can be named is its top
    }
    return path.n != 0 ? arena_strndup(arena, path.at, path.n) : "/";
}

void layout_parse_self(struct arena *arena, const char *self_cgroup, struct layout *layout)
{
    for (size_t i = 0; i < layout->n; i++)
        layout->hierarchies[i].own = "/";
    struct str rest = str_of(self_cgroup);
    while (rest.n != 0) {
        struct str path = str_cut(&rest, '\n');
        (void)str_cut(&path, ':'); // the hierarchy's number
        struct str controllers = str_cut(&path, ':');
        for (size_t i = 0; i < layout->n; i++) {
            struct layout_hierarchy *hierarchy = &layout->hierarchies[i];
            if (str_is(controllers, hierarchy->controllers) && str_starts(path, "/"))
                hierarchy->own = below_mount(arena, path, hierarchy->mount_root);
        }
    }
}
