// SPDX-License-Identifier: Apache-2.0
// input.c — reads what is there, and waits for what is not there yet.
//
// An announcement is one uint64_t of the machine's byte order: so many bytes of the file, from its
// start, are there and will not change. They grow. The last one of those that wait in the pipe
// says all, so each read takes many.
#include "archive/input.h"

#include "base/mem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ANNOUNCEMENTS = 64 }; // taken at once

void input_init(struct input *input, int fd, int follow, uint64_t size)
{
    *input = (struct input){.fd = fd, .follow = follow, .stop = -1, .size = size};
    sha256_init(&input->hash);
}

static int announce(struct input *input, uint64_t n_final, struct err *err)
{
    if (n_final < input->n_final)
        return fail(err, ERR_SYSTEM, "the download went back from %ju to %ju bytes",
                    (uintmax_t)input->n_final, (uintmax_t)n_final);
    if (n_final > input->size)
        return fail(err, ERR_INVALID, "the archive has more than the %ju bytes that were promised",
                    (uintmax_t)input->size);
    input->n_final = n_final;
    return 0;
}

// The pipe's bytes need not come in whole announcements.
static int take_announcements(struct input *input, const uint8_t *bytes, size_t n, struct err *err)
{
    while (n != 0) {
        size_t part = sizeof input->word - input->n_word;
        part = part < n ? part : n;
        memcpy(input->word + input->n_word, bytes, part);
        input->n_word += part;
        bytes += part;
        n -= part;
        if (input->n_word < sizeof input->word)
            return 0;
        uint64_t n_final;
        memcpy(&n_final, input->word, sizeof n_final);
        input->n_word = 0;
        if (announce(input, n_final, err) < 0)
            return -1;
    }
    return 0;
}

// read(2) of what may take for ever, and may be non-blocking.
static ssize_t read_or_stop(const struct input *input, int fd, void *to, size_t max,
                            struct err *err)
{
    for (;;) {
        struct pollfd wait[] = {{.fd = fd, .events = POLLIN},
                                {.fd = input->stop, .events = POLLIN}};
        int n_ready = ppoll(wait, N_ELEMENTS(wait), NULL, NULL);
        if (n_ready < 0 && errno == EINTR)
            continue;
        if (n_ready < 0)
            return fail_sys(err, "wait for the archive");
        if (wait[1].revents != 0)
            return fail(err, ERR_UNAVAILABLE, "nobody wants the rest of the archive");
        ssize_t n = read(fd, to, max);
        if (n >= 0)
            return n;
        if (errno != EINTR && errno != EAGAIN)
            return fail_sys(err, "read the archive");
    }
}

// 1: there is more; 0: the pipe has ended.
static int wait_for_more(struct input *input, struct err *err)
{
    uint8_t bytes[ANNOUNCEMENTS * sizeof(uint64_t)];
    ssize_t n = read_or_stop(input, input->follow, bytes, sizeof bytes, err);
    if (n <= 0)
        return (int)n;
    return take_announcements(input, bytes, (size_t)n, err) < 0 ? -1 : 1;
}

static ssize_t read_final(struct input *input, void *to, size_t max, struct err *err)
{
    while (input->n_final == input->n_bytes) {
        if (input->n_bytes == input->size)
            return 0;
        int more = wait_for_more(input, err);
        if (more < 0)
            return -1;
        if (more == 0 && input->size != INPUT_SIZE_UNKNOWN)
            return fail(err, ERR_UNAVAILABLE, "the download ended after %ju of %ju bytes",
                        (uintmax_t)input->n_final, (uintmax_t)input->size);
        if (more == 0)
            return 0;
    }
    uint64_t there = input->n_final - input->n_bytes;
    ssize_t n;
    do
        n = pread(input->fd, to, there < max ? there : max, (off_t)input->n_bytes);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return fail_sys(err, "read the archive");
    if (n == 0)
        return fail(err, ERR_SYSTEM, "the archive's file is shorter than was announced");
    return n;
}

static ssize_t read_all(struct input *input, void *to, size_t max, struct err *err)
{
    ssize_t n = read_or_stop(input, input->fd, to, max, err);
    if (n < 0)
        return -1;
    if (input->size == INPUT_SIZE_UNKNOWN)
        return n;
    if (n == 0 && input->n_bytes < input->size)
        return fail(err, ERR_INVALID, "the archive ends after %ju of %ju bytes",
                    (uintmax_t)input->n_bytes, (uintmax_t)input->size);
    if ((uint64_t)n > input->size - input->n_bytes)
        return fail(err, ERR_INVALID, "the archive has more than the %ju bytes that were promised",
                    (uintmax_t)input->size);
    return n;
}

ssize_t input_read(struct input *input, void *to, size_t max, struct err *err)
{
    ssize_t n =
        input->follow >= 0 ? read_final(input, to, max, err) : read_all(input, to, max, err);
    if (n <= 0)
        return n;
    sha256_add(&input->hash, to, (size_t)n);
    input->n_bytes += (uint64_t)n;
    return n;
}
