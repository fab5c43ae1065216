// SPDX-License-Identifier: Apache-2.0
// groups.c — which commands there are: by themselves ("dhow pull"), and in groups ("dhow image
// pull"). A command that can be called in several ways is one row of each table.
#include "cli/command.h"
#include "cli/context.h"
#include "cli/network.h"
#include "cli/secret.h"
#include "cli/send.h"
#include "cli/volume.h"

#include <string.h>

// clang-format off
const struct command *const commands[] = {
    // the common ones
    &run_command,
    &exec_command,
    &ps_command,
    &pull_command,
    &push_command,
    &images_command,
    &login_command,
    &logout_command,
    &search_command,
    &version_command,
    &info_command,
    // the others
    &attach_command,
    &boot_command,
    &commit_command,
    &completion_command,
    &cp_command,
    &create_command,
    &diff_command,
    &events_command,
    &export_command,
    &history_command,
    &import_command,
    &inspect_command,
    &kill_command,
    &load_command,
    &logs_command,
    &mount_command,
    &pause_command,
    &port_command,
    &rename_command,
    &restart_command,
    &rm_command,
    &rmi_command,
    &save_command,
    &start_command,
    &stats_command,
    &stop_command,
    &tag_command,
    &top_command,
    &unmount_command,
    &unshare_command,
    &unpause_command,
    &update_command,
    &wait_command,
    &why_command,
    NULL,
};

static const struct subcommand checkpoint_commands[] = {
    {"create", &checkpoint_create_command},
    {"ls", &checkpoint_ls_command},
    {"list", &checkpoint_ls_command},
    {"rm", &checkpoint_rm_command},
    {"remove", &checkpoint_rm_command},
    {},
};
static const struct subcommand container_commands[] = {
    {"attach", &attach_command},
    {"cleanup", &container_cleanup_command},
    {"commit", &commit_command},
    {"cp", &cp_command},
    {"create", &create_command},
    {"diff", &diff_command},
    {"exec", &exec_command},
    {"exists", &container_exists_command},
    {"export", &export_command},
    {"inspect", &container_inspect_command},
    {"kill", &kill_command},
    {"logs", &logs_command},
    {"mount", &mount_command},
    {"unmount", &unmount_command},
    {"ls", &ps_command},
    {"list", &ps_command},
    {"ps", &ps_command},
    {"pause", &pause_command},
    {"prune", &container_prune_command},
    {"port", &port_command},
    {"rename", &rename_command},
    {"restart", &restart_command},
    {"rm", &rm_command},
    {"remove", &rm_command},
    {"run", &run_command},
    {"start", &start_command},
    {"stats", &stats_command},
    {"stop", &stop_command},
    {"top", &top_command},
    {"unpause", &unpause_command},
    {"update", &update_command},
    {"wait", &wait_command},
    {"why", &why_command},
    {},
};
static const struct subcommand context_commands[] = {
    {"create", &context_create_command},
    {"export", &context_export_command},
    {"import", &context_import_command},
    {"inspect", &context_inspect_command},
    {"ls", &context_ls_command},
    {"list", &context_ls_command},
    {"rm", &context_rm_command},
    {"remove", &context_rm_command},
    {"show", &context_show_command},
    {"update", &context_update_command},
    {"use", &context_use_command},
    {},
};
static const struct subcommand healthcheck_commands[] = {
    {"run", &healthcheck_run_command},
    {},
};
static const struct subcommand image_commands[] = {
    {"convert", &image_convert_command},
    {"diff", &image_diff_command},
    {"exists", &image_exists_command},
    {"history", &history_command},
    {"import", &import_command},
    {"inspect", &image_inspect_command},
    {"load", &load_command},
    {"ls", &images_command},
    {"list", &images_command},
    {"mount", &image_mount_command},
    {"prune", &image_prune_command},
    {"pull", &pull_command},
    {"push", &push_command},
    {"receive", &image_receive_command},
    {"rm", &rmi_command},
    {"remove", &rmi_command},
    {"save", &save_command},
    {"tag", &tag_command},
    {"unmount", &image_unmount_command},
    {},
};
static const struct subcommand manifest_commands[] = {
    {"annotate", &manifest_annotate_command},
    {"create", &manifest_create_command},
    {"inspect", &manifest_inspect_command},
    {"push", &manifest_push_command},
    {"rm", &manifest_rm_command},
    {},
};
static const struct subcommand system_commands[] = {
    {"check", &system_check_command},
    {"df", &system_df_command},
    {"events", &events_command},
    {"info", &info_command},
    {"prune", &system_prune_command},
    {},
};
static const struct subcommand network_commands[] = {
    {"connect", &network_connect_command},
    {"create", &network_create_command},
    {"disconnect", &network_disconnect_command},
    {"inspect", &network_inspect_command},
    {"ls", &network_ls_command},
    {"list", &network_ls_command},
    {"prune", &network_prune_command},
    {"reload", &network_reload_command},
    {"rm", &network_rm_command},
    {"remove", &network_rm_command},
    {},
};
static const struct subcommand secret_commands[] = {
    {"create", &secret_create_command},
    {"exists", &secret_exists_command},
    {"inspect", &secret_inspect_command},
    {"ls", &secret_ls_command},
    {"list", &secret_ls_command},
    {"rm", &secret_rm_command},
    {"remove", &secret_rm_command},
    {},
};
static const struct subcommand volume_commands[] = {
    {"clone", &volume_clone_command},
    {"create", &volume_create_command},
    {"exists", &volume_exists_command},
    {"export", &volume_export_command},
    {"import", &volume_import_command},
    {"inspect", &volume_inspect_command},
    {"ls", &volume_ls_command},
    {"list", &volume_ls_command},
    {"prune", &volume_prune_command},
    {"rm", &volume_rm_command},
    {"remove", &volume_rm_command},
    {"snapshot", &volume_snapshot_command},
    {"update", &volume_update_command},
    {},
};
// clang-format on
const struct command_group command_groups[] = {
    {"checkpoint", "Manage saved states of containers", checkpoint_commands},
    {"container", "Manage containers", container_commands},
    {"context", "Manage contexts: engines by name", context_commands},
    {"healthcheck", "Manage health checks of containers", healthcheck_commands},
    {"image", "Manage images", image_commands},
    {"manifest", "Manage manifests and lists of manifests", manifest_commands},
    {"network", "Manage networks", network_commands},
    {"system", "Manage dhow itself", system_commands},
    {"secret", "Manage secrets of containers", secret_commands},
    {"volume", "Manage volumes", volume_commands},
    {},
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *at = commands; *at != NULL; at++) {
        if (strcmp((*at)->name, name) == 0)
            return *at;
    }
    return NULL;
}

const struct command_group *command_group_find(const char *name)
{
    for (const struct command_group *group = command_groups; group->name != NULL; group++) {
        if (strcmp(group->name, name) == 0)
            return group;
    }
    return NULL;
}

const struct command *subcommand_find(const struct command_group *group, const char *name)
{
    for (const struct subcommand *at = group->commands; at->name != NULL; at++) {
        if (strcmp(at->name, name) == 0)
            return at->command;
    }
    return NULL;
}

const char *command_near(const struct command_group *group, const char *name)
{
    const char *names[COMMANDS_MAX] = {};
    size_t n = 0;
    if (group != NULL) {
        for (const struct subcommand *at = group->commands; at->name != NULL; at++)
            names[n++] = at->name;
        return suggest_near(name, names);
    }
    for (const struct command *const *at = commands; *at != NULL; at++)
        names[n++] = (*at)->name;
    for (const struct command_group *at = command_groups; at->name != NULL; at++)
        names[n++] = at->name;
    return suggest_near(name, names);
}

bool subcommand_is_alias(const struct command_group *group, const struct subcommand *it)
{
    for (const struct subcommand *at = group->commands; at != it; at++) {
        if (at->command == it->command)
            return true;
    }
    return false;
}

size_t command_ways(const struct command *command, struct command_way ways[COMMAND_WAYS_MAX])
{
    size_t n = 0;
    for (const struct command_group *group = command_groups; group->name != NULL; group++) {
        for (const struct subcommand *at = group->commands; at->name != NULL; at++) {
            if (at->command == command && n < COMMAND_WAYS_MAX)
                ways[n++] = (struct command_way){group->name, at->name};
        }
    }
    if (command_find(command->name) == command && n < COMMAND_WAYS_MAX)
        ways[n++] = (struct command_way){NULL, command->name};
    return n;
}
