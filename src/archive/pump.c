// SPDX-License-Identifier: Apache-2.0
// pump.c — [read, hash, decompress] → a ring of blocks → whoever calls pump_next.
//
// One thread makes blocks, one takes them. `n_made` and `n_taken` only grow, and block i lies in
// slot i % BLOCKS; the slot of block n_taken is the taker's until it takes the next. The maker may
// wait for a peer for ever: `stop` becomes readable when nobody wants the rest.
#include "archive/pump.h"

#include "archive/decoder.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

enum { BLOCKS = 6, BLOCK = 256 * 1024, STACK = 256 * 1024 };

struct slot {
    uint8_t *bytes;
    size_t n;
    uint64_t n_packed;
};

struct pump {
    pthread_t thread;
    int stop;
    // The thread's own, until it has ended.
    struct input input;
    struct decoder decoder;
    struct slot slots[BLOCKS];
    // Under `lock`:
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t n_made, n_taken;
    bool is_over;    // no more blocks will be made
    bool is_stopped; // nobody wants them
    struct err err;  // why it is over too early; ERR_NONE: it is not
    // The taker's own.
    bool has_block, has_joined;
};

// The slot for the next block; NULL: stop.
static struct slot *wait_for_slot(struct pump *pump)
{
    (void)pthread_mutex_lock(&pump->lock); // of the default kind: cannot fail
    while (pump->n_made - pump->n_taken == BLOCKS && !pump->is_stopped)
        (void)pthread_cond_wait(&pump->changed, &pump->lock);
    struct slot *slot = pump->is_stopped ? NULL : &pump->slots[pump->n_made % BLOCKS];
    (void)pthread_mutex_unlock(&pump->lock);
    return slot;
}

static void publish(struct pump *pump, bool has_block, const struct err *err)
{
    (void)pthread_mutex_lock(&pump->lock);
    pump->n_made += has_block;
    pump->is_over = !has_block;
    if (err != NULL)
        pump->err = *err;
    (void)pthread_cond_signal(&pump->changed);
    (void)pthread_mutex_unlock(&pump->lock);
}

static void *run(void *data)
{
    struct pump *pump = data;
    struct err err = {};
    struct slot *slot;
    if (decoder_open(&pump->decoder, &pump->input, &err) < 0) {
        publish(pump, false, &err);
        return NULL;
    }
    while ((slot = wait_for_slot(pump)) != NULL) {
        if (slot->bytes == NULL)
            slot->bytes = xmalloc(BLOCK);
        ssize_t n = decoder_read(&pump->decoder, slot->bytes, BLOCK, &err);
        slot->n = n > 0 ? (size_t)n : 0;
        slot->n_packed = pump->input.n_bytes;
        publish(pump, n > 0, n < 0 ? &err : NULL);
        if (n <= 0)
            return NULL;
    }
    return NULL;
}

static int start(struct pump *pump)
{
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code != 0)
        return code;
    code = pthread_attr_setstacksize(&attributes, STACK);
    if (code == 0)
        code = pthread_create(&pump->thread, &attributes, run, pump);
    (void)pthread_attr_destroy(&attributes); // it holds nothing here
    return code;
}

struct pump *pump_new(const struct input *input, struct err *err)
{
    struct pump *pump = xcalloc(1, sizeof *pump);
    pump->input = *input;
    pump->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    pump->changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
    pump->stop = pump->input.stop = eventfd(0, EFD_CLOEXEC);
    int code = pump->stop < 0 ? errno : start(pump);
    if (code == 0)
        return pump;
    errno = code;
    (void)fail_sys(err, "start a thread that decompresses");
    if (pump->stop >= 0)
        (void)close(pump->stop);
    free(pump);
    return NULL;
}

int pump_next(struct pump *pump, struct pump_block *out, struct err *err)
{
    (void)pthread_mutex_lock(&pump->lock);
    pump->n_taken += pump->has_block;
    pump->has_block = false;
    (void)pthread_cond_signal(&pump->changed);
    while (pump->n_made == pump->n_taken && !pump->is_over)
        (void)pthread_cond_wait(&pump->changed, &pump->lock);
    pump->has_block = pump->n_made != pump->n_taken;
    bool has_failed = !pump->has_block && pump->err.kind != ERR_NONE;
    (void)pthread_mutex_unlock(&pump->lock);
    if (has_failed) {
        *err = pump->err; // the thread has ended
        return -1;
    }
    if (!pump->has_block)
        return 0;
    const struct slot *slot = &pump->slots[pump->n_taken % BLOCKS];
    *out = (struct pump_block){slot->bytes, slot->n, slot->n_packed};
    return 1;
}

static void join(struct pump *pump)
{
    if (!pump->has_joined)
        (void)pthread_join(pump->thread, NULL); // ours, and not joined yet
    pump->has_joined = true;
}

void pump_end(struct pump *pump, uint8_t digest[static SHA256_BYTES], const char **out_compression)
{
    join(pump);
    sha256_end(&pump->input.hash, digest);
    *out_compression = pump->decoder.format->name;
}

void pump_free(struct pump *pump)
{
    if (pump == NULL)
        return;
    (void)pthread_mutex_lock(&pump->lock);
    pump->is_stopped = true;
    (void)pthread_cond_signal(&pump->changed);
    (void)pthread_mutex_unlock(&pump->lock);
    (void)eventfd_write(pump->stop, 1); // the counter cannot be full
    join(pump);
    decoder_done(&pump->decoder);
    for (size_t i = 0; i < BLOCKS; i++)
        free(pump->slots[i].bytes);
    (void)close(pump->stop);
    free(pump);
}
