// SPDX-License-Identifier: Apache-2.0
// unpack.c — starting dhow-transfer unpack, and judging what it reports.
#include "image/unpack.h"

#include "base/mem.h"
#include "content/content.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>

enum { JOBS_MAX = 64 };

struct report { // what dhow-transfer says
    const char *diff_id, *digest, *compression;
    uint64_t size_bytes, entries, files_bytes;
};
static const struct json_field report_fields[] = {
    JSON_FIELD(struct report, diff_id, JSON_REQUIRED),
    JSON_FIELD(struct report, digest, JSON_REQUIRED),
    JSON_FIELD(struct report, compression, JSON_REQUIRED),
    JSON_FIELD(struct report, size_bytes, JSON_OPTIONAL),
    JSON_FIELD(struct report, entries, JSON_OPTIONAL),
    JSON_FIELD(struct report, files_bytes, JSON_OPTIONAL),
    {},
};

int unpack_start(const struct image_store *store, struct unpack_job *job, struct err *err)
{
    char size[24];
    (void)snprintf(size, sizeof size, "%ju", (uintmax_t)job->size); // it fits
    const char *argv[12] = {store->transfer, "unpack", "--into", "3"};
    size_t n = 4;
    if (!job->is_tree)
        argv[n++] = "--layer";
    if (job->size != UINT64_MAX) {
        argv[n++] = "--size";
        argv[n++] = size;
    }
    if (job->follow >= 0) {
        argv[n++] = "--follow";
        argv[n++] = "4";
    }
    if (layer_begin(store->root, &job->writer, err) < 0)
        return -1;
    job->has_writer = true;
    const int more[] = {job->writer.fs, job->follow};
    if (child_start(argv, job->blob, more, 1 + (job->follow >= 0), &job->child, err) < 0)
        return -1;
    if (job->follow >= 0)
        (void)close(TAKE_FD(job->follow)); // the child has it
    return 0;
}

int unpack_fd(const struct unpack_job *job)
{
    return job->child.report;
}

int unpack_finish(struct unpack_job *job, struct arena *arena, struct err *err)
{
    struct report report;
    if (child_finish(&job->child, arena, report_fields, &report, err) < 0)
        return -1;
    if (!content_is_hex(report.diff_id) || !content_is_hex(report.digest))
        return fail(err, ERR_SYSTEM, "dhow-transfer's report makes no sense");
    if (job->digest != NULL && strcmp(job->digest, report.digest) != 0)
        return fail(err, ERR_INVALID, "layer verification failed: digest sha256:%s, want sha256:%s",
                    report.digest, job->digest);
    if (job->diff_id != NULL && strcmp(job->diff_id, report.diff_id) != 0)
        return fail(err, ERR_INVALID,
                    "layer verification failed: its plain bytes have the digest sha256:%s, the "
                    "image's config says sha256:%s",
                    report.diff_id, job->diff_id);
    job->found_digest = report.digest;
    job->found_diff_id = report.diff_id;
    job->compression = report.compression;
    job->plain_bytes = report.size_bytes;
    job->files_bytes = report.files_bytes;
    return 0;
}

void unpack_done(struct unpack_job *job)
{
    child_kill(&job->child);
    if (job->follow >= 0)
        (void)close(TAKE_FD(job->follow));
    if (job->has_writer)
        layer_abort(&job->writer);
    job->has_writer = false;
}

// Waits until one of those that run has reported: its index.
static ssize_t wait_for_one(struct unpack_job *const *running, size_t n, struct err *err)
{
    struct pollfd polls[JOBS_MAX];
    for (size_t i = 0; i < n; i++)
        polls[i] = (struct pollfd){.fd = unpack_fd(running[i]), .events = POLLIN};
    for (;;) {
        int ready = poll(polls, n, -1);
        if (ready < 0 && errno != EINTR)
            return fail_sys(err, "wait for dhow-transfer");
        for (size_t i = 0; ready > 0 && i < n; i++) {
            if (polls[i].revents != 0)
                return (ssize_t)i;
        }
    }
}

int unpack_all(const struct image_store *store, struct arena *arena, struct unpack_job *jobs,
               size_t n, struct err *err)
{
    struct unpack_job *running[JOBS_MAX];
    int processors = get_nprocs();
    size_t n_running = 0, next = 0, most = processors < JOBS_MAX ? (size_t)processors : JOBS_MAX;
    while (next < n || n_running > 0) {
        while (next < n && n_running < most) {
            if (unpack_start(store, &jobs[next], err) < 0)
                return -1;
            running[n_running++] = &jobs[next++];
        }
        ssize_t ready = wait_for_one(running, n_running, err);
        if (ready < 0)
            return -1;
        const struct unpack_job *job = running[ready];
        if (unpack_finish(running[ready], arena, err) < 0)
            return fail_in(err, "layer %.12s", job->diff_id != NULL ? job->diff_id : "");
        running[ready] = running[--n_running];
    }
    return 0;
}
