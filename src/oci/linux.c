// SPDX-License-Identifier: Apache-2.0
// linux.c — checks of config-linux.md, but for resources, seccomp and sysctl, which have their own
// files.
#include "base/mem.h"
#include "base/str.h"
#include "oci/check.h"
#include "oci/words.h"

#include <string.h>

static int check_namespaces(const struct oci_linux *linux_, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < linux_->n_namespaces; i++) {
        const struct oci_namespace *namespace = &linux_->namespaces[i];
        const struct place *here = PLACE_AT(at, i);
        if (check_word(err, PLACE(here, "type"), oci_namespace_words, namespace->type) < 0)
            return -1;
        if (namespace->path != NULL &&
            check_absolute(err, PLACE(here, "path"), namespace->path) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(linux_->namespaces[j].type, namespace->type) == 0)
                return check_fail(err, PLACE(here, "type"), "%s is there twice", namespace->type);
    }
    return 0;
}

static int check_user_namespace(const struct oci_config *config, const struct place *at,
                                struct err *err)
{
    const struct oci_linux *linux_ = &config->linux_;
    const struct oci_namespace *user = oci_namespace_get(config, "user");
    const struct {
        const char *name;
        const struct oci_id_map *maps;
        size_t n;
    } sides[] = {
        {"uidMappings", linux_->uidMappings, linux_->n_uidMappings},
        {"gidMappings", linux_->gidMappings, linux_->n_gidMappings},
    };
    for (size_t i = 0; i < N_ELEMENTS(sides); i++) {
        const struct place *here = PLACE(at, sides[i].name);
        if (check_id_maps(err, here, sides[i].maps, sides[i].n) < 0)
            return -1;
        if (sides[i].n != 0 && user == NULL)
            return check_fail(err, here, "needs a user namespace in linux.namespaces");
        if (sides[i].n == 0 && user != NULL && user->path == NULL)
            return check_fail(err, here, "a new user namespace needs at least one mapping");
    }
    return 0;
}

static int check_time_offsets(const struct oci_config *config, const struct place *at,
                              struct err *err)
{
    static const int64_t SECONDS_MAX = INT64_MAX / 1'000'000'000; // the kernel's KTIME_SEC_MAX
    const struct oci_linux *linux_ = &config->linux_;
    if (linux_->n_timeOffsets != 0 && oci_namespace_get(config, "time") == NULL)
        return check_fail(err, at, "needs a time namespace in linux.namespaces");
    for (size_t i = 0; i < linux_->n_timeOffsets; i++) {
        const struct oci_time_offset *offset = &linux_->timeOffsets[i];
        const struct place *here = PLACE(at, offset->key);
        if (oci_word_find(oci_time_clock_words, offset->key) < 0)
            return check_fail(err, here, "is no clock; these are: boottime, monotonic");
        if (check_range(err, PLACE(here, "secs"), offset->secs, -SECONDS_MAX, SECONDS_MAX) < 0 ||
            check_range(err, PLACE(here, "nanosecs"), offset->nanosecs, 0, 999'999'999) < 0)
            return -1;
    }
    return 0;
}

static bool is_same_node(const struct oci_device *a, const struct oci_device *b)
{
    return strcmp(a->type, b->type) == 0 && a->major == b->major && a->minor == b->minor;
}

static int check_device(const struct oci_device *device, const struct place *at, struct err *err)
{
    enum { MODE_MAX = 0177777 }; // engines copy st_mode, with its file type
    if (strlen(device->type) != 1 || strchr("cbup", *device->type) == NULL)
        return check_fail(err, PLACE(at, "type"), "\"%.80s\" is not one of c, b, u, p",
                          device->type);
    if (check_absolute(err, PLACE(at, "path"), device->path) < 0)
        return -1;
    if (*device->type != 'p' &&
        (check_range(err, PLACE(at, "major"), device->major, 0, OCI_DEVICE_MAJORS - 1) < 0 ||
         check_range(err, PLACE(at, "minor"), device->minor, 0, OCI_DEVICE_MINORS - 1) < 0))
        return -1;
    if (device->fileMode != NULL &&
        check_range(err, PLACE(at, "fileMode"), *device->fileMode, 0, MODE_MAX) < 0)
        return -1;
    if (device->uid != NULL && check_id(err, PLACE(at, "uid"), *device->uid) < 0)
        return -1;
    return device->gid != NULL ? check_id(err, PLACE(at, "gid"), *device->gid) : 0;
}

static int check_devices(const struct oci_linux *linux_, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < linux_->n_devices; i++) {
        const struct oci_device *device = &linux_->devices[i];
        const struct place *here = PLACE_AT(at, i);
        if (check_device(device, here, err) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(linux_->devices[j].path, device->path) == 0 &&
                !is_same_node(&linux_->devices[j], device))
                return check_fail(err, PLACE(here, "path"), "%.200s is another device in [%zu]",
                                  device->path, j);
    }
    return 0;
}

static const char *inner_name(const struct oci_net_device *device)
{
    return device->name != NULL ? device->name : device->key;
}

static int check_net_devices(const struct oci_linux *linux_, const struct place *at,
                             struct err *err)
{
    for (size_t i = 0; i < linux_->n_netDevices; i++) {
        const struct oci_net_device *device = &linux_->netDevices[i];
        const struct place *here = PLACE(at, device->key);
        if (check_interface_name(err, here, device->key) < 0)
            return -1;
        if (device->name != NULL &&
            check_interface_name(err, PLACE(here, "name"), device->name) < 0)
            return -1;
        for (size_t j = 0; j < i; j++)
            if (strcmp(inner_name(&linux_->netDevices[j]), inner_name(device)) == 0)
                return check_fail(err, here, "two devices would be called %s", inner_name(device));
    }
    return 0;
}

static int check_cgroups_path(const char *path, const struct place *at, struct err *err)
{
    if (check_line(err, at, path) < 0)
        return -1;
    for (struct str rest = str_of(path); rest.n != 0;) {
        struct str part = str_cut(&rest, '/');
        if (str_is(part, ".."))
            return check_fail(err, at, "must not have \"..\": \"%.200s\"", path);
        if (part.n > 255)
            return check_fail(err, at, "a part of it is longer than 255 bytes: \"%.200s\"", path);
    }
    return 0;
}

static int check_paths(const char *const *paths, size_t n, const struct place *at, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        if (check_absolute(err, PLACE_AT(at, i), paths[i]) < 0)
            return -1;
    return 0;
}

// The schema's pattern: one line that starts with the resource's name.
static int check_schema_line(const char *line, const char *start, const struct place *at,
                             struct err *err)
{
    if (!text_starts(line, start) || strchr(line, '\n') != NULL)
        return check_fail(err, at, "must be one line that starts with \"%s\"", start);
    return 0;
}

static int check_intel_rdt(const struct oci_intel_rdt *rdt, const struct place *at, struct err *err)
{
    const char *id = rdt->closID;
    if (id != NULL && (strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || strlen(id) > 255 ||
                       strpbrk(id, "/\n") != NULL))
        return check_fail(err, PLACE(at, "closID"), "must be a directory's name: \"%.80s\"", id);
    const struct place *schemata = PLACE(at, "schemata");
    for (size_t i = 0; i < rdt->n_schemata; i++)
        if (check_line(err, PLACE_AT(schemata, i), rdt->schemata[i]) < 0)
            return -1;
    if (rdt->memBwSchema != NULL)
        return check_schema_line(rdt->memBwSchema, "MB:", PLACE(at, "memBwSchema"), err);
    // More than one line is allowed here (L3CODE:, L3DATA:); one for the memory bandwidth gives way
    // to memBwSchema, and without that would be dropped in silence.
    for (struct str rest = str_of(rdt->l3CacheSchema); rest.n != 0;)
        if (str_starts(str_cut(&rest, '\n'), "MB:"))
            return check_fail(err, PLACE(at, "l3CacheSchema"), "must not have a \"MB:\" line");
    return 0;
}

// What mbind(2)'s modes take as nodes, and the flags that go with them.
static const struct memory_mode {
    const char *name;
    bool needs_nodes, takes_nodes, takes_balancing;
} memory_modes[] = {
    {"MPOL_DEFAULT", false, false, false},     {"MPOL_LOCAL", false, false, false},
    {"MPOL_PREFERRED", false, true, false},    {"MPOL_BIND", true, true, true},
    {"MPOL_INTERLEAVE", true, true, false},    {"MPOL_WEIGHTED_INTERLEAVE", true, true, false},
    {"MPOL_PREFERRED_MANY", true, true, true},
};

static bool has_flag(const struct oci_memory_policy *policy, const char *flag)
{
    for (size_t i = 0; i < policy->n_flags; i++)
        if (strcmp(policy->flags[i], flag) == 0)
            return true;
    return false;
}

static int check_memory_policy(const struct oci_memory_policy *policy, const struct place *at,
                               struct err *err)
{
    const struct place *flags = PLACE(at, "flags"), *nodes = PLACE(at, "nodes");
    if (policy->mode == NULL)
        return check_fail(err, PLACE(at, "mode"), "is required");
    if (check_word(err, PLACE(at, "mode"), oci_memory_mode_words, policy->mode) < 0 ||
        check_words(err, flags, oci_memory_flag_words, policy->flags, policy->n_flags) < 0 ||
        check_number_list(err, nodes, policy->nodes != NULL ? policy->nodes : "", OCI_NODES_MAX) <
            0)
        return -1;
    const struct memory_mode *mode = memory_modes;
    while (strcmp(mode->name, policy->mode) != 0)
        mode++;
    bool has_nodes = str_trim(str_of(policy->nodes)).n != 0;
    if (has_nodes && !mode->takes_nodes)
        return check_fail(err, nodes, "must be empty with %s", mode->name);
    if (!has_nodes && mode->needs_nodes)
        return check_fail(err, nodes, "must not be empty with %s", mode->name);
    if (policy->n_flags != 0 && !mode->takes_nodes)
        return check_fail(err, flags, "must be empty with %s", mode->name);
    if (has_flag(policy, "MPOL_F_NUMA_BALANCING") && !mode->takes_balancing)
        return check_fail(err, flags, "%s does not take MPOL_F_NUMA_BALANCING", mode->name);
    if (has_flag(policy, "MPOL_F_STATIC_NODES") && has_flag(policy, "MPOL_F_RELATIVE_NODES"))
        return check_fail(err, flags,
                          "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each "
                          "other");
    return 0;
}

static int check_personality(const struct oci_personality *personality, const struct place *at,
                             struct err *err)
{
    if (personality->domain == NULL)
        return check_fail(err, PLACE(at, "domain"), "is required");
    if (personality->n_flags != 0)
        return check_fail(err, PLACE(at, "flags"), "no flags are defined: \"%.80s\"",
                          personality->flags[0]);
    return check_word(err, PLACE(at, "domain"), oci_personality_words, personality->domain);
}

// The optional objects.
static int check_objects(const struct oci_linux *linux_, const struct place *at, struct err *err)
{
    if (linux_->resources != NULL &&
        resources_check(linux_->resources, PLACE(at, "resources"), err) < 0)
        return -1;
    if (linux_->seccomp != NULL && seccomp_check(linux_->seccomp, PLACE(at, "seccomp"), err) < 0)
        return -1;
    if (linux_->intelRdt != NULL &&
        check_intel_rdt(linux_->intelRdt, PLACE(at, "intelRdt"), err) < 0)
        return -1;
    if (linux_->memoryPolicy != NULL &&
        check_memory_policy(linux_->memoryPolicy, PLACE(at, "memoryPolicy"), err) < 0)
        return -1;
    if (linux_->personality == NULL)
        return 0;
    return check_personality(linux_->personality, PLACE(at, "personality"), err);
}

static int check_texts(const struct oci_linux *linux_, const struct place *at, struct err *err)
{
    if (linux_->cgroupsPath != NULL &&
        check_cgroups_path(linux_->cgroupsPath, PLACE(at, "cgroupsPath"), err) < 0)
        return -1;
    if (linux_->rootfsPropagation != NULL &&
        check_word(err, PLACE(at, "rootfsPropagation"), oci_propagation_words,
                   linux_->rootfsPropagation) < 0)
        return -1;
    if (linux_->mountLabel != NULL &&
        check_line(err, PLACE(at, "mountLabel"), linux_->mountLabel) < 0)
        return -1;
    if (check_paths(linux_->maskedPaths, linux_->n_maskedPaths, PLACE(at, "maskedPaths"), err) < 0)
        return -1;
    return check_paths(linux_->readonlyPaths, linux_->n_readonlyPaths, PLACE(at, "readonlyPaths"),
                       err);
}

int linux_check(const struct oci_config *config, const struct place *at, struct err *err)
{
    const struct oci_linux *linux_ = &config->linux_;
    if (check_namespaces(linux_, PLACE(at, "namespaces"), err) < 0 ||
        check_user_namespace(config, at, err) < 0 ||
        check_time_offsets(config, PLACE(at, "timeOffsets"), err) < 0 ||
        check_devices(linux_, PLACE(at, "devices"), err) < 0 ||
        check_net_devices(linux_, PLACE(at, "netDevices"), err) < 0 ||
        sysctl_check(config, PLACE(at, "sysctl"), err) < 0)
        return -1;
    return check_texts(linux_, at, err) < 0 ? -1 : check_objects(linux_, at, err);
}
