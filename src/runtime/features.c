// SPDX-License-Identifier: Apache-2.0
// features.c — what this runtime was built to do. By the specification (features-linux.md) that is
// a statement about the program, not about the machine; only seccomp.supportedFlags asks the
// kernel.
#include "oci/features.h"

#include "base/mem.h"
#include "runtime/commands.h"
#include "runtime/version.h"
#include "seccomp/seccomp.h"

#include <stdio.h>

enum { OUTPUT_MAX = 1024 * 1024 };

// Members of oci_features are pointers, for a runtime may know no answer; this one always does.
static bool yes = true, no = false;

// What changes how a container is made, so that whoever takes configurations from strangers wants
// to know (features.md, "potentiallyUnsafeConfigAnnotations"); a trailing dot means all that begin
// so.
static const char *const unsafe_annotations[] = {"org.criu.config", "org.systemd.property.",
                                                 "run.oci."};

static void list_flags(struct arena *arena, struct oci_features_seccomp *out)
{
    struct words flags = {};
    for (const char *const *flag = seccomp_supported_flags(); *flag != NULL; flag++)
        words_add(arena, &flags, *flag);
    out->supportedFlags = flags.at;
    out->n_supportedFlags = flags.n;
}

static int features_run(struct command_call *call, struct err *err)
{
    struct oci_features features;
    oci_features_init(call->arena, &features);
    struct oci_features_linux *on = features.linux_;
    *on->cgroup = (struct oci_features_cgroup){
        .v1 = &yes, .v2 = &yes, .systemd = &yes, .systemdUser = &no, .rdma = &yes};
    on->seccomp->enabled = &yes;
    list_flags(call->arena, on->seccomp);
    on->apparmor->enabled = &yes;
    on->selinux->enabled = &yes;
    on->intelRdt->enabled = &yes;
    on->netDevices->enabled = &yes;
    on->mountExtensions->idmap->enabled = &yes;
    struct json_pair annotations[] = {{"io.dhow.runtime.commit", runtime_commit},
                                      {"io.dhow.runtime.version", runtime_version},
                                      {"org.opencontainers.runc.checkpoint.enabled", "true"},
                                      {"run.oci.checkpoint.enabled", "true"}};
    features.annotations = annotations;
    features.n_annotations = N_ELEMENTS(annotations);
    struct words unsafe = {};
    for (size_t i = 0; i < N_ELEMENTS(unsafe_annotations); i++)
        words_add(call->arena, &unsafe, unsafe_annotations[i]);
    features.potentiallyUnsafeConfigAnnotations = unsafe.at;
    features.n_potentiallyUnsafeConfigAnnotations = unsafe.n;
    AUTO_BUF struct buf out;
    buf_init(&out, OUTPUT_MAX);
    json_encode(&out, oci_features_fields, &features, JSON_PRETTY);
    buf_char(&out, '\n');
    if (buf_check(&out, "the features", err) < 0)
        return -1;
    fputs(buf_get(&out), stdout);
    return 0;
}

const struct command features_command = {.name = "features",
                                         .arguments = "",
                                         .help = "Print what this runtime can do, as JSON",
                                         .flags = COMMAND_ROOTLESS,
                                         .run = features_run};
