// SPDX-License-Identifier: Apache-2.0
// command.h — one command: a row that a file in this directory exports and cli.c lists.
#pragma once
#include "base/option.h"
#include "cli/cli.h"
#include "cli/configfile.h"

enum {
    EXIT_ENGINE = 125,
    EXIT_USAGE = 125,
    EXIT_NOT_RUN = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_INTERRUPTED = 130
};

struct cli {
    const struct cli_setup *setup;
    const char *called; // the command as the user called it: "image ls"
    struct cli_globals globals;
    struct operator* operator_; // NULL until cli_call
    struct config_file *config; // NULL until cli_config
    struct arena arena;
    struct err err; // of the last operation
};

struct command {
    const char *name;      // "pull"; of one that only its group has: "image inspect"
    const char *arguments; // "IMAGE [COMMAND] [ARG...]"
    const char *summary;   // "Create and run a new container from an image"
    const struct option *options;
    size_t args_size; // of the struct that the options' offsets are of
    enum options_flags flags;
    size_t least, most; // words after the options; most 0: any number
    int (*run)(struct cli *cli, const void *args, const struct words *words);
    const char *more; // further paragraphs of the manual page, in troff; or NULL
};

// Does the operation; on failure the reason is in cli->err.
[[nodiscard]] int cli_call(struct cli *cli, enum operation_id id, const void *request,
                           void *response);
// Becomes who the engine here runs as (a user without root enters a user namespace), for commands
// that start dhow-transfer by themselves; cli_call does it, too.
[[nodiscard]] int cli_connect(struct cli *cli);
// What was done so far is durable when this returns; cli_main does it at the end of each command.
[[nodiscard]] int cli_settle(struct cli *cli);
// docker's config.json of this user; empty, with a warning once, when it cannot be read.
const struct config_file *cli_config(struct cli *cli);
// The directory that it is in; "" when there is no home.
const char *cli_config_dir(struct cli *cli);
// "dhow: …" on standard error; gives back `status`.
int cli_fail(struct cli *cli, int status);
// Calls `one` for each word, says what failed, and prints the words of those that did not. Exit
// status 1 when one failed.
int cli_for_each(struct cli *cli, const struct words *words,
                 int (*one)(struct cli *cli, const void *args, const char *word), const void *args);

extern const struct command completion_command, cp_command;
extern const struct command events_command, stats_command, top_command, container_exists_command;
extern const struct command pause_command, unpause_command, restart_command, rename_command,
    container_cleanup_command, boot_command, healthcheck_run_command, why_command, update_command;
extern const struct command port_command;
extern const struct command run_command, create_command, start_command, attach_command, ps_command,
    logs_command, exec_command, stop_command, kill_command, rm_command, wait_command,
    inspect_command, container_inspect_command, image_inspect_command, import_command,
    images_command, rmi_command, version_command, info_command, tag_command, image_prune_command,
    history_command, search_command, system_check_command, system_df_command, system_prune_command,
    container_prune_command, pull_command, push_command, login_command, logout_command,
    manifest_inspect_command, manifest_create_command, manifest_annotate_command,
    manifest_push_command, manifest_rm_command, save_command, load_command, commit_command,
    export_command, diff_command, mount_command, unmount_command, image_mount_command,
    unshare_command, checkpoint_create_command, checkpoint_ls_command, checkpoint_rm_command,
    image_unmount_command, image_exists_command, image_diff_command, image_convert_command;

// --- groups.c: the tables of commands ---
extern const struct command *const commands[]; // those called by one word; ends with NULL

struct subcommand {
    const char *name;
    const struct command *command;
};
struct command_group {
    const char *name, *summary;
    const struct subcommand *commands; // ends with a row of NULLs
};
extern const struct command_group command_groups[]; // ends with a row of NULLs

enum { COMMANDS_MAX = 96, COMMAND_WAYS_MAX = 8 };
const struct command *command_find(const char *name); // NULL: none
const struct command_group *command_group_find(const char *name);
const struct command *subcommand_find(const struct command_group *group, const char *name);
// The name that the user most likely meant, in a group or, NULL, among all first words; or NULL.
const char *command_near(const struct command_group *group, const char *name);
// Another row of the group has the same command already.
bool subcommand_is_alias(const struct command_group *group, const struct subcommand *it);
struct command_way {
    const char *group, *name; // group NULL: by one word
};
// All the ways to call it.
size_t command_ways(const struct command *command, struct command_way ways[COMMAND_WAYS_MAX]);

// Prints the manual page of a command ("pull", "image-inspect"), a group or "dhow" itself; -1 when
// there is none (man.c).
int man_print(const char *name);

struct container_changes_response;
// "A /path" lines (files.c).
void changes_print(const struct container_changes_response *changes);

// --- units.c: values that users write ---
[[nodiscard]] int read_bytes(struct arena *arena, const char *text, void *member, struct err *err);
[[nodiscard]] int read_signed_bytes(struct arena *arena, const char *text, void *member,
                                    struct err *err); // and -1
[[nodiscard]] int read_cpus(struct arena *arena, const char *text, void *member, struct err *err);
// "1m30s", "500ms": nanoseconds (duration.c).
[[nodiscard]] int read_duration(struct arena *arena, const char *text, void *member,
                                struct err *err);
// The first twelve characters, without "sha256:".
const char *short_id(struct arena *arena, const char *id);
// At most `most` characters, the last a "…" when something is missing.
const char *shorten(struct arena *arena, const char *text, size_t most);
struct port_summary;
// "0.0.0.0:8080->80/tcp, 443/tcp" (ports_words.c).
const char *ports_words(struct arena *arena, const struct port_summary *ports, size_t n);
// "a,b": added to a struct words.
[[nodiscard]] int read_list(struct arena *arena, const char *text, void *member, struct err *err);
const char *size_words(struct arena *arena, uint64_t bytes);        // "7.83MB", of one thing
const char *size_words_4(struct arena *arena, uint64_t bytes);      // "7.833MB", of several
const char *binary_size_words(struct arena *arena, uint64_t bytes); // "7.474MiB"
const char *time_words(struct arena *arena, int64_t seconds); // "2026-01-02 15:04:05 +0100 CET"
const char *date_words(struct arena *arena, int64_t seconds); // "2026-01-02T15:04:05+01:00"
const char *ago_words(struct arena *arena, int64_t seconds);  // "5 minutes ago"
// "a=1,b=", sorted.
const char *labels_words(struct arena *arena, const struct json_pair *labels, size_t n);

// --- rmi.c ---
struct image_removed;
// "Untagged: …", "Deleted: …", a line each.
void image_removed_print(const struct image_removed *done, size_t n);

// --- confirm.c ---
// docker's question before something is removed: the warning, "[y/N]", and an answer from standard
// input; nothing is no.
bool cli_confirms(const char *warning);
