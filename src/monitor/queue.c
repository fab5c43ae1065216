// SPDX-License-Identifier: Apache-2.0
// queue.c — bytes that wait. Its users keep it short (MONITOR_LAG_MAX, or by reading no more).
#include "base/mem.h"
#include "monitor/server.h"

#include <string.h>

void queue_add(struct queue *queue, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    if (queue->start + queue->n + n > queue->room) {
        size_t room = queue->n + n + queue->n / 2; // mostly one frame, and no more comes
        uint8_t *at = xmalloc(room);
        if (queue->n != 0)
            memcpy(at, queue->at + queue->start, queue->n);
        free(queue->at);
        queue->at = at;
        queue->start = 0;
        queue->room = room;
    }
    memcpy(queue->at + queue->start + queue->n, bytes, n);
    queue->n += n;
}

void queue_drop(struct queue *queue, size_t n)
{
    queue->start += n;
    queue->n -= n;
    if (queue->n == 0)
        queue_done(queue);
}

void queue_done(struct queue *queue)
{
    free(queue->at);
    *queue = (struct queue){};
}
