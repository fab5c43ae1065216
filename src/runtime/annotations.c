// SPDX-License-Identifier: Apache-2.0
// annotations.c — what annotations of crun's ask for, put where the configuration has a place of
// its own for it.
//
// Elsewhere are those that are read where they are needed: run.oci.keep_original_groups and
// run.oci.pidfd_receiver (create.c), run.oci.hooks.* (hooks.c), run.oci.delegate-cgroup (cgroup/),
// run.oci.mount_context_type (mounts.c). One that would change the container and cannot be done is
// an error, for without it the container would be another one.
#include "runtime/annotations.h"

#include "base/mem.h"
#include "base/str.h"
#include "seccomp/seccomp.h"

#include <string.h>

#define FILTER_ANNOTATION "run.oci.seccomp_bpf_data"

static const struct {
    const char *name, *why;
} refused[] = {
    {"run.oci.handler", "this runtime starts the machine's own programs only"},
    {"run.oci.seccomp.plugins", "this runtime loads no libraries: use linux.seccomp.listenerPath"},
    {"run.oci.systemd.force_cgroup_v1", "this runtime shows the host's cgroup hierarchies only"},
};

static int apply_receiver(struct oci_config *config, const char *path, struct err *err)
{
    struct oci_seccomp *seccomp = config->linux_.seccomp;
    if (*path != '/')
        return fail(err, ERR_INVALID, "must be an absolute path: \"%s\"", path);
    if (seccomp != NULL && seccomp->listenerPath == NULL)
        seccomp->listenerPath = path;
    return 0;
}

// "monotonic 100 0"
static int apply_time_offset(struct oci_config *config, struct arena *arena, const char *text,
                             struct err *err)
{
    struct oci_linux *linux_ = &config->linux_;
    struct str rest = str_trim(str_of(text));
    struct str clock = str_cut(&rest, ' '), seconds = str_cut(&rest, ' ');
    struct oci_time_offset offset = {.key = arena_strndup(arena, clock.at, clock.n)};
    bool is_clock = str_is(clock, "monotonic") || str_is(clock, "boottime");
    if (!is_clock || !str_to_i64(seconds, &offset.secs) || !str_to_u32(rest, &offset.nanosecs))
        return fail(err, ERR_INVALID,
                    "expected \"monotonic SECONDS NANOSECONDS\" or boottime: \"%s\"", text);
    struct oci_time_offset *all = arena_array(arena, linux_->n_timeOffsets + 1, sizeof *all);
    if (linux_->n_timeOffsets != 0)
        memcpy(all, linux_->timeOffsets, linux_->n_timeOffsets * sizeof *all);
    all[linux_->n_timeOffsets++] = offset;
    linux_->timeOffsets = all;
    return 0;
}

int annotations_apply(struct oci_config *config, struct arena *arena, struct err *err)
{
    for (size_t i = 0; i < N_ELEMENTS(refused); i++)
        if (!text_is_empty(oci_annotation_get(config, refused[i].name)))
            return fail(err, ERR_INVALID, "annotation %s: %s", refused[i].name, refused[i].why);
    const char *receiver = oci_annotation_get(config, "run.oci.seccomp.receiver");
    if (receiver != NULL && apply_receiver(config, receiver, err) < 0)
        return fail_in(err, "annotation run.oci.seccomp.receiver");
    const char *offset = oci_annotation_get(config, "run.oci.timens_offset");
    if (offset != NULL && apply_time_offset(config, arena, offset, err) < 0)
        return fail_in(err, "annotation run.oci.timens_offset");
    const char *strict = oci_annotation_get(config, "run.oci.seccomp_fail_unknown_syscall");
    bool is_strict = strict != NULL && strcmp(strict, "0") != 0;
    if (is_strict && config->linux_.seccomp != NULL &&
        seccomp_check_names(config->linux_.seccomp, err) < 0)
        return fail_in(err, "linux.seccomp");
    return 0;
}

int annotations_filter(const struct json_pair *annotations, size_t n, struct seccomp_program *out,
                       struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(annotations[i].key, FILTER_ANNOTATION) == 0)
            return seccomp_program_from_base64(annotations[i].value, out, err) < 0
                       ? fail_in(err, "annotation " FILTER_ANNOTATION)
                       : 1;
    return 0;
}
