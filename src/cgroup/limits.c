// SPDX-License-Identifier: Apache-2.0
// limits.c — lists of writes to cgroup files: how they are put together and applied.
//
// Which value goes to which file stands in limits_v1.c and limits_v2.c.
#include "cgroup/limits.h"

#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 64 * 1024 };

static int write_one(const struct cgroup *cgroup, const struct limit_write *write,
                     const char **out_file);
static int fail_write(const struct cgroup *cgroup, const struct limit_write *write,
                      struct err *err);

// --- applying ---

struct old_value {
    const struct limit_write *write;
    char *text;
};

// What a file holds before it is changed, in the form in which it can be written back. Lists with
// one line per device cannot be undone as a whole and are left.
static char *read_old(const struct cgroup *cgroup, const struct limit_write *write)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, write->controller);
    AUTO_BUF struct buf text;
    buf_init(&text, VALUE_MAX);
    struct err ignored; // then there is nothing to put back
    if (hierarchy == NULL || hierarchy_read(hierarchy->path, write->file, &text, &ignored) < 0)
        return NULL;
    struct str value = str_trim(str_of(buf_get(&text)));
    if (value.n == 0 || memchr(value.at, '\n', value.n) != NULL)
        return NULL;
    return xstrndup(value.at, value.n);
}

static void put_back(const struct cgroup *cgroup, struct old_value *old, size_t n)
{
    // Twice, for the same reason that limits_apply tries twice.
    for (int round = 0; round < 2; round++) {
        for (size_t i = n; i-- > 0;) {
            struct limit_write write = *old[i].write;
            write.value = old[i].text;
            write.flags = LIMIT_OPTIONAL;
            write.other_file = NULL;
            if (write.value != NULL)
                (void)write_one(cgroup, &write, NULL); // the failure before this is what counts
        }
    }
}

static int apply_all(const struct cgroup *cgroup, const struct limit_list *list,
                     struct old_value *old, struct err *err)
{
    bool *is_late = arena_array(&((struct cgroup *)cgroup)->arena, list->n + 1, sizeof *is_late);
    for (size_t i = 0; i < list->n; i++) {
        if (old != NULL)
            old[i] = (struct old_value){&list->writes[i], read_old(cgroup, &list->writes[i])};
        if (write_one(cgroup, &list->writes[i], NULL) == 0)
            continue;
        if (errno != EINVAL && errno != EBUSY)
            return fail_write(cgroup, &list->writes[i], err);
        is_late[i] = true;
    }
    for (size_t i = 0; i < list->n; i++)
        if (is_late[i] && write_one(cgroup, &list->writes[i], NULL) < 0)
            return fail_write(cgroup, &list->writes[i], err);
    return 0;
}

int limits_apply(const struct cgroup *cgroup, const struct limit_list *list, bool wants_undo,
                 struct err *err)
{
    if (list->n == 0)
        return 0;
    struct old_value *old = wants_undo ? xcalloc(list->n, sizeof *old) : NULL;
    int done = apply_all(cgroup, list, old, err);
    if (done < 0 && old != NULL)
        put_back(cgroup, old, list->n);
    for (size_t i = 0; old != NULL && i < list->n; i++)
        free(old[i].text);
    free(old);
    return done;
}

// "max 100000" with the value 50000 becomes "max 50000".
static char *keep_first(const char *directory, const struct limit_write *write)
{
    AUTO_BUF struct buf text;
    buf_init(&text, VALUE_MAX);
    struct err ignored; // the write that follows reports what is wrong with the file
    if (hierarchy_read(directory, write->file, &text, &ignored) < 0)
        return xstrdup(write->value);
    struct str rest = str_trim(str_of(buf_get(&text)));
    struct str first = str_cut(&rest, ' ');
    return str_printf("%.*s %s", (int)first.n, first.at, write->value);
}

// 0, or -1 with errno; *out_file is the file that was tried last.
static int write_one(const struct cgroup *cgroup, const struct limit_write *write,
                     const char **out_file)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, write->controller);
    const char *file = write->file;
    if (out_file != NULL)
        *out_file = file;
    errno = hierarchy == NULL ? ENODEV : EACCES;
    if (hierarchy == NULL || hierarchy->is_left_out)
        return write->flags & LIMIT_OPTIONAL ? 0 : -1;
    AUTO_FREE char *joined =
        write->flags & LIMIT_KEEP_FIRST ? keep_first(hierarchy->path, write) : NULL;
    int done = hierarchy_write(hierarchy->path, file, joined != NULL ? joined : write->value);
    if (done == 0 || errno != ENOENT)
        return done;
    if (write->other_file == NULL)
        return write->flags & LIMIT_OPTIONAL ? 0 : -1;
    if (out_file != NULL)
        *out_file = write->other_file;
    return hierarchy_write(hierarchy->path, write->other_file,
                           write->other_value != NULL ? write->other_value : write->value);
}

// --- failing like a friend ---

static const struct advice {
    int sys;
    const char *file_start, *text;
} advices[] = {
    {ENODEV, "", "the controller is not mounted or not enabled on this machine"},
    {ENOENT, "memory.memsw", "the kernel was booted without swap accounting (swapaccount=1)"},
    {ENOENT, "memory.swap", "the kernel was booted without swap accounting (swapaccount=1)"},
    {ENOENT, "blkio.", "no I/O scheduler with weights (bfq) is in use"},
    {ENOENT, "io.", "the io controller is not enabled, or no scheduler with weights (bfq) is used"},
    {ENOENT, "cpu.rt_", "the kernel lacks real-time group scheduling"},
    {ENOENT, "cpu.cfs_burst", "the kernel lacks CPU bursts (5.14 or newer has them)"},
    {ENOENT, "hugetlb.", "this size of huge pages, or the hugetlb controller, is not there"},
    {ENOENT, "", "the controller is not enabled in the cgroup's parents, or the kernel lacks it"},
    {EBUSY, "memory.", "more than that is in use and cannot be reclaimed"},
    {EACCES, "cpuset.", "the parent cgroup does not have these CPUs or memory nodes"},
    {EACCES, "", "the cgroup is not delegated to this user"},
    {EPERM, "", "not permitted here: the cgroup is not delegated, or the parent allows less"},
    {ERANGE, "", "the value is outside of what the kernel takes"},
    {EINVAL, "cpuset.", "the parent cgroup or the machine does not have these CPUs or nodes"},
    {EINVAL, "memory.memsw", "the limit of memory and swap must not be below that of memory"},
    {EINVAL, "memory.limit", "the limit of memory must not be above that of memory and swap"},
    {EINVAL, "cpu.", "the value does not fit the other CPU limits or those of the parent cgroup"},
};

static const char *advice_for(int sys, const char *file)
{
    for (size_t i = 0; i < N_ELEMENTS(advices); i++)
        if (advices[i].sys == sys && text_starts(file, advices[i].file_start))
            return advices[i].text;
    return NULL;
}

static int fail_write(const struct cgroup *cgroup, const struct limit_write *write, struct err *err)
{
    int sys = errno;
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, write->controller);
    AUTO_BUF struct buf advice;
    buf_init(&advice, 500);
    if (cgroup->is_v2 && sys == ENOENT && !text_equal(write->controller, "cgroup"))
        v2_explain_missing(hierarchy, write->controller, &advice);
    const char *known = advice_for(sys, write->file);
    if (advice.n == 0 && known != NULL)
        buf_text(&advice, known);
    bool has_advice = advice.n != 0;
    (void)fail(err, sys == ENODEV || sys == ENOENT ? ERR_UNAVAILABLE : ERR_SYSTEM,
               "set %s: write \"%.80s\" to %s/%s: %s%s%s%s", write->field, write->value,
               hierarchy != NULL ? hierarchy->path : write->controller, write->file,
               sys == ENODEV ? "no such controller" : strerror(sys), has_advice ? " (" : "",
               buf_get(&advice), has_advice ? ")" : "");
    err->sys = sys;
    return -1;
}

// --- listing ---

void limits_add(struct arena *arena, struct limit_list *list, const struct limit_write *write)
{
    if (list->n == list->room) {
        size_t room = list->room != 0 ? list->room * 2 : 16;
        struct limit_write *writes = arena_array(arena, room, sizeof *writes);
        if (list->n != 0)
            memcpy(writes, list->writes, list->n * sizeof *writes);
        list->writes = writes;
        list->room = room;
    }
    list->writes[list->n++] = *write;
}

// The value as text, or NULL when there is nothing to write. *out_flags: "unlimited" and "off" are
// true without writing where a kernel lacks the file.
static const char *row_value(struct arena *arena, const struct limit_row *row, const void *at,
                             enum limit_flags *out_flags)
{
    bool is_zero = false;
    bool is_negative = false;
    const char *text = NULL;
    switch ((enum limit_kind)row->kind) {
    case LIMIT_I64: {
        int64_t number = **(int64_t *const *)at;
        is_zero = number == 0;
        is_negative = number < 0;
        text = arena_printf(arena, "%jd", (intmax_t)number);
        break;
    }
    case LIMIT_U64: {
        uint64_t number = **(uint64_t *const *)at;
        is_zero = number == 0;
        text = arena_printf(arena, "%ju", (uintmax_t)number);
        break;
    }
    case LIMIT_U32: {
        uint32_t number = **(uint32_t *const *)at;
        is_zero = number == 0;
        text = arena_printf(arena, "%u", number);
        break;
    }
    case LIMIT_TEXT:
        text = *(const char *const *)at;
        is_zero = *text == '\0';
        break;
    }
    if (is_zero && row->zero == ZERO_IS_UNSET)
        return NULL;
    bool is_unlimited =
        (is_negative && row->negative != NULL) || (is_zero && row->zero == ZERO_IS_MAX);
    *out_flags = is_unlimited || (is_zero && row->zero == ZERO_IS_OFF) ? LIMIT_OPTIONAL : 0;
    return !is_unlimited ? text : is_zero ? "max" : row->negative;
}

void limits_add_rows(struct arena *arena, struct limit_list *list,
                     const struct oci_resources *resources, const struct limit_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct limit_row *row = &rows[i];
        const char *part = *(const char *const *)((const char *)resources + row->part);
        if (part == NULL)
            continue;
        const void *at = part + row->member; // a pointer to the number, or the text
        enum limit_flags flags = 0;
        const char *value =
            *(const void *const *)at != NULL ? row_value(arena, row, at, &flags) : NULL;
        if (value != NULL)
            limits_add(arena, list,
                       &(struct limit_write){.field = row->field,
                                             .controller = row->controller,
                                             .file = row->file,
                                             .value = value,
                                             .other_file = row->other_file,
                                             .flags = flags});
    }
}

int limits_check_word(const char *word, const char *field, struct err *err)
{
    for (const char *at = word; *at != '\0'; at++)
        if (*at <= ' ' || *at == '/' || *at == 0x7f)
            return fail(err, ERR_INVALID, "%s: \"%.60s\" is no valid name", field, word);
    if (*word == '\0' || *word == '.' || strlen(word) > 255)
        return fail(err, ERR_INVALID, "%s: \"%.60s\" is no valid name", field, word);
    return 0;
}

int limits_add_hugetlb(struct arena *arena, struct limit_list *list,
                       const struct oci_resources *resources, const char *file_end, struct err *err)
{
    for (size_t i = 0; i < resources->n_hugepageLimits; i++) {
        const struct oci_hugepage_limit *limit = &resources->hugepageLimits[i];
        if (limits_check_word(limit->pageSize, "hugepageLimits.pageSize", err) < 0)
            return -1;
        struct limit_write write = {
            .field = arena_printf(arena, "hugepageLimits[%zu]", i),
            .controller = "hugetlb",
            .file = arena_printf(arena, "hugetlb.%s.%s", limit->pageSize, file_end),
            .value = arena_printf(arena, "%ju", (uintmax_t)limit->limit)};
        limits_add(arena, list, &write);
        // Reservations are counted apart since 5.7; without this a process may reserve what it
        // cannot use and is killed by SIGBUS later.
        write.file = arena_printf(arena, "hugetlb.%s.rsvd.%s", limit->pageSize, file_end);
        write.flags = LIMIT_OPTIONAL;
        limits_add(arena, list, &write);
    }
    return 0;
}

int limits_add_rdma(struct arena *arena, struct limit_list *list,
                    const struct oci_resources *resources, struct err *err)
{
    for (size_t i = 0; i < resources->n_rdma; i++) {
        const struct oci_rdma *rdma = &resources->rdma[i];
        if (limits_check_word(rdma->key, "rdma", err) < 0)
            return -1;
        if (rdma->hcaHandles == NULL && rdma->hcaObjects == NULL)
            return fail(err, ERR_INVALID, "rdma.%.60s: neither hcaHandles nor hcaObjects is given",
                        rdma->key);
        AUTO_BUF struct buf line;
        buf_init(&line, 1024);
        buf_text(&line, rdma->key);
        if (rdma->hcaHandles != NULL)
            buf_printf(&line, " hca_handle=%u", *rdma->hcaHandles);
        if (rdma->hcaObjects != NULL)
            buf_printf(&line, " hca_object=%u", *rdma->hcaObjects);
        if (buf_check(&line, "an rdma limit", err) < 0)
            return -1;
        limits_add(arena, list,
                   &(struct limit_write){.field = arena_printf(arena, "rdma.%s", rdma->key),
                                         .controller = "rdma",
                                         .file = "rdma.max",
                                         .value = arena_strdup(arena, buf_get(&line))});
    }
    return 0;
}
