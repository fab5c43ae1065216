// SPDX-License-Identifier: Apache-2.0
// blob.c — a blob into a file, from several places of it at once, in order where it matters.
//
// A blob is fetched in pieces by up to LANES_MAX lanes, each a fiber with one request at a time.
// Pieces are claimed from the front, so what is there grows from the beginning, and the engine
// unpacks behind it. Invariants:
//
//     [0, from) of the file is there ─ the engine said so
//     pieces:   unfinished ranges, in order, each with a lane or waiting for one; below `next`
//     next:     nothing from here on has been claimed
//     prefix:   the smallest unfinished position: all before it is there, and final
//
// How large a piece is follows from how fast the last one came: on a fast line one request takes
// all the rest, for parallel requests would only cost; on a slow one there are lanes of a few
// megabytes. A registry that ignores Range gives all from the start: its first request becomes the
// only one. What comes is checked against what was promised (size, range) byte by byte; whether it
// is the right content, the digest tells whoever reads the file.
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/call.h"
#include "registry/says.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum {
    LANES_MAX = 4,
    GATHER = 256 * 1024,           // bytes that are written at once
    SPLIT_MIN = 32 * 1024 * 1024,  // blobs below this come in one piece
    PIECE_MIN = 4 * 1024 * 1024,   // of a blob that comes in several
    FIRST_PIECE = 8 * 1024 * 1024, // tells how fast the line is
    PIECE_MS = 500,                // how long the next one should take
    PIECE_MAX = 64 * 1024 * 1024,
    FAST_BYTES_PER_MS = 30'000, // 30 MB/s: one lane is enough
    PROGRESS_MIN = 64 * 1024,   // what makes an attempt one that got somewhere
    FAILURES_MAX = 100,         // with progress in between
    ANNOUNCE_PAUSE_MS = 5,
};

struct piece {
    struct piece *next;
    uint64_t at, end; // what is missing
    bool is_taken;
};

struct blob {
    struct job *job;
    struct endpoint *endpoint;
    uint64_t size, next, announced;
    uint64_t received; // in all, what was there at the beginning too
    struct piece *pieces;
    uint64_t piece_bytes; // of the next claim
    unsigned lanes, lanes_wanted;
    struct fiber *owner;
    struct url place;              // where the endpoint redirects to
    bool has_place, is_whole_only; // Range is of no use with it
    uint32_t attempts, failures;   // since there was progress; in all
    bool is_failed;                // err has the reason
    struct err err;
};

struct lane {
    struct blob *blob;
    struct piece *piece;
    struct call call;
    uint64_t skip; // of a body that starts before the piece
    bool asks_range, is_judged, has_enough;
    bool is_lied_to;      // what came is not what was promised; another attempt may be better
    uint64_t gathered_at; // where in the file the gathered bytes belong
    size_t n_gathered;
    char *gathered;
};

static uint64_t prefix_of(const struct blob *blob)
{
    uint64_t prefix = blob->next;
    for (const struct piece *piece = blob->pieces; piece != NULL; piece = piece->next)
        if (piece->at < prefix)
            prefix = piece->at;
    return prefix;
}

// Writes the prefix into the pipe, if there is room: nobody waits for a reader that is slow.
static void announce(struct blob *blob)
{
    struct job *job = blob->job;
    uint64_t prefix = prefix_of(blob);
    if (job->n_fds < 2 || job->fds[1] < 0 || prefix == blob->announced)
        return;
    // A pipe that is writable takes PIPE_BUF bytes at once (pipe(7)).
    struct pollfd pipe = {.fd = job->fds[1], .events = POLLOUT};
    if (poll(&pipe, 1, 0) <= 0)
        return;
    if (write(pipe.fd, &prefix, sizeof prefix) == (ssize_t)sizeof prefix) {
        blob->announced = prefix;
        return;
    }
    (void)close(pipe.fd); // the reader has gone: it knows why
    job->fds[1] = -1;
}

static bool flush(struct lane *lane, struct err *err)
{
    struct blob *blob = lane->blob;
    for (size_t at = 0; at < lane->n_gathered;) {
        ssize_t n = pwrite(blob->job->fds[0], lane->gathered + at, lane->n_gathered - at,
                           (off_t)(lane->gathered_at + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            (void)fail_sys(err, "write the blob");
            return false;
        }
        at += (size_t)n;
    }
    if (lane->n_gathered >= PROGRESS_MIN)
        blob->attempts = 0;
    blob->received += lane->n_gathered;
    lane->piece->at = lane->gathered_at + lane->n_gathered;
    lane->gathered_at = lane->piece->at;
    lane->n_gathered = 0;
    announce(blob);
    job_progress(blob->job, blob->received, blob->size);
    return true;
}

// A server gives all from the start, whatever was asked for: what is there is skipped, and when
// nobody else has begun with what follows, this request brings it.
static void take_whole(struct lane *lane)
{
    struct blob *blob = lane->blob;
    blob->is_whole_only = true;
    lane->skip = lane->piece->at;
    if (blob->next == lane->piece->end)
        blob->next = lane->piece->end = blob->size;
}

// Is the answer the range that was asked for, of a blob of the size that was promised?
static bool judge(struct lane *lane, const struct answer *answer, struct err *err)
{
    struct blob *blob = lane->blob;
    const struct piece *piece = lane->piece;
    const char *name = blob->endpoint->name;
    uint64_t first, last, total;
    lane->is_judged = true;
    lane->is_lied_to = true; // if it is not right
    if (answer->status == 200) {
        if (answer->length != UINT64_MAX && answer->length != blob->size) {
            (void)fail(err, ERR_INVALID, "%s gives %llu bytes for %s, which has %llu", name,
                       (unsigned long long)answer->length, lane->call.object,
                       (unsigned long long)blob->size);
            return false;
        }
        if (piece->at != 0 || piece->end != blob->size)
            take_whole(lane);
        lane->is_lied_to = false;
        return true;
    }
    if (answer->status == 206 && lane->asks_range && answer->content_range != NULL &&
        content_range_parse(answer->content_range, &first, &last, &total) && first == piece->at &&
        last < piece->end && (total == blob->size || total == UINT64_MAX)) {
        lane->is_lied_to = false;
        return true;
    }
    blob->is_whole_only = true; // the next attempt asks without Range
    (void)fail(
        err, ERR_INVALID, "%s answers %d with the range '%s' for bytes %llu-%llu of %s", name,
        answer->status,
        answer->content_range != NULL ? shown_text(&blob->job->arena, answer->content_range, 100)
                                      : "",
        (unsigned long long)piece->at, (unsigned long long)piece->end - 1, lane->call.object);
    return false;
}

static bool gather(struct lane *lane, const char *bytes, size_t n, struct err *err)
{
    while (n != 0) {
        size_t part = n < GATHER - lane->n_gathered ? n : GATHER - lane->n_gathered;
        memcpy(lane->gathered + lane->n_gathered, bytes, part);
        lane->n_gathered += part;
        bytes += part;
        n -= part;
        if (lane->n_gathered == GATHER && !flush(lane, err))
            return false;
    }
    return true;
}

static bool take(void *taker, const struct answer *answer, const char *bytes, size_t n,
                 struct err *err)
{
    struct lane *lane = taker;
    struct blob *blob = lane->blob;
    if (!lane->is_judged && !judge(lane, answer, err))
        return false;
    if (blob->is_failed) {
        *err = blob->err;
        return false;
    }
    size_t skipped = lane->skip < n ? (size_t)lane->skip : n;
    lane->skip -= skipped;
    bytes += skipped;
    n -= skipped;
    uint64_t room = lane->piece->end - lane->gathered_at - lane->n_gathered;
    if (n > room && (lane->piece->end == blob->size || answer->status == 206)) {
        (void)fail(err, ERR_INVALID, "%s gives more bytes for %s than it has", blob->endpoint->name,
                   lane->call.object);
        lane->is_lied_to = true;
        return false;
    }
    lane->has_enough = n > room; // of a body that goes on with what others fetch
    return gather(lane, bytes, n > room ? (size_t)room : n, err) && !lane->has_enough;
}

static struct piece *claim(struct blob *blob)
{
    for (struct piece *piece = blob->pieces; piece != NULL; piece = piece->next)
        if (!piece->is_taken)
            return piece;
    if (blob->next >= blob->size)
        return NULL;
    struct piece *piece = arena_new(&blob->job->arena, struct piece);
    uint64_t left = blob->size - blob->next;
    piece->at = blob->next;
    piece->end =
        blob->next + (blob->is_whole_only || blob->piece_bytes > left ? left : blob->piece_bytes);
    piece->next = blob->pieces;
    blob->pieces = piece;
    blob->next = piece->end;
    return piece;
}

static void forget(struct blob *blob, const struct piece *done)
{
    struct piece **at = &blob->pieces;
    while (*at != done)
        at = &(*at)->next;
    *at = done->next;
}

static void lane_run(void *argument);

// How the rest is fetched follows from how fast this piece came.
static void tune(struct blob *blob, uint64_t bytes, int64_t ms)
{
    uint64_t rate = bytes / (uint64_t)(ms > 0 ? ms : 1), piece = rate * PIECE_MS;
    if (blob->next >= blob->size || blob->is_whole_only)
        return;
    if (rate >= FAST_BYTES_PER_MS) {
        blob->piece_bytes = blob->size;
        blob->lanes_wanted = 1;
        return;
    }
    blob->piece_bytes = piece < PIECE_MIN ? PIECE_MIN : piece > PIECE_MAX ? PIECE_MAX : piece;
    blob->lanes_wanted = LANES_MAX;
    for (; blob->lanes < blob->lanes_wanted; blob->lanes++)
        fiber_start(&blob->job->client->fibers, lane_run, blob);
}

static void prepare(struct lane *lane)
{
    struct blob *blob = lane->blob;
    const struct piece *piece = lane->piece;
    struct job *job = blob->job;
    lane->asks_range = !blob->is_whole_only && (piece->at != 0 || piece->end != blob->size);
    lane->is_judged = lane->has_enough = lane->is_lied_to = false;
    lane->skip = lane->n_gathered = 0;
    lane->gathered_at = piece->at;
    lane->call = (struct call){.job = job,
                               .endpoint = blob->endpoint,
                               .method = "GET",
                               .is_bulk = true,
                               .take = take,
                               .taker = lane,
                               .is_off = &blob->is_failed};
    lane->call.target = job_path(job, blob->endpoint, "blobs/%s", job->request.digest);
    lane->call.object = arena_printf(&job->arena, "blob %s", job->request.digest);
    lane->call.place = blob->has_place ? &blob->place : NULL;
    call_scope(&lane->call,
               arena_printf(&job->arena, "repository:%s:pull", blob->endpoint->asked->repository));
    if (lane->asks_range)
        lane->call.headers[lane->call.n_headers++] =
            arena_printf(&job->arena, "Range: bytes=%llu-%llu", (unsigned long long)piece->at,
                         (unsigned long long)piece->end - 1);
}

// One attempt at the lane's piece. 1: it is whole. 0: it is not, and err says why.
static int attempt(struct lane *lane, struct err *err)
{
    struct blob *blob = lane->blob;
    struct piece *piece = lane->piece;
    prepare(lane);
    int result = call_once(&lane->call, err);
    struct err ignored; // when both went wrong, the first counts
    bool is_written = lane->n_gathered == 0 || flush(lane, result < 0 ? &ignored : err);
    if (piece->at == piece->end && (result == 0 || lane->has_enough))
        return 1;
    if (lane->is_lied_to)
        lane->call.trouble = TROUBLE_LINE;
    if (result < 0 || !is_written) {
        if (!is_written)
            lane->call.trouble = TROUBLE_FATAL;
        return 0;
    }
    if (lane->call.answer.status / 100 == 2) {
        lane->call.trouble = TROUBLE_LINE;
        (void)fail(err, ERR_UNAVAILABLE, "%s ends %s %llu bytes too early", blob->endpoint->name,
                   lane->call.object, (unsigned long long)(piece->end - piece->at));
        return 0;
    }
    (void)call_fail(&lane->call, err);
    if (blob->has_place || (lane->call.answer.status == 416 && lane->asks_range)) {
        // The signature of the redirect is too old, or this server does not know Range.
        blob->is_whole_only |= lane->call.answer.status == 416;
        blob->has_place = false;
        lane->call.trouble = TROUBLE_LINE;
    }
    return 0;
}

// The lane's piece, in as many attempts as it takes. < 0: the blob has failed.
static int fetch(struct lane *lane, struct err *err)
{
    struct blob *blob = lane->blob;
    struct piece *piece = lane->piece;
    int64_t start_ms = monotonic_ms();
    uint64_t start = piece->at;
    piece->is_taken = true;
    while (!blob->is_failed) {
        if (attempt(lane, err) > 0) {
            blob->attempts = 0;
            if (!url_same_origin(&lane->call.final, &blob->endpoint->url)) {
                blob->place = lane->call.final;
                blob->has_place = true;
            }
            forget(blob, piece);
            announce(blob);
            tune(blob, piece->end - start, monotonic_ms() - start_ms);
            return 0;
        }
        if (++blob->failures > FAILURES_MAX || call_wait(&lane->call, ++blob->attempts, err) < 0)
            return -1;
    }
    return -1;
}

static void lane_work(struct blob *blob)
{
    AUTO_FREE char *gathered = xmalloc(GATHER);
    struct lane lane = {.blob = blob, .gathered = gathered};
    struct err err = {};
    while (!blob->is_failed && (lane.piece = claim(blob)) != NULL) {
        if (fetch(&lane, &err) == 0)
            continue;
        if (!blob->is_failed)
            blob->err = err;
        blob->is_failed = true;
        fibers_wake_all(&blob->job->client->fibers); // the other lanes need not wait
    }
}

static void lane_run(void *argument)
{
    struct blob *blob = argument;
    lane_work(blob);
    blob->lanes--;
    fiber_wake(blob->owner);
}

// The reader of the pipe may be slow: it must hear of the end.
static void announce_end(struct blob *blob)
{
    announce(blob);
    while (blob->job->n_fds == 2 && blob->job->fds[1] >= 0 && blob->announced != blob->size) {
        client_sleep(blob->job->client, ANNOUNCE_PAUSE_MS, NULL);
        announce(blob);
    }
}

int blob_get(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
             struct err *err)
{
    struct fibers *fibers = &job->client->fibers;
    uint64_t size = job->request.size;
    struct blob blob = {.job = job,
                        .endpoint = endpoint,
                        .size = size,
                        .next = job->request.offset,
                        .received = job->request.offset,
                        .piece_bytes = size < SPLIT_MIN ? size : FIRST_PIECE,
                        .lanes = 1,
                        .lanes_wanted = 1,
                        .owner = fibers->current};
    announce(&blob);
    lane_run(&blob);
    while (blob.lanes != 0)
        (void)fiber_pause(fibers, INT64_MAX);
    if (blob.is_failed) {
        job->request.offset = prefix_of(&blob); // where another endpoint goes on
        *err = blob.err;
        return -1;
    }
    announce_end(&blob);
    out->digest = job->request.digest;
    out->size = size;
    return 0;
}

int blob_exists(struct job *job, struct endpoint *endpoint, struct transfer_event *out,
                struct err *err)
{
    struct call call = {.job = job, .endpoint = endpoint, .method = "HEAD"};
    call.target = job_path(job, endpoint, "blobs/%s", job->request.digest);
    call.object = arena_printf(&job->arena, "blob %s", job->request.digest);
    call_scope(&call, arena_printf(&job->arena, "repository:%s:pull", endpoint->asked->repository));
    if (call_run(&call, err) < 0)
        return -1;
    if (call.answer.status != 404 && call.answer.status / 100 != 2)
        return call_fail(&call, err);
    out->digest = job->request.digest;
    out->is_present = call.answer.status != 404;
    out->size = out->is_present && call.answer.length != UINT64_MAX ? call.answer.length : 0;
    return 0;
}
