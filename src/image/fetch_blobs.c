// SPDX-License-Identifier: Apache-2.0
// fetch_blobs.c — the blobs of a pull, downloaded and unpacked side by side.
//
//     registry ─▶ dhow-transfer registry ──pwrite──▶ incoming/<hex>.part ──pread──▶ dhow-transfer
//     unpack
//                        └─ "N bytes are there" ─▶ this process ─ "N bytes are there" ─▶┘
//
// This process sees numbers, never the bytes. It passes on how much of a file is final, and writes
// that down beside the file for the one that goes on after a kill. A download is of one digest, a
// layer of one chain id: an image may have the same blob in two places.
//
// A blob is believed when the unpacker has read all of it and its digest and size are right; one
// that is not unpacked is hashed here. If it was wrong and a part of it came from an earlier
// process, that part is the suspect (a power cut takes bytes that were noted): once, it is
// downloaded again from zero.
//
// Who wants to download takes the .part files' locks in the order of their digests and keeps them
// to the end, so that two pulls of overlapping images never wait for each other in a circle.
#include "image/fetch_blobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "content/content.h"
#include "image/unpack.h"
#include "snapshot/layer.h"
#include "transfer/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum {
    SHORT = 12,                  // of a digest, as docker shows it
    NOTE_STEP = 4 * 1024 * 1024, // bytes between two notes of what is here
    FEED_STEP = 512 * 1024,      // bytes between two words to the unpacker
    OTHERS_POLL_MS = 100,        // how often to look whether another process is through
    OTHERS_MS = 15 * 60 * 1000,  // how long it may take
    ANNOUNCEMENTS = 128,         // numbers taken at once
    HASH_STEP = 256 * 1024,
    REQUESTS_MAX = 16, // that the child has at once, each with two descriptors
    DOWNLOADS_USUAL = 3,
};

enum download_state {
    DOWNLOAD_WANTED,  // nothing done yet, or somebody else has it locked
    DOWNLOAD_RUNNING, // the child has the request
    DOWNLOAD_WHOLE,   // all bytes are in the .part file
    DOWNLOAD_STORED,  // it is in content/
};
struct download {
    const struct descriptor *blob;
    const char *hex, *id;
    bool is_quiet;
    enum download_state state;
    struct content_partial partial;
    bool has_partial;
    int stored;       // the blob's file in content/, when layers are made from it
    uint64_t request; // while RUNNING
    int announce;     // the child says how much is there; -1
    uint64_t have;
    uint8_t word[sizeof(uint64_t)]; // a part of the next announcement
    size_t n_word;
    bool was_resumed, was_restarted, is_verified;
};

enum layer_state { LAYER_WANTED, LAYER_RUNNING, LAYER_FAILED, LAYER_DONE };
struct layer {
    struct download *download;
    const char *diff_id, *chain_id;
    enum layer_state state;
    struct unpack_job job;
    int feed; // to the unpacker; -1: it needs none, or has had all
    uint64_t fed;
    struct err failure;
};

struct fetch_blobs {
    struct fetch *fetch;
    struct download *downloads; // in the order of the digests
    size_t n_downloads, n_running;
    struct layer *layers;
    size_t n_layers, n_unpacking;
    int64_t blocked_since_ms; // somebody else downloads what comes next; 0: nobody
    struct pollfd *polls;
};

// --- what there is to do ---

static struct download *find_download(struct fetch_blobs *blobs, const struct descriptor *blob)
{
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        if (strcmp(blobs->downloads[i].blob->digest, blob->digest) == 0)
            return &blobs->downloads[i];
    }
    return NULL;
}

static int compare_downloads(const void *a, const void *b)
{
    const struct download *one = a, *other = b;
    return strcmp(one->hex, other->hex);
}

static int add_download(struct fetch_blobs *blobs, const struct fetch_want *want, struct err *err)
{
    struct arena *arena = blobs->fetch->arena;
    const struct descriptor *blob = want->blob;
    struct download *known = find_download(blobs, blob);
    if (known != NULL) {
        if (known->blob->size != blob->size)
            return fail(err, ERR_INVALID, "%s has two sizes: %ju and %ju bytes", blob->digest,
                        (uintmax_t)known->blob->size, (uintmax_t)blob->size);
        known->is_quiet &= want->is_quiet;
        return 0;
    }
    struct download download = {
        .blob = blob,
        .hex = digest_hex(blob->digest),
        .is_quiet = want->is_quiet,
        .announce = -1,
        .stored = -1,
    };
    uint64_t size;
    int there = content_find(blobs->fetch->store->root, download.hex, &size, err);
    if (there < 0)
        return -1;
    if (there > 0 && size != blob->size)
        return fail(err, ERR_INVALID, "%s has %ju bytes, but the image says %ju", blob->digest,
                    (uintmax_t)size, (uintmax_t)blob->size);
    if (there > 0)
        download.state = DOWNLOAD_STORED;
    else if (blob->n_urls != 0)
        return fail(err, ERR_UNAVAILABLE,
                    "%s is a foreign layer: its image says that the registry does not have it but "
                    "%s does, and dhow fetches from registries only",
                    blob->digest, blob->urls[0]);
    download.id = arena_strndup(arena, download.hex, SHORT);
    blobs->downloads[blobs->n_downloads++] = download;
    return 0;
}

static int add_layer(struct fetch_blobs *blobs, const struct fetch_want *want, struct err *err)
{
    struct download *download = find_download(blobs, want->blob);
    int there = 1;
    if (want->diff_id != NULL)
        there = layer_find(blobs->fetch->store->root, want->chain_id, err);
    if (there < 0)
        return -1;
    if (there == 0)
        blobs->layers[blobs->n_layers++] = (struct layer){
            .download = download,
            .diff_id = want->diff_id,
            .chain_id = want->chain_id,
            .job = UNPACK_NONE,
            .feed = -1,
        };
    if (want->is_quiet)
        return 0;
    bool is_all = there > 0 && download->state == DOWNLOAD_STORED;
    fetch_say(blobs->fetch, download->id, is_all ? "Already exists" : "Pulling fs layer", 0, 0);
    return 0;
}

struct fetch_blobs *fetch_blobs_new(struct fetch *fetch, const struct fetch_want *wants, size_t n,
                                    struct err *err)
{
    struct arena *arena = fetch->arena;
    struct fetch_blobs *blobs = arena_new(arena, struct fetch_blobs);
    *blobs = (struct fetch_blobs){
        .fetch = fetch,
        .downloads = arena_array(arena, n + 1, sizeof *blobs->downloads),
        .layers = arena_array(arena, n + 1, sizeof *blobs->layers),
        .polls = arena_array(arena, 1 + 3 * n, sizeof *blobs->polls),
    };
    for (size_t i = 0; i < n; i++) {
        if (add_download(blobs, &wants[i], err) < 0)
            return NULL;
    }
    if (blobs->n_downloads != 0)
        qsort(blobs->downloads, blobs->n_downloads, sizeof *blobs->downloads, compare_downloads);
    for (size_t i = 0; i < n; i++) {
        if (add_layer(blobs, &wants[i], err) < 0)
            return NULL;
    }
    return blobs;
}

// --- downloading ---

static void say(const struct fetch_blobs *blobs, const struct download *download,
                const char *status, uint64_t current)
{
    if (!download->is_quiet)
        fetch_say(blobs->fetch, download->id, status, current,
                  current != 0 ? download->blob->size : 0);
}

static int request(struct fetch_blobs *blobs, struct download *download, struct err *err)
{
    struct fetch *fetch = blobs->fetch;
    int ends[2];
    if (fetch_connect(fetch, err) < 0)
        return -1;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail_sys(err, "make a pipe");
    AUTO_FD int ours = ends[0], theirs = ends[1];
    if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
        return fail_sys(err, "make a pipe");
    const struct transfer_request blob = {
        .id = ++fetch->last_id,
        .verb = TRANSFER_BLOB,
        .digest = download->blob->digest,
        .size = download->blob->size,
        .offset = download->partial.have,
    };
    const int fds[] = {download->partial.fd, theirs};
    if (transfer_send(fetch->transfer, &blob, fds, N_ELEMENTS(fds), err) < 0)
        return -1;
    download->request = blob.id;
    download->announce = TAKE_FD(ours);
    download->have = download->partial.have;
    download->n_word = 0;
    download->state = DOWNLOAD_RUNNING;
    blobs->n_running++;
    return 0;
}

static void is_whole(struct fetch_blobs *blobs, struct download *download)
{
    download->state = DOWNLOAD_WHOLE;
    download->have = download->blob->size;
    say(blobs, download, "Verifying Checksum", 0);
    say(blobs, download, "Download complete", 0);
}

static void is_stored(struct fetch_blobs *blobs, struct download *download)
{
    content_partial_drop(&download->partial);
    content_partial_close(&download->partial);
    download->has_partial = false;
    download->state = DOWNLOAD_STORED;
    say(blobs, download, "Download complete", 0);
}

// 1, or 0 when another process has it locked.
static int begin_download(struct fetch_blobs *blobs, struct download *download, struct err *err)
{
    int root = blobs->fetch->store->root;
    int is_ours =
        content_partial_open(root, download->hex, download->blob->size, &download->partial, err);
    if (is_ours <= 0)
        return is_ours;
    download->has_partial = true;
    int there = content_find(root, download->hex, NULL, err); // who had it before may be through
    if (there < 0)
        return -1;
    if (there > 0) {
        is_stored(blobs, download);
        return 1;
    }
    download->was_resumed = download->partial.have != 0;
    if (download->partial.have == download->blob->size) {
        is_whole(blobs, download);
        return 1;
    }
    uint32_t at_once = blobs->fetch->session->max_downloads;
    if (blobs->n_running >= (at_once != 0 ? at_once : DOWNLOADS_USUAL))
        say(blobs, download, "Waiting", 0);
    return request(blobs, download, err) < 0 ? -1 : 1;
}

static int begin_downloads(struct fetch_blobs *blobs, struct err *err)
{
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        struct download *download = &blobs->downloads[i];
        if (download->state != DOWNLOAD_WANTED)
            continue;
        if (blobs->n_running >= REQUESTS_MAX)
            return 0;
        int is_ours = begin_download(blobs, download, err);
        if (is_ours < 0)
            return -1;
        if (is_ours > 0)
            continue;
        int64_t now = monotonic_ms();
        if (blobs->blocked_since_ms == 0) {
            blobs->blocked_since_ms = now;
            say(blobs, download, "Waiting", 0);
        }
        if (now - blobs->blocked_since_ms > OTHERS_MS)
            return fail(err, ERR_UNAVAILABLE,
                        "another process has been downloading %s for %d minutes: try again when "
                        "it has ended",
                        download->blob->digest, OTHERS_MS / 60'000);
        return 0; // those behind it wait, too: see the top
    }
    blobs->blocked_since_ms = 0;
    return 0;
}

static int note(struct download *download, struct err *err)
{
    if (download->have - download->partial.have < NOTE_STEP &&
        download->have != download->blob->size)
        return 0;
    return content_partial_note(&download->partial, download->have, err);
}

static int take_word(struct download *download, struct err *err)
{
    uint64_t have;
    memcpy(&have, download->word, sizeof have);
    download->n_word = 0;
    if (have < download->have || have > download->blob->size)
        return fail(err, ERR_SYSTEM, "dhow-transfer says that %s has %ju bytes after %ju of %ju",
                    download->blob->digest, (uintmax_t)have, (uintmax_t)download->have,
                    (uintmax_t)download->blob->size);
    download->have = have;
    return 0;
}

// What the child says about how much is there. Does not wait.
static int take_announcements(struct download *download, struct err *err)
{
    uint8_t bytes[ANNOUNCEMENTS * sizeof(uint64_t)];
    while (download->announce >= 0) {
        ssize_t n = read(download->announce, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0)
            return fail_sys(err, "read how much of %s is here", download->blob->digest);
        if (n == 0)
            (void)close(TAKE_FD(download->announce)); // read only
        for (ssize_t i = 0; i < n; i++) {
            download->word[download->n_word++] = bytes[i];
            if (download->n_word == sizeof download->word && take_word(download, err) < 0)
                return -1;
        }
    }
    return note(download, err);
}

static struct download *find_request(struct fetch_blobs *blobs, uint64_t id)
{
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        if (blobs->downloads[i].state == DOWNLOAD_RUNNING && blobs->downloads[i].request == id)
            return &blobs->downloads[i];
    }
    return NULL;
}

static int end_download(struct fetch_blobs *blobs, struct download *download, struct err *err)
{
    if (take_announcements(download, err) < 0)
        return -1;
    if (download->announce >= 0)
        (void)close(TAKE_FD(download->announce)); // read only
    blobs->n_running--;
    is_whole(blobs, download);
    return content_partial_note(&download->partial, download->blob->size, err);
}

static int handle_event(struct fetch_blobs *blobs, const struct transfer_event *event,
                        struct err *err)
{
    struct download *download = find_request(blobs, event->id);
    if (download == NULL)
        return fail(err, ERR_SYSTEM, "dhow-transfer speaks of what nobody asked for");
    switch ((enum transfer_word)event->event) {
    case TRANSFER_PROGRESS:
        say(blobs, download, "Downloading", event->done);
        return 0;
    case TRANSFER_WAITING:
    case TRANSFER_WARNING:
    case TRANSFER_NAMES:
        if (!download->is_quiet)
            fetch_say_wait(blobs->fetch, download->id, event);
        return 0;
    case TRANSFER_DONE:
        return end_download(blobs, download, err);
    case TRANSFER_FAILED:
    case TRANSFER_WORDS:
        break;
    }
    return transfer_fail(event, err);
}

static int handle_events(struct fetch_blobs *blobs, struct err *err)
{
    for (;;) {
        AUTO_ARENA struct arena arena = {};
        struct transfer_event event;
        int there = transfer_next(blobs->fetch->transfer, 0, &arena, &event, err);
        if (there <= 0)
            return there;
        if (handle_event(blobs, &event, err) < 0)
            return -1;
    }
}

// --- unpacking ---

static bool is_following(const struct download *download)
{
    return download->state == DOWNLOAD_RUNNING || download->state == DOWNLOAD_WHOLE;
}

// Something to read is there.
static bool can_begin(const struct download *download)
{
    return download->state >= DOWNLOAD_WHOLE ||
           (download->state == DOWNLOAD_RUNNING && download->have != 0);
}

static int begin_layer(struct fetch_blobs *blobs, struct layer *layer, struct err *err)
{
    struct download *download = layer->download;
    int ends[2], there = layer_find(blobs->fetch->store->root, layer->chain_id, err);
    if (there < 0)
        return -1;
    if (there > 0 && download->state == DOWNLOAD_STORED) { // another pull was faster
        layer->state = LAYER_DONE;
        say(blobs, download, "Pull complete", 0);
        return 0;
    }
    layer->job = (struct unpack_job)UNPACK_NONE;
    layer->job.digest = download->hex;
    layer->job.size = download->blob->size;
    layer->job.diff_id = layer->diff_id;
    if (is_following(download)) {
        // Not a pipe: who writes to a socket whose other end is gone gets an error, not a signal.
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
            return fail_sys(err, "make a socket pair");
        layer->feed = ends[0];
        layer->job.follow = ends[1];
        layer->job.blob = download->partial.fd;
    } else {
        if (download->stored < 0)
            download->stored = content_open(blobs->fetch->store->root, download->hex, err);
        if (download->stored < 0)
            return -1;
        if (lseek(download->stored, 0, SEEK_SET) < 0)
            return fail_sys(err, "read %s", download->blob->digest);
        layer->job.blob = download->stored;
    }
    layer->fed = 0;
    layer->state = LAYER_RUNNING;
    blobs->n_unpacking++;
    return unpack_start(blobs->fetch->store, &layer->job, err);
}

// A second layer of a blob in content/ waits for the first: they share a file offset.
static bool is_stored_in_use(const struct fetch_blobs *blobs, const struct download *download)
{
    if (download->state != DOWNLOAD_STORED)
        return false;
    for (size_t i = 0; i < blobs->n_layers; i++) {
        if (blobs->layers[i].download == download && blobs->layers[i].state == LAYER_RUNNING)
            return true;
    }
    return false;
}

static int begin_layers(struct fetch_blobs *blobs, struct err *err)
{
    size_t most = blobs->fetch->max_unpacking;
    for (size_t i = 0; i < blobs->n_layers && blobs->n_unpacking < most; i++) {
        struct layer *layer = &blobs->layers[i];
        if (layer->state != LAYER_WANTED || !can_begin(layer->download) ||
            is_stored_in_use(blobs, layer->download))
            continue;
        if (begin_layer(blobs, layer, err) < 0)
            return -1;
    }
    return 0;
}

// Tells the unpacker how much is there: now and then, and the end for sure.
static int feed(struct layer *layer, struct err *err)
{
    uint64_t have = layer->download->have;
    bool is_end = have == layer->download->blob->size;
    if (layer->feed < 0 || (have - layer->fed < FEED_STEP && !is_end && layer->fed != 0))
        return 0;
    ssize_t n;
    do
        n = send(layer->feed, &have, sizeof have, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0; // it is busy; the next word says more
    if (n < 0 && errno != EPIPE && errno != ECONNRESET)
        return fail_sys(err, "tell dhow-transfer how much is there");
    layer->fed = have;
    if (is_end || n < 0) // or it has ended: its report says why
        (void)close(TAKE_FD(layer->feed));
    return 0;
}

static void end_layer(struct fetch_blobs *blobs, struct layer *layer)
{
    struct download *download = layer->download;
    blobs->n_unpacking--;
    if (layer->feed >= 0)
        (void)close(TAKE_FD(layer->feed));
    if (unpack_finish(&layer->job, blobs->fetch->arena, &layer->failure) < 0) {
        layer->state = LAYER_FAILED;
        unpack_done(&layer->job);
        return;
    }
    layer->state = LAYER_DONE;
    download->is_verified = true;
    say(blobs, download, "Extracting", download->blob->size);
    say(blobs, download, "Pull complete", 0);
}

// --- judging ---

// The digest of the whole file. No byte of it is looked at.
static int hash_file(int fd, char out_hex[SHA256_HEX + 1], struct err *err)
{
    AUTO_FREE char *bytes = xmalloc(HASH_STEP);
    struct sha256 hash;
    sha256_init(&hash);
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, bytes, HASH_STEP, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_sys(err, "read what was downloaded");
        if (n == 0)
            break;
        sha256_add(&hash, bytes, (size_t)n);
        at += n;
    }
    uint8_t digest[SHA256_BYTES];
    sha256_end(&hash, digest);
    sha256_hex(digest, out_hex);
    return 0;
}

static int restart(struct fetch_blobs *blobs, struct download *download, struct err *err)
{
    download->was_restarted = true;
    download->have = 0;
    for (size_t i = 0; i < blobs->n_layers; i++) {
        struct layer *layer = &blobs->layers[i];
        if (layer->download != download || layer->state == LAYER_WANTED)
            continue;
        if (layer->state == LAYER_RUNNING)
            blobs->n_unpacking--;
        unpack_done(&layer->job);
        if (layer->feed >= 0)
            (void)close(TAKE_FD(layer->feed));
        layer->state = LAYER_WANTED;
    }
    if (content_partial_note(&download->partial, 0, err) < 0)
        return -1;
    if (ftruncate(download->partial.fd, 0) < 0)
        return fail_sys(err, "empty the download of %s", download->blob->digest);
    return request(blobs, download, err);
}

// All bytes of a download are here, and nobody has said that they are right. `failure`: what its
// unpacker said; NULL: there was none.
static int judge(struct fetch_blobs *blobs, struct download *download, const struct err *failure,
                 struct err *err)
{
    char hex[SHA256_HEX + 1];
    if (hash_file(download->partial.fd, hex, err) < 0)
        return -1;
    if (strcmp(hex, download->hex) == 0) {
        download->is_verified = true;
        if (failure == NULL) {
            say(blobs, download, "Pull complete", 0);
            return 0;
        }
        return fail(err, failure->kind, "layer %s: %s", download->blob->digest, failure->text);
    }
    if (download->was_resumed && !download->was_restarted)
        return restart(blobs, download, err);
    content_partial_drop(&download->partial);
    content_partial_close(&download->partial);
    download->has_partial = false;
    return fail(err, ERR_INVALID,
                "filesystem layer verification failed for digest %s: what the registry sent has "
                "the digest sha256:%s",
                download->blob->digest, hex);
}

static struct layer *find_failed(struct fetch_blobs *blobs, const struct download *download)
{
    for (size_t i = 0; i < blobs->n_layers; i++) {
        if (blobs->layers[i].download == download && blobs->layers[i].state == LAYER_FAILED)
            return &blobs->layers[i];
    }
    return NULL;
}

static bool has_layers(const struct fetch_blobs *blobs, const struct download *download)
{
    for (size_t i = 0; i < blobs->n_layers; i++) {
        if (blobs->layers[i].download == download)
            return true;
    }
    return false;
}

// What of the blobs that are whole must be looked at.
static int judge_all(struct fetch_blobs *blobs, struct err *err)
{
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        struct download *download = &blobs->downloads[i];
        const struct layer *failed = find_failed(blobs, download);
        if (failed != NULL && download->state == DOWNLOAD_STORED)
            return fail(err, failed->failure.kind, "layer %s: %s", download->blob->digest,
                        failed->failure.text);
        if (download->state != DOWNLOAD_WHOLE)
            continue;
        bool is_due = failed != NULL || (!download->is_verified && !has_layers(blobs, download));
        if (is_due && judge(blobs, download, failed != NULL ? &failed->failure : NULL, err) < 0)
            return -1;
    }
    return 0;
}

static bool is_all_done(const struct fetch_blobs *blobs)
{
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        const struct download *download = &blobs->downloads[i];
        if (download->state != DOWNLOAD_STORED &&
            (download->state != DOWNLOAD_WHOLE || !download->is_verified))
            return false;
    }
    for (size_t i = 0; i < blobs->n_layers; i++) {
        if (blobs->layers[i].state != LAYER_DONE)
            return false;
    }
    return true;
}

// --- the loop ---

static int wait_for_something(struct fetch_blobs *blobs, struct err *err)
{
    struct pollfd *polls = blobs->polls;
    nfds_t n = 0;
    if (blobs->fetch->transfer != NULL)
        polls[n++] = (struct pollfd){.fd = transfer_fd(blobs->fetch->transfer), .events = POLLIN};
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        if (blobs->downloads[i].announce >= 0)
            polls[n++] = (struct pollfd){.fd = blobs->downloads[i].announce, .events = POLLIN};
    }
    for (size_t i = 0; i < blobs->n_layers; i++) {
        const struct layer *layer = &blobs->layers[i];
        if (layer->state == LAYER_RUNNING)
            polls[n++] = (struct pollfd){.fd = unpack_fd(&layer->job), .events = POLLIN};
        if (layer->feed >= 0 && layer->download->have != layer->fed &&
            layer->download->have == layer->download->blob->size)
            polls[n++] = (struct pollfd){.fd = layer->feed, .events = POLLOUT};
    }
    int timeout = blobs->blocked_since_ms != 0 ? OTHERS_POLL_MS : -1;
    if (poll(polls, n, timeout) < 0 && errno != EINTR)
        return fail_sys(err, "wait for dhow-transfer");
    return 0;
}

static bool is_readable(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, 0) > 0;
}

static int step(struct fetch_blobs *blobs, struct err *err)
{
    if (blobs->fetch->transfer != NULL && handle_events(blobs, err) < 0)
        return -1;
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        struct download *download = &blobs->downloads[i];
        if (download->state == DOWNLOAD_RUNNING && take_announcements(download, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < blobs->n_layers; i++) {
        struct layer *layer = &blobs->layers[i];
        if (layer->state == LAYER_RUNNING && feed(layer, err) < 0)
            return -1;
        if (layer->state == LAYER_RUNNING && is_readable(unpack_fd(&layer->job)))
            end_layer(blobs, layer);
    }
    return judge_all(blobs, err);
}

int fetch_blobs_run(struct fetch_blobs *blobs, struct err *err)
{
    for (;;) {
        if (begin_downloads(blobs, err) < 0 || begin_layers(blobs, err) < 0 || step(blobs, err) < 0)
            return -1;
        if (is_all_done(blobs))
            return 0;
        if (begin_layers(blobs, err) < 0 || wait_for_something(blobs, err) < 0)
            return -1;
    }
}

// --- the end ---

int fetch_blobs_seal(struct fetch_blobs *blobs, struct err *err)
{
    for (size_t i = 0; i < blobs->n_layers; i++) {
        struct unpack_job *job = &blobs->layers[i].job;
        if (job->has_writer && layer_seal(&job->writer, err) < 0)
            return -1;
    }
    return 0;
}

int fetch_blobs_publish(struct fetch_blobs *blobs, struct image_unpacked **out, size_t *n_out,
                        struct err *err)
{
    struct image_unpacked *unpacked =
        arena_array(blobs->fetch->arena, blobs->n_layers + 1, sizeof *unpacked);
    size_t n = 0;
    // Layers first: a pull that waits for one of the blobs finds its layer, too.
    for (size_t i = 0; i < blobs->n_layers; i++) {
        struct layer *layer = &blobs->layers[i];
        if (!layer->job.has_writer)
            continue;
        if (layer_publish(&layer->job.writer, layer->chain_id, err) < 0)
            return -1;
        unpacked[n++] = (struct image_unpacked){layer->chain_id, layer->job.files_bytes};
    }
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        struct download *download = &blobs->downloads[i];
        if (download->has_partial && content_partial_adopt(&download->partial, err) < 0)
            return -1;
    }
    *out = unpacked;
    *n_out = n;
    return 0;
}

void fetch_blobs_done(struct fetch_blobs *blobs)
{
    if (blobs == NULL)
        return;
    for (size_t i = 0; i < blobs->n_layers; i++) {
        struct layer *layer = &blobs->layers[i];
        unpack_done(&layer->job);
        if (layer->feed >= 0)
            (void)close(layer->feed);
    }
    for (size_t i = 0; i < blobs->n_downloads; i++) {
        struct download *download = &blobs->downloads[i];
        const int fds[] = {download->announce, download->stored};
        for (size_t j = 0; j < N_ELEMENTS(fds); j++) {
            if (fds[j] >= 0)
                (void)close(fds[j]); // read only
        }
        struct err ignored; // then a little more is downloaded again
        if (download->state == DOWNLOAD_RUNNING)
            (void)content_partial_note(&download->partial, download->have, &ignored);
        if (download->has_partial)
            content_partial_close(&download->partial);
    }
}
