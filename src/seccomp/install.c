// SPDX-License-Identifier: Apache-2.0
// install.c — a program goes into the kernel, and its listener to the agent.
#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "linux/socket.h"
#include "seccomp/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static bool is_program_odd(const struct seccomp_program *program)
{
    return program->filter == NULL || program->length == 0;
}

int seccomp_install(const struct seccomp_program *program, int *out_listener, struct err *err)
{
    if (is_program_odd(program))
        return fail(err, ERR_SYSTEM, "install the seccomp filter: it is empty");
    struct sock_fprog filter = {.len = program->length, .filter = program->filter};
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, program->flags, &filter);
    if (r < 0 && errno == EACCES)
        return fail_sys(err, "install the seccomp filter: needs CAP_SYS_ADMIN or noNewPrivileges");
    if (r < 0 && errno == EBUSY)
        return fail_sys(err, "install the seccomp filter: there is a listener already");
    if (r < 0 && errno == EINVAL)
        return fail_sys(err,
                        "install the seccomp filter (flags 0x%x): this kernel lacks a flag or "
                        "seccomp itself",
                        program->flags);
    if (r < 0)
        return fail_sys(err, "install the seccomp filter");
    bool has_listener = (program->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;
    if (r > 0 && !has_listener)
        return fail(err, ERR_SYSTEM, "install the seccomp filter: thread %ld cannot follow", r);
    *out_listener = has_listener ? (int)r : -1;
    return 0;
}

static bool asks_listener(const struct sock_filter *filter, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (filter[i].code == (BPF_RET | BPF_K) &&
            (filter[i].k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_USER_NOTIF)
            return true;
    }
    return false;
}

int seccomp_program_from_base64(const char *text, struct seccomp_program *out, struct err *err)
{
    AUTO_BUF struct buf bytes = {.max = BPF_MAXINSNS * sizeof(struct sock_filter) + 2};
    if (base64_decode(str_of(text), &bytes, err) < 0)
        return fail_in(err, "run.oci.seccomp_bpf_data");
    size_t n = bytes.n / sizeof(struct sock_filter);
    if (n == 0 || n > BPF_MAXINSNS || bytes.n % sizeof(struct sock_filter) != 0)
        return fail(err, ERR_INVALID,
                    "run.oci.seccomp_bpf_data: %zu bytes are not 1 to %d BPF instructions", bytes.n,
                    BPF_MAXINSNS);
    struct seccomp_program program = {.filter = xcalloc(n, sizeof *program.filter),
                                      .length = (uint16_t)n};
    memcpy(program.filter, bytes.at, bytes.n);
    program.wants_listener = asks_listener(program.filter, n);
    program.flags = program.wants_listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    *out = program;
    return 0;
}

int seccomp_listener_send(const char *path, int listener, const char *state_json, struct err *err)
{
    if (*path != '/')
        return fail(err, ERR_INVALID, "seccomp.listenerPath %s: must be absolute", path);
    // An agent that does not answer does not hold up the start for ever: see socket.h.
    AUTO_FD int agent = socket_connect(path, SOCK_STREAM, err);
    if (agent < 0)
        return fail_in(err, "the seccomp agent");
    if (socket_send_fd(agent, state_json, strlen(state_json), listener) < 0)
        return fail_sys(err, "send the seccomp listener to %s", path);
    return 0;
}

void seccomp_process_state(struct buf *out, const struct oci_state *state, int64_t pid,
                           const char *metadata)
{
    buf_text(out, "{\"ociVersion\":");
    json_quote(out, state->ociVersion);
    buf_printf(out, ",\"fds\":[\"seccompFd\"],\"pid\":%jd", (intmax_t)pid);
    if (metadata != NULL) {
        buf_text(out, ",\"metadata\":");
        json_quote(out, metadata);
    }
    buf_text(out, ",\"state\":");
    json_encode(out, oci_state_fields, state, JSON_COMPACT);
    buf_char(out, '}');
}
