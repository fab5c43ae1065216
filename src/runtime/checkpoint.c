// SPDX-License-Identifier: Apache-2.0
// checkpoint.c — a container's processes become files, by criu.
//
// What comes from outside the container is named, not saved: bind mounts, joined namespaces, and
// the pipes of standard input, output and error, whose names go into descriptors.json beside the
// images (as runc writes it), so that restore can put its own in their place.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "runtime/commands.h"
#include "runtime/criu.h"
#include "runtime/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DESCRIPTORS_MAX = 64 * 1024 };

struct checkpoint_options {
    struct criu_options criu;
    const char *parent_path, *page_server;
    int64_t *status_fd;
    bool leave_running, tcp_skip_in_flight, link_remap, pre_dump;
};

// clang-format off: a table
static const struct option checkpoint_table[] = {
    OPTION_TEXT(struct checkpoint_options, criu.image_path, "image-path", 0, "dir",
                "where the images go (default ./checkpoint)"),
    OPTION_TEXT(struct checkpoint_options, criu.work_path, "work-path", 0, "dir",
                "where criu's log goes (default: --image-path)"),
    OPTION_TEXT(struct checkpoint_options, parent_path, "parent-path", 0, "dir",
                "an earlier --pre-dump, relative to --image-path"),
    OPTION_FLAG(struct checkpoint_options, leave_running, "leave-running", 0,
                "let the container go on afterwards"),
    OPTION_FLAG(struct checkpoint_options, criu.tcp_established, "tcp-established", 0,
                "save open TCP connections, too"),
    OPTION_FLAG(struct checkpoint_options, tcp_skip_in_flight, "tcp-skip-in-flight", 0,
                "leave out TCP connections that are being made"),
    OPTION_FLAG(struct checkpoint_options, link_remap, "link-remap", 0,
                "save open files that were unlinked by linking them again"),
    OPTION_FLAG(struct checkpoint_options, criu.ext_unix_sk, "ext-unix-sk", 0,
                "allow unix sockets that lead outside"),
    OPTION_FLAG(struct checkpoint_options, criu.shell_job, "shell-job", 0,
                "allow a terminal that leads outside"),
    OPTION_FLAG(struct checkpoint_options, criu.lazy_pages, "lazy-pages", 0,
                "serve memory later, on demand"),
    OPTION_INT(struct checkpoint_options, status_fd, "status-fd", 0,
               "descriptor that gets a NUL when --lazy-pages is ready"),
    OPTION_TEXT(struct checkpoint_options, page_server, "page-server", 0, "ADDRESS:PORT",
                "send the memory to a page server"),
    OPTION_FLAG(struct checkpoint_options, criu.file_locks, "file-locks", 0,
                "save file locks, too"),
    OPTION_FLAG(struct checkpoint_options, pre_dump, "pre-dump", 0,
                "save only the memory, the container goes on"),
    OPTION_TEXT(struct checkpoint_options, criu.manage_cgroups_mode, "manage-cgroups-mode", 0,
                "mode",
                "what criu does to cgroups: none props soft full strict ignore (default ignore)"),
    OPTION_TEXT(struct checkpoint_options, criu.empty_ns, "empty-ns", 0, "network",
                "leave out what is in the network namespace"),
    OPTION_FLAG(struct checkpoint_options, criu.auto_dedup, "auto-dedup", 0,
                "punch saved pages out of the earlier images"),
    {},
};
// clang-format on

static int64_t checkpoint_inherits(const void *options)
{
    enum { FIRST_FD = 3 };
    const struct checkpoint_options *given = options;
    if (given->status_fd == NULL || *given->status_fd < FIRST_FD)
        return given->status_fd != NULL && *given->status_fd < 0 ? -1 : 0;
    return *given->status_fd - FIRST_FD + 1;
}

static int add_own(struct criu_call *call, const struct checkpoint_options *options,
                   struct err *err)
{
    const struct {
        bool is_set;
        const char *flag;
    } switches[] = {
        {options->leave_running, "--leave-running"},
        {options->tcp_skip_in_flight, "--skip-in-flight"},
        {options->link_remap, "--link-remap"},
        {options->pre_dump || options->parent_path != NULL, "--track-mem"},
    };
    for (size_t i = 0; i < N_ELEMENTS(switches); i++) {
        if (switches[i].is_set)
            criu_add(call, switches[i].flag);
    }
    if (options->parent_path != NULL)
        criu_add_value(call, "--prev-images-dir", "%s", options->parent_path);
    if (options->status_fd != NULL)
        criu_add_value(call, "--status-fd", "%lld", (long long)*options->status_fd);
    if (options->page_server == NULL)
        return 0;
    struct str address = str_of(options->page_server);
    struct str port = str_cut_last(&address, ':');
    uint32_t number;
    if (address.n == 0 || port.n == strlen(options->page_server) || !str_to_u32(port, &number) ||
        number == 0 || number > UINT16_MAX)
        return fail(err, ERR_INVALID, "invalid --page-server \"%s\": expected ADDRESS:PORT",
                    options->page_server);
    criu_add(call, "--page-server");
    criu_add_value(call, "--address", "%.*s", (int)address.n, address.at);
    criu_add_value(call, "--port", "%u", number);
    return 0;
}

// Namespaces that were joined by path belong to somebody else.
static int add_namespaces(struct criu_call *call, const struct oci_config *config, struct err *err)
{
    static const char *const kinds[][3] = {{"network", "net", "extRootNetNS"},
                                           {"pid", "pid", "extRootPidNS"}};
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        const struct oci_namespace *namespace = oci_namespace_get(config, kinds[i][0]);
        struct stat about;
        if (namespace == NULL || text_is_empty(namespace->path))
            continue;
        if (stat(namespace->path, &about) < 0)
            return fail_sys(err, "%s namespace %s", kinds[i][0], namespace->path);
        criu_add_value(call, "--external", "%s[%llu]:%s", kinds[i][1],
                       (unsigned long long)about.st_ino, kinds[i][2]);
    }
    return 0;
}

// descriptors.json: what 0, 1 and 2 of the first process are.
static int save_descriptors(const struct container *container, const char *images, struct err *err)
{
    AUTO_BUF struct buf json;
    buf_init(&json, DESCRIPTORS_MAX);
    buf_char(&json, '[');
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        AUTO_FREE char *link = str_printf("/proc/%lld/fd/%d", (long long)container->record.pid, fd);
        char name[4096];
        ssize_t n = readlink(link, name, sizeof name - 1);
        if (n < 0 && errno != ENOENT)
            return fail_sys(err, "read %s", link);
        name[n > 0 ? n : 0] = '\0';
        buf_text(&json, fd != 0 ? "," : "");
        json_quote(&json, name);
    }
    buf_char(&json, ']');
    AUTO_FD int dir = open(images, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return fail_sys(err, "open %s", images);
    return file_replace_volatile(dir, "descriptors.json", json.at, json.n, 0600, err);
}

static int dump(const struct command_call *command, const struct container *container,
                const struct checkpoint_options *options, struct err *err)
{
    enum container_status status;
    if (container_status(container, &status, err) < 0)
        return -1;
    if (status != CONTAINER_RUNNING && status != CONTAINER_PAUSED)
        return fail(err, ERR_CONFLICT, "cannot checkpoint container \"%s\": it is %s, not running",
                    container->id, container_status_name(status));
    AUTO_FD int bundle = open(container->record.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (bundle < 0)
        return fail_sys(err, "open bundle %s", container->record.bundle);
    struct oci_config config;
    struct criu_call call = {.arena = command->arena};
    if (oci_config_read(command->arena, bundle, "config.json", &config, err) < 0 ||
        criu_begin(&call, options->pre_dump ? "pre-dump" : "dump", &options->criu, err) < 0)
        return -1;
    criu_add_value(&call, "--tree", "%lld", (long long)container->record.pid);
    if (container->record.rootfs != NULL)
        criu_add_value(&call, "--root", "%s", container->record.rootfs);
    criu_add_config(&call, container->record.annotations, container->record.n_annotations);
    if (add_own(&call, options, err) < 0 || add_namespaces(&call, &config, err) < 0)
        return -1;
    if (!options->pre_dump) {
        criu_add_mounts(&call, &config, container, false);
        if (save_descriptors(container, call.image_path, err) < 0)
            return -1;
    }
    return criu_run(&call, err);
}

static int checkpoint_run(struct command_call *call, struct err *err)
{
    const struct checkpoint_options *options = call->options;
    const char *id = call->arguments.at[0];
    struct container container;
    if (container_open(call->runtime, id, CONTAINER_LOCK, &container, err) < 0)
        return -1;
    int r = dump(call, &container, options, err);
    container_close(&container);
    if (r < 0)
        return fail_in(err, "checkpoint container \"%s\"", id);
    if (options->leave_running || options->pre_dump)
        return 0;
    return runtime_delete(call->runtime, id, true, err); // it lives on in the images only
}

const struct command checkpoint_command = {.name = "checkpoint",
                                           .arguments = "ID",
                                           .help = "Save a running container into files, by criu",
                                           .options = checkpoint_table,
                                           .options_size = sizeof(struct checkpoint_options),
                                           .min = 1,
                                           .max = 1,
                                           .inherits = checkpoint_inherits,
                                           .run = checkpoint_run};
