// SPDX-License-Identifier: Apache-2.0
// log_files.c — files that are appended to and rotated by renaming.
//
// Readers hold the file that they read and find the next one by its place in the row, so a rename
// never takes anything from them.
#include "monitor/log_files.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = LOG_NAME_ROOM + 12 };

static int open_current(const struct log_files *files)
{
    return openat(files->dir, files->name, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                  0640);
}

int log_files_open(struct log_files *out, int dir, const char *name, uint64_t max_bytes,
                   uint32_t max_files, struct err *err)
{
    struct stat st;
    struct log_files files = {.max_bytes = max_bytes, .max_files = max_files};
    (void)snprintf(files.name, sizeof files.name, "%s", name); // ours: it fits
    AUTO_FD int own = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    files.dir = own;
    AUTO_FD int file = own < 0 ? -1 : open_current(&files);
    if (file < 0 || fstat(file, &st) < 0)
        return fail_sys(err, "open the container's log");
    if (files.max_files == 0 || files.max_files > LOG_FILES_MAX)
        files.max_files = files.max_files == 0 ? 1 : LOG_FILES_MAX;
    files.size_bytes = (uint64_t)st.st_size;
    files.dir = TAKE_FD(own);
    files.file = TAKE_FD(file);
    *out = files;
    return 0;
}

static int write_parts(int file, struct iovec *parts, int n_parts)
{
    while (n_parts > 0) {
        ssize_t done = writev(file, parts, n_parts);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        while (n_parts > 0 && (size_t)done >= parts->iov_len) {
            done -= (ssize_t)parts->iov_len;
            parts++;
            n_parts--;
        }
        if (n_parts > 0) {
            parts->iov_base = (char *)parts->iov_base + done;
            parts->iov_len -= (size_t)done;
        }
    }
    return 0;
}

int log_files_append(struct log_files *files, struct iovec *parts, int n_parts)
{
    size_t n = 0;
    for (int i = 0; i < n_parts; i++)
        n += parts[i].iov_len;
    if (write_parts(files->file, parts, n_parts) == 0) {
        files->size_bytes += n;
        return 0;
    }
    int why = errno;
    if (ftruncate(files->file, (off_t)files->size_bytes) < 0) // a full disk: whole records only
        log_files_rotate(files);
    errno = why;
    return -1;
}

void log_files_rotate(struct log_files *files)
{
    char from[PATH_ROOM], to[PATH_ROOM];
    for (uint32_t i = files->max_files - 1; i > 0; i--) {
        (void)snprintf(to, sizeof to, "%s.%u", files->name, i); // they fit
        (void)snprintf(from, sizeof from, i > 1 ? "%s.%u" : "%s", files->name, i - 1);
        (void)renameat(files->dir, from, files->dir, to); // not there yet is fine
    }
    if (files->max_files == 1)
        (void)unlinkat(files->dir, files->name, 0); // readers keep what they have open
    int next = open_current(files);
    if (next < 0)
        return; // the old file grows until this works again
    (void)close(files->file);
    files->file = next;
    files->size_bytes = 0;
}

void log_files_close(struct log_files *files)
{
    if (files->file >= 0)
        (void)close(files->file); // each write was checked
    if (files->dir >= 0)
        (void)close(files->dir);
    files->dir = files->file = -1;
}
