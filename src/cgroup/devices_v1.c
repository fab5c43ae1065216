// SPDX-License-Identifier: Apache-2.0
// devices_v1.c — device rules in cgroup v1: one default and exceptions from it.
//
// Kernel: Documentation/admin-guide/cgroup-v1/devices.rst, security/device_cgroup.c. The kernel
// removes an exception only when type and numbers are the same; a rule that is narrower than an
// exception before it would be lost without a word there, so it is refused here.
#include "base/mem.h"
#include "base/str.h"
#include "cgroup/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { DEVICES_LIST_MAX = 1024 * 1024 };

static bool covers(int64_t wide, int64_t narrow)
{
    return wide == -1 || wide == narrow;
}

static bool meets(int64_t a, int64_t b)
{
    return a == -1 || b == -1 || a == b;
}

static bool is_same(const struct device_rule *a, const struct device_rule *b)
{
    return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

// A rule that says what the default says takes exceptions away.
static int take_away(struct device_set *set, const struct device_rule *rule, struct err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->n; i++) {
        struct device_rule exception = set->exceptions[i];
        bool is_met = exception.type == rule->type && meets(exception.major, rule->major) &&
                      meets(exception.minor, rule->minor) && (exception.access & rule->access) != 0;
        if (is_met && covers(rule->major, exception.major) && covers(rule->minor, exception.minor))
            exception.access &= (uint8_t)~rule->access;
        else if (is_met)
            return fail(err, ERR_INVALID,
                        "resources.devices: cgroup v1 cannot %s %c %jd:%jd within what an earlier "
                        "rule %s (%c %jd:%jd, -1 is all)",
                        rule->is_allow ? "allow" : "deny", rule->type, (intmax_t)rule->major,
                        (intmax_t)rule->minor, rule->is_allow ? "denies" : "allows", exception.type,
                        (intmax_t)exception.major, (intmax_t)exception.minor);
        if (exception.access != 0)
            set->exceptions[kept++] = exception;
    }
    set->n = kept;
    return 0;
}

static void add_one(struct arena *arena, struct device_set *set, const struct device_rule *rule)
{
    for (size_t i = 0; i < set->n; i++) {
        if (is_same(&set->exceptions[i], rule)) {
            set->exceptions[i].access |= rule->access;
            return;
        }
    }
    if (set->n == set->room) {
        size_t room = set->room * 2 + 16;
        struct device_rule *exceptions = arena_array(arena, room, sizeof *exceptions);
        if (set->n != 0)
            memcpy(exceptions, set->exceptions, set->n * sizeof *exceptions);
        set->exceptions = exceptions;
        set->room = room;
    }
    set->exceptions[set->n++] = *rule;
}

// The kernel wants one exception to allow all of what is asked: reading from one and writing from
// another do not make "read and write". So where two allowing exceptions meet, a third says both.
static int add(struct arena *arena, struct device_set *set, const struct device_rule *rule,
               struct err *err)
{
    size_t n = rule->is_allow ? set->n : 0;
    for (size_t i = 0; i < n; i++) {
        const struct device_rule *other = &set->exceptions[i];
        if (other->type != rule->type || !meets(other->major, rule->major) ||
            !meets(other->minor, rule->minor))
            continue;
        struct device_rule both = *rule;
        both.major = rule->major != -1 ? rule->major : other->major;
        both.minor = rule->minor != -1 ? rule->minor : other->minor;
        both.access |= other->access;
        if (both.access != rule->access || !is_same(&both, rule))
            add_one(arena, set, &both);
    }
    add_one(arena, set, rule);
    return set->n <= DEVICE_RULES_MAX
               ? 0
               : fail(err, ERR_INVALID,
                      "resources.devices: the rules overlap too much for cgroup v1");
}

int device_set_make(struct arena *arena, const struct device_list *list, struct device_set *out,
                    struct err *err)
{
    struct device_set set = {.exceptions =
                                 arena_array(arena, list->n + 1, sizeof(struct device_rule))};
    for (size_t i = 0; i < list->n; i++) {
        const struct device_rule *rule = &list->rules[i];
        if (rule->type == 'a') {
            set.is_allow_default = rule->is_allow;
            set.n = 0;
        } else if (rule->is_allow == set.is_allow_default) {
            if (take_away(&set, rule, err) < 0)
                return -1;
        } else if (add(arena, &set, rule, err) < 0) {
            return -1;
        }
    }
    *out = set;
    return 0;
}

static const char *number_text(struct arena *arena, int64_t number)
{
    return number == -1 ? "*" : arena_printf(arena, "%jd", (intmax_t)number);
}

const char *device_rule_text(struct arena *arena, const struct device_rule *rule)
{
    return arena_printf(arena, "%c %s:%s %s%s%s", rule->type, number_text(arena, rule->major),
                        number_text(arena, rule->minor), rule->access & DEVICE_READ ? "r" : "",
                        rule->access & DEVICE_WRITE ? "w" : "",
                        rule->access & DEVICE_MKNOD ? "m" : "");
}

// The two files that are written, opened when first needed: each may take a dozen lines.
struct device_files {
    const char *directory;
    int allow, deny;
};

static int put(struct device_files *files, bool is_allow, const char *text, struct err *err)
{
    int *fd = is_allow ? &files->allow : &files->deny;
    const char *name = is_allow ? "devices.allow" : "devices.deny";
    if (*fd < 0) {
        AUTO_FREE char *path = str_printf("%s/%s", files->directory, name);
        *fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    if (*fd < 0 || write(*fd, text, strlen(text)) < 0)
        return fail_sys(err, "set resources.devices: write \"%s\" to %s/%s", text, files->directory,
                        name);
    return 0;
}

static int put_set(struct arena *arena, struct device_files *files, const struct device_set *set,
                   struct err *err)
{
    if (put(files, set->is_allow_default, "a", err) < 0)
        return -1;
    for (size_t i = 0; i < set->n; i++)
        if (put(files, !set->is_allow_default, device_rule_text(arena, &set->exceptions[i]), err) <
            0)
            return -1;
    return 0;
}

// devices.list, which has the lines that devices.allow takes; a default of "allow" reads as one
// line "a *:* rwm" and hides its exceptions, so that only a default of "deny" can be compared.
static bool has_line(const char *lines, const char *wanted)
{
    struct str rest = str_of(lines);
    while (rest.n != 0)
        if (str_is(str_cut(&rest, '\n'), wanted))
            return true;
    return false;
}

static int put_difference(struct arena *arena, struct device_files *files,
                          const struct device_set *set, const char *now, struct err *err)
{
    AUTO_BUF struct buf wanted;
    buf_init(&wanted, DEVICES_LIST_MAX);
    for (size_t i = 0; i < set->n; i++) {
        const char *line = device_rule_text(arena, &set->exceptions[i]);
        buf_printf(&wanted, "%s\n", line);
        if (!has_line(now, line) && put(files, true, line, err) < 0)
            return -1;
    }
    struct str rest = str_of(now);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        const char *text = arena_strndup(arena, line.at, line.n);
        if (line.n == 0 || has_line(buf_get(&wanted), text))
            continue;
        if (put(files, false, text, err) < 0)
            return -1;
    }
    // "c 1:3 rw" was denied after "c 1:3 r" had been allowed: exceptions of the same device are one
    // for the kernel, so what is wanted is said again.
    for (size_t i = 0; i < set->n; i++)
        if (put(files, true, device_rule_text(arena, &set->exceptions[i]), err) < 0)
            return -1;
    return 0;
}

static int apply(const struct hierarchy *hierarchy, const struct device_set *set, bool is_update,
                 struct err *err)
{
    AUTO_ARENA struct arena arena = {0};
    AUTO_BUF struct buf now;
    buf_init(&now, DEVICES_LIST_MAX);
    if (is_update && hierarchy_read(hierarchy->path, "devices.list", &now, err) < 0)
        return -1;
    struct device_files files = {hierarchy->path, -1, -1};
    bool is_comparable = is_update && !set->is_allow_default && !text_starts(buf_get(&now), "a ");
    int done = is_comparable ? put_difference(&arena, &files, set, buf_get(&now), err)
                             : put_set(&arena, &files, set, err);
    if (files.allow >= 0)
        (void)close(files.allow); // each line was written and answered for
    if (files.deny >= 0)
        (void)close(files.deny);
    return done;
}

int devices_apply_v1(const struct cgroup *cgroup, const struct device_list *list, bool is_update,
                     struct err *err)
{
    if (!list->is_given)
        return 0;
    AUTO_ARENA struct arena arena = {0};
    struct device_set set;
    if (device_set_make(&arena, list, &set, err) < 0)
        return -1;
    bool is_all = set.is_allow_default && set.n == 0;
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "devices");
    if (hierarchy == NULL || hierarchy->is_left_out) {
        if (cgroup->is_rootless || is_all)
            return 0; // without privilege over the machine no device can be made anyway
        return fail(err, ERR_UNAVAILABLE,
                    "set resources.devices: no cgroup v1 hierarchy with the devices controller is "
                    "mounted");
    }
    // A new cgroup has what its parent has: where all is allowed there is nothing to write, and
    // where the parent (a container that this runs in) allows less, that is all there is to have.
    if (is_all && hierarchy->is_made && !is_update)
        return 0;
    return apply(hierarchy, &set, is_update, err);
}
