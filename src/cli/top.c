// SPDX-License-Identifier: Apache-2.0
// top.c — the processes of a container as a table.
#include "ops/top.h"

#include "base/mem.h"
#include "cli/command.h"
#include "cli/format.h"

#include <stdio.h>
#include <string.h>

enum { TABLE_MAX = 64 * 1024 * 1024 };

static void put_line(struct buf *out, const char *const *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", i != 0 ? "\t" : "", columns[i]);
    buf_char(out, '\n');
}

static int top_run(struct cli *cli, const void *at, const struct words *words)
{
    (void)at;
    AUTO_BUF struct buf arguments, lines, table;
    buf_init(&arguments, TABLE_MAX);
    buf_init(&lines, TABLE_MAX);
    buf_init(&table, TABLE_MAX);
    for (size_t i = 1; i < words->n; i++)
        buf_printf(&arguments, "%s%s", i != 1 ? " " : "", words->at[i]);
    const struct container_top_request request = {.id = words->at[0],
                                                  .ps_args = buf_get(&arguments)};
    struct container_top_response top;
    if (cli_call(cli, CONTAINER_TOP, &request, &top) < 0)
        return cli_fail(cli, 1);
    put_line(&lines, top.titles, top.n_titles);
    for (size_t i = 0; i < top.n_processes; i++)
        put_line(&lines, top.processes[i].columns, top.processes[i].n_columns);
    align_columns_at_least(&table, buf_get(&lines), 20);
    fputs(buf_get(&table), stdout);
    return 0;
}
static const struct option top_options[] = {{}};
const struct command top_command = {
    "top",
    "CONTAINER [ps OPTIONS]",
    "Show the processes that run in a container",
    top_options,
    1,
    OPTIONS_FIRST,
    1,
    0,
    top_run,
    NULL,
};
