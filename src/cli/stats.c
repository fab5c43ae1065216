// SPDX-License-Identifier: Apache-2.0
// stats.c — what containers use, a table that is drawn again each second.
//
// Rates come from two looks at the counters, so the first table comes after a second, as docker's
// does. On a terminal a table covers the one before; elsewhere one follows the other.
#include "ops/stats.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/format.h"
#include "ops/container.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUND_MS = 1000, FRAME_MAX = 16 * 1024 * 1024 };

struct stats_args {
    bool all, no_stream, no_trunc;
    const char *format;
};
static const struct option stats_options[] = {
    OPTION_FLAG(struct stats_args, all, "all", 'a', "also those that do not run"),
    OPTION_FORMAT_LIST(struct stats_args, format, 0),
    OPTION_FLAG(struct stats_args, no_stream, "no-stream", 0, "once, and not again and again"),
    OPTION_FLAG(struct stats_args, no_trunc, "no-trunc", 0, "do not cut anything short"),
    {},
};

// --- fields ---

struct stats_row {
    const struct container_stats *it; // NULL: it is gone
    const char *asked;                // as the user named it, or its id
    bool no_trunc;
};
#define GONE "--"

static const char *row_container(struct arena *arena, const void *at)
{
    (void)arena;
    return ((const struct stats_row *)at)->asked;
}

static const char *row_name(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    return it != NULL ? arena_strdup(arena, it->name + 1) : GONE;
}

static const char *row_id(struct arena *arena, const void *at)
{
    const struct stats_row *row = at;
    if (row->it == NULL)
        return GONE;
    return row->no_trunc ? row->it->id : short_id(arena, row->it->id);
}

// Of one processor; 200% are two of them.
static const char *row_cpu(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    if (it == NULL)
        return GONE;
    const struct cpu_stats *now = &it->cpu, *before = &it->precpu;
    double percent = 0;
    bool has_run = now->usage.total_usage > before->usage.total_usage &&
                   now->system_cpu_usage > before->system_cpu_usage;
    if (has_run)
        percent = (double)(now->usage.total_usage - before->usage.total_usage) /
                  (double)(now->system_cpu_usage - before->system_cpu_usage) *
                  (double)now->online_cpus * 100;
    return arena_printf(arena, "%.2f%%", percent);
}

// Without the files' cache that can go at once: v1's and v2's names of it.
static uint64_t memory_used(const struct memory_stats *memory)
{
    static const char *const caches[] = {"total_inactive_file", "inactive_file"};
    for (size_t i = 0; i < N_ELEMENTS(caches); i++) {
        for (size_t j = 0; j < memory->n_stats; j++) {
            uint64_t cache;
            if (strcmp(memory->stats[j].key, caches[i]) == 0 &&
                str_to_u64(str_of(memory->stats[j].value), &cache))
                return cache < memory->usage ? memory->usage - cache : memory->usage;
        }
    }
    return memory->usage;
}

static const char *row_memory(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    if (it == NULL)
        return GONE " / " GONE;
    return arena_printf(arena, "%s / %s", binary_size_words(arena, memory_used(&it->memory)),
                        binary_size_words(arena, it->memory.limit));
}

static const char *row_memory_percent(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    if (it == NULL)
        return GONE;
    double percent = 0;
    if (it->memory.limit != 0)
        percent = (double)memory_used(&it->memory) / (double)it->memory.limit * 100;
    return arena_printf(arena, "%.2f%%", percent);
}

static const char *row_network(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    uint64_t received = 0, sent = 0;
    if (it == NULL)
        return GONE;
    for (size_t i = 0; i < it->n_networks; i++) {
        received += it->networks[i].rx_bytes;
        sent += it->networks[i].tx_bytes;
    }
    return arena_printf(arena, "%s / %s", size_words(arena, received), size_words(arena, sent));
}

static const char *row_block(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    uint64_t is_read = 0, written = 0;
    if (it == NULL)
        return GONE;
    for (size_t i = 0; i < it->blkio.n_bytes; i++) {
        const struct blkio_entry *entry = &it->blkio.bytes[i];
        is_read += strcmp(entry->op, "read") == 0 ? entry->value : 0;
        written += strcmp(entry->op, "write") == 0 ? entry->value : 0;
    }
    return arena_printf(arena, "%s / %s", size_words(arena, is_read), size_words(arena, written));
}

static const char *row_pids(struct arena *arena, const void *at)
{
    const struct container_stats *it = ((const struct stats_row *)at)->it;
    return it == NULL ? GONE : arena_printf(arena, "%ju", (uintmax_t)it->pids.current);
}

// clang-format off
static const struct row_field stats_fields[] = {
    {.name = "Container", .heading = "CONTAINER", .text = row_container},
    {.name = "Name", .heading = "NAME", .text = row_name},
    {.name = "ID", .heading = "CONTAINER ID", .text = row_id},
    {.name = "CPUPerc", .heading = "CPU %", .text = row_cpu},
    {.name = "MemUsage", .heading = "MEM USAGE / LIMIT", .text = row_memory},
    {.name = "NetIO", .heading = "NET I/O", .text = row_network},
    {.name = "BlockIO", .heading = "BLOCK I/O", .text = row_block},
    {.name = "MemPerc", .heading = "MEM %", .text = row_memory_percent},
    {.name = "PIDs", .heading = "PIDS", .text = row_pids},
    {},
};
// clang-format on
static const struct row_type stats_rows = {"*container.statsContext", stats_fields};

// --- rounds ---

struct round { // one look at all of them; lives until the next but one
    struct arena arena;
    struct stats_row *rows;
    struct container_stats *stats;
    size_t n;
};

// Those that the user named, or all there are.
static int choose(struct cli *cli, const struct stats_args *args, const struct words *named,
                  struct words *out)
{
    *out = *named;
    if (named->n != 0)
        return 0;
    const struct container_list_request request = {.all = args->all};
    struct container_list_response list;
    if (cli_call(cli, CONTAINER_LIST, &request, &list) < 0)
        return -1;
    for (size_t i = 0; i < list.n_containers; i++)
        words_add(&cli->arena, out, list.containers[i].id);
    return 0;
}

static const struct container_stats *find_before(const struct round *before, const char *asked)
{
    for (size_t i = 0; i < before->n; i++) {
        if (strcmp(before->rows[i].asked, asked) == 0)
            return before->rows[i].it;
    }
    return NULL;
}

// What is gone is left out when nobody named it. Named, it is an error at the first look.
static int look(struct cli *cli, const struct stats_args *args, const struct words *named,
                const struct round *before, struct round *out)
{
    struct words asked;
    bool is_first = before->rows == NULL;
    if (choose(cli, args, named, &asked) < 0)
        return -1;
    out->rows = arena_array(&cli->arena, asked.n + 1, sizeof *out->rows);
    out->stats = arena_array(&cli->arena, asked.n + 1, sizeof *out->stats);
    out->n = 0;
    for (size_t i = 0; i < asked.n; i++) {
        struct container_stats_request request = {.id = asked.at[i], .one_shot = true};
        request.before = find_before(before, asked.at[i]);
        int looked = cli_call(cli, CONTAINER_STATS, &request, &out->stats[out->n]);
        if (looked < 0 && (cli->err.kind != ERR_NOT_FOUND || (named->n != 0 && is_first)))
            return -1;
        if (looked < 0 && named->n == 0)
            continue;
        struct stats_row *row = &out->rows[out->n];
        *row = (struct stats_row){looked < 0 ? NULL : &out->stats[out->n], asked.at[i],
                                  args->no_trunc};
        out->n++;
    }
    return 0;
}

// From the top left on, each line to its end and the rest below cleared: nothing flickers.
static void cover(const struct buf *frame)
{
    struct str rest = {buf_get(frame), frame->n};
    fputs("\033[H", stdout);
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        printf("%.*s\033[K\n", (int)line.n, line.at);
    }
    fputs("\033[J", stdout);
}

static int draw(struct cli *cli, const struct stats_args *args, const struct round *round)
{
    const struct list_style style = {
        .format = args->format,
        .configured = args->format == NULL ? cli_config(cli)->stats_format : NULL,
        .columns = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
                   "{{.BlockIO}}\t{{.PIDs}}",
    };
    AUTO_BUF struct buf frame;
    buf_init(&frame, FRAME_MAX);
    const struct list_rows rows = {round->rows, round->n, sizeof *round->rows};
    if (list_render(cli, &stats_rows, &style, &rows, &frame) < 0)
        return -1;
    if (!args->no_stream && isatty(STDOUT_FILENO))
        cover(&frame);
    else
        (void)fwrite(buf_get(&frame), 1, frame.n, stdout); // main looks whether all was written
    return fflush(stdout) == 0 ? 0 : 1;                    // nobody reads any more
}

static void sleep_until(int64_t end_ms)
{
    int64_t left = end_ms - monotonic_ms();
    if (left > 0)
        (void)nanosleep(&(struct timespec){left / 1000, left % 1000 * 1'000'000}, NULL);
}

// Each round's texts live in an arena of their own, and that of the round before the last goes.
static int follow(struct cli *cli, const struct stats_args *args, const struct words *named,
                  struct round rounds[2])
{
    int64_t next_ms = monotonic_ms();
    for (int i = 0;; i++) {
        struct round *now = &rounds[i % 2];
        arena_done(&now->arena);
        struct arena own = cli->arena;
        cli->arena = now->arena;
        int done = look(cli, args, named, &rounds[(i + 1) % 2], now);
        if (done == 0 && i != 0)
            done = draw(cli, args, now);
        now->arena = cli->arena;
        cli->arena = own;
        if (done != 0 || (i != 0 && args->no_stream))
            return done < 0 ? -1 : 0;
        next_ms += ROUND_MS;
        sleep_until(next_ms);
    }
}

static int stats_run(struct cli *cli, const void *at, const struct words *words)
{
    const struct stats_args *args = at;
    struct round rounds[2] = {};
    if (!args->no_stream && isatty(STDOUT_FILENO)) {
        fputs("\033[2J\033[H", stdout);
        (void)fflush(stdout);
    }
    int done = follow(cli, args, words, rounds);
    for (size_t i = 0; i < N_ELEMENTS(rounds); i++)
        arena_done(&rounds[i].arena);
    return done < 0 ? cli_fail(cli, 1) : 0;
}
const struct command stats_command = {
    "stats",
    "[CONTAINER...]",
    "Show what containers use, again each second",
    stats_options,
    sizeof(struct stats_args),
    OPTIONS_MIXED,
    0,
    0,
    stats_run,
    format_manual,
};
