// SPDX-License-Identifier: Apache-2.0
// tables.h — the JSON tables of requests and responses, for operation.c's rows and for surfaces
// that print one (inspect).
//
// A table whose only field has the empty name is that field: the document itself (a body that is
// one struct, a response that is a list).
#pragma once
#include "json/bind.h"

// An object whose keys say all: {"80/tcp": {}}.
#define OPS_KEYS(type, member, json_name, table)                                                   \
    {                                                                                              \
        .name = (json_name), .offset = offsetof(type, member),                                     \
        .count_offset = offsetof(type, n_##member), .size = sizeof *JSON_MEMBER(type, member),     \
        .kind = JSON_MAP_STRUCTS, .fields = (table), .flags = JSON_OPTIONAL                        \
    }

// An object whose values are structs of `table`; the key is their first member.
#define OPS_MAP(type, member, json_name, table, how)                                               \
    {                                                                                              \
        .name = (json_name), .offset = offsetof(type, member),                                     \
        .count_offset = offsetof(type, n_##member), .size = sizeof *JSON_MEMBER(type, member),     \
        .kind = JSON_MAP_STRUCTS, .fields = (table), .flags = (how)                                \
    }
// An object in JSON that is none in C: its members are the outer struct's own.
#define OPS_SAME(json_name, table)                                                                 \
    {                                                                                              \
        .name = (json_name), .offset = 0, .kind = JSON_STRUCT, .fields = (table)                   \
    }

extern const struct json_field container_create_parameters[], container_create_body[],
    container_create_response_fields[], container_reference_parameters[],
    container_start_parameters[], container_inspect_parameters[], container_list_parameters[],
    container_list_response_fields[], container_inspection_fields[], container_logs_parameters[],
    container_exec_parameters[], container_exec_body[], container_exec_response_fields[],
    container_stop_parameters[], container_kill_parameters[], container_remove_parameters[],
    container_wait_response_fields[], container_changes_response_fields[],
    container_commit_parameters[], container_commit_response_fields[];
extern const struct json_field checkpoint_create_parameters[], checkpoint_create_body[],
    checkpoint_parameters[], checkpoint_list_fields[];
extern const struct json_field image_pull_parameters[], image_push_parameters[],
    image_search_parameters[], image_search_response_fields[], system_auth_response_fields[],
    distribution_parameters[], distribution_response_fields[], manifest_get_parameters[],
    manifest_get_response_fields[], manifest_put_parameters[], manifest_put_body[],
    manifest_put_response_fields[], image_import_parameters[], image_import_response_fields[],
    image_list_parameters[], image_summary_fields[], image_list_response_fields[],
    image_inspect_parameters[], image_inspection_fields[], image_history_parameters[],
    image_history_response_fields[], image_tag_parameters[], image_remove_parameters[],
    image_remove_response_fields[], image_prune_parameters[], image_prune_response_fields[],
    image_save_parameters[], image_load_parameters[], image_load_response_fields[],
    image_blobs_parameters[], image_mount_parameters[], image_convert_parameters[],
    image_convert_response_fields[], image_unmount_parameters[], mount_response_fields[],
    image_blobs_response_fields[];
extern const struct json_field system_events_parameters[], container_stats_parameters[],
    container_top_parameters[], container_top_response_fields[], container_prune_parameters[],
    container_prune_response_fields[], container_summary_fields[];
extern const struct json_field system_version_fields[], system_info_fields[],
    system_df_parameters[], system_df_fields[], system_check_parameters[],
    system_check_response_fields[];
extern const struct json_field exec_inspect_parameters[], exec_inspection_fields[];
extern const struct json_field volume_info_fields[], volume_create_body[],
    volume_reference_parameters[], volume_list_parameters[], volume_list_response_fields[],
    volume_remove_parameters[], volume_prune_parameters[], volume_prune_response_fields[],
    volume_update_parameters[], volume_update_body[], volume_clone_parameters[],
    volume_clone_body[], volume_stream_parameters[], container_mounts_parameters[],
    container_mounts_body[];
extern const struct json_field network_create_body[], network_create_response_fields[],
    network_info_fields[], network_inspect_parameters[], network_list_parameters[],
    network_list_response_fields[], network_reference_parameters[], network_connect_parameters[],
    network_connect_body[], network_disconnect_parameters[], network_disconnect_body[],
    network_prune_parameters[], network_prune_response_fields[], network_reload_parameters[],
    container_exposure_fields[], container_ports_parameters[], container_ports_body[];
extern const struct json_field container_wait_parameters[], container_restart_parameters[],
    container_rename_parameters[], container_update_parameters[], container_update_body[],
    container_update_response_fields[], container_why_fields[], system_boot_parameters[],
    system_boot_fields[];
