// SPDX-License-Identifier: Apache-2.0
// operation.c — the table of operations.
#include "ops/operation.h"

#include "ops/archive.h"
#include "ops/checkpoint.h"
#include "ops/container.h"
#include "ops/events.h"
#include "ops/exec.h"
#include "ops/image.h"
#include "ops/life.h"
#include "ops/network.h"
#include "ops/secret.h"
#include "ops/stats.h"
#include "ops/system.h"
#include "ops/tables.h"
#include "ops/top.h"
#include "ops/volume.h"

// clang-format off
#define ASKS(type)  .request_size = sizeof(struct type)
#define SAYS(type)  .response_size = sizeof(struct type)

const struct operation operations[N_OPERATIONS] = {
    [CONTAINER_CREATE] = {
        "container_create", "POST", "/containers/create", container_create_parameters, container_create_body,
        container_create_response_fields, ASKS(container_create_request), SAYS(container_create_response), 201,
        "Makes a container from an image; it does not run yet."},
    [CONTAINER_START] = {
        "container_start", "POST", "/containers/{id}/start", container_start_parameters, NULL,
        NULL, ASKS(container_start_request), SAYS(container_start_response), 204,
        "Runs a container that was created or has ended."},
    [CONTAINER_ATTACH] = {
        "container_attach", "POST", "/containers/{id}/attach", container_reference_parameters, NULL,
        NULL, ASKS(container_reference), SAYS(container_attach_response), 101,
        "Connects to a running container's standard streams."},
    [CONTAINER_LIST] = {
        "container_list", "GET", "/containers/json", container_list_parameters, NULL,
        container_list_response_fields, ASKS(container_list_request), SAYS(container_list_response), 200,
        "Lists containers."},
    [CONTAINER_INSPECT] = {
        "container_inspect", "GET", "/containers/{id}/json", container_inspect_parameters, NULL,
        container_inspection_fields, ASKS(container_inspect_request), SAYS(container_inspection), 200,
        "Says everything there is to know about one container."},
    [CONTAINER_LOGS] = {
        "container_logs", "GET", "/containers/{id}/logs", container_logs_parameters, NULL,
        NULL, ASKS(container_logs_request), 0, 200,
        "Streams what a container has written."},
    [CONTAINER_EXEC] = {
        "container_exec", "POST", "/containers/{id}/exec", container_exec_parameters, container_exec_body,
        container_exec_response_fields, ASKS(container_exec_request), SAYS(container_exec_response), 201,
        "Runs another process in a running container."},
    [EXEC_INSPECT] = {
        "exec_inspect", "GET", "/exec/{id}/json", exec_inspect_parameters, NULL,
        exec_inspection_fields, ASKS(exec_inspect_request), SAYS(exec_inspection), 200,
        "Says whether a process of exec runs, and how it ended."},
    [CONTAINER_STOP] = {
        "container_stop", "POST", "/containers/{id}/stop", container_stop_parameters, NULL,
        NULL, ASKS(container_stop_request), SAYS(container_stop_response), 204,
        "Asks a container to end, and ends it when it does not."},
    [CONTAINER_KILL] = {
        "container_kill", "POST", "/containers/{id}/kill", container_kill_parameters, NULL,
        NULL, ASKS(container_kill_request), 0, 204,
        "Sends a signal to a container's first process."},
    [CONTAINER_REMOVE] = {
        "container_remove", "DELETE", "/containers/{id}", container_remove_parameters, NULL,
        NULL, ASKS(container_remove_request), 0, 204,
        "Removes a container with all that it wrote."},
    [CONTAINER_WAIT] = {
        "container_wait", "POST", "/containers/{id}/wait", container_wait_parameters, NULL,
        container_wait_response_fields, ASKS(container_wait_request), SAYS(container_wait_response), 200,
        "Waits until a container has ended and says its exit code."},
    [CONTAINER_EXPORT] = {
        "container_export", "GET", "/containers/{id}/export", container_reference_parameters, NULL,
        NULL, ASKS(container_export_request), 0, 200,
        "Writes a container's file system as a tar stream."},
    [CONTAINER_ARCHIVE_STAT] = {
        "container_archive_stat", "HEAD", "/containers/{id}/archive", archive_stat_parameters, NULL,
        archive_stat_fields, ASKS(archive_stat_request), SAYS(archive_stat), 200,
        "Says what is at a path in a container."},
    [CONTAINER_ARCHIVE_GET] = {
        "container_archive_get", "GET", "/containers/{id}/archive", archive_get_parameters, NULL,
        archive_stat_fields, ASKS(archive_get_request), SAYS(archive_stat), 200,
        "Writes a file or directory of a container as a tar stream."},
    [CONTAINER_ARCHIVE_PUT] = {
        "container_archive_put", "PUT", "/containers/{id}/archive", archive_put_parameters, NULL,
        NULL, ASKS(archive_put_request), 0, 200,
        "Unpacks a tar stream into a directory of a container."},
    [CONTAINER_CHANGES] = {
        "container_changes", "GET", "/containers/{id}/changes", container_reference_parameters, NULL,
        container_changes_response_fields, ASKS(container_reference), SAYS(container_changes_response), 200,
        "Lists what a container has changed in its file system."},
    [CONTAINER_COMMIT] = {
        "container_commit", "POST", "/commit", container_commit_parameters, NULL,
        container_commit_response_fields, ASKS(container_commit_request), SAYS(container_commit_response), 201,
        "Makes an image from what a container has changed."},
    [CONTAINER_MOUNT] = {
        "container_mount", "POST", "/containers/{id}/mount", container_reference_parameters, NULL,
        mount_response_fields, ASKS(container_reference), SAYS(mount_response), 200,
        "Mounts a container's file system for the host to look into."},
    [CONTAINER_UNMOUNT] = {
        "container_unmount", "POST", "/containers/{id}/unmount", container_reference_parameters, NULL,
        NULL, ASKS(container_reference), 0, 204,
        "Takes that mount away."},
    [CHECKPOINT_CREATE] = {
        "checkpoint_create", "POST", "/containers/{id}/checkpoints", checkpoint_create_parameters, checkpoint_create_body,
        NULL, ASKS(checkpoint_create_request), 0, 201,
        "Saves the state of a running container's processes."},
    [CHECKPOINT_LIST] = {
        "checkpoint_list", "GET", "/containers/{id}/checkpoints", checkpoint_parameters, NULL,
        checkpoint_list_fields, ASKS(checkpoint_reference), SAYS(checkpoint_list_response), 200,
        "Lists a container's checkpoints."},
    [CHECKPOINT_REMOVE] = {
        "checkpoint_remove", "DELETE", "/containers/{id}/checkpoints/{checkpoint}", checkpoint_parameters, NULL,
        NULL, ASKS(checkpoint_reference), 0, 204,
        "Removes a checkpoint."},
    [IMAGE_IMPORT] = {
        "image_import", "POST", "/images/create", image_import_parameters, NULL,
        image_import_response_fields, ASKS(image_import_request), SAYS(image_import_response), 200,
        "Makes an image of one layer from a tar stream."},
    [IMAGE_LIST] = {
        "image_list", "GET", "/images/json", image_list_parameters, NULL,
        image_list_response_fields, ASKS(image_list_request), SAYS(image_list_response), 200,
        "Lists images."},
    [IMAGE_INSPECT] = {
        "image_inspect", "GET", "/images/{name}/json", image_inspect_parameters, NULL,
        image_inspection_fields, ASKS(image_inspect_request), SAYS(image_inspection), 200,
        "Says everything there is to know about one image."},
    [IMAGE_HISTORY] = {
        "image_history", "GET", "/images/{name}/history", image_history_parameters, NULL,
        image_history_response_fields, ASKS(image_history_request), SAYS(image_history_response), 200,
        "Lists the steps that an image was made by, the newest first."},
    [IMAGE_TAG] = {
        "image_tag", "POST", "/images/{name}/tag", image_tag_parameters, NULL,
        NULL, ASKS(image_tag_request), 0, 201,
        "Gives an image another name."},
    [IMAGE_REMOVE] = {
        "image_remove", "DELETE", "/images/{name}", image_remove_parameters, NULL,
        image_remove_response_fields, ASKS(image_remove_request), SAYS(image_remove_response), 200,
        "Takes a name from an image and, with the last one, removes it."},
    [IMAGE_PRUNE] = {
        "image_prune", "POST", "/images/prune", image_prune_parameters, NULL,
        image_prune_response_fields, ASKS(image_prune_request), SAYS(image_prune_response), 200,
        "Removes images that nobody uses."},
    [IMAGE_PULL] = {
        "image_pull", "POST", "/images/create", image_pull_parameters, NULL,
        NULL, ASKS(image_pull_request), SAYS(image_pull_response), 200,
        "Fetches an image from a registry."},
    [IMAGE_PUSH] = {
        "image_push", "POST", "/images/{name}/push", image_push_parameters, NULL,
        NULL, ASKS(image_push_request), SAYS(image_push_response), 200,
        "Sends an image to a registry."},
    [IMAGE_SEARCH] = {
        "image_search", "GET", "/images/search", image_search_parameters, NULL,
        image_search_response_fields, ASKS(image_search_request), SAYS(image_search_response), 200,
        "Searches a registry for images."},
    [IMAGE_SAVE] = {
        "image_save", "GET", "/images/get", image_save_parameters, NULL,
        NULL, ASKS(image_save_request), 0, 200,
        "Writes images as one tar stream: an OCI layout that docker's old loaders read, too."},
    [IMAGE_LOAD] = {
        "image_load", "POST", "/images/load", image_load_parameters, NULL,
        image_load_response_fields, ASKS(image_load_request), SAYS(image_load_response), 200,
        "Reads images from a tar stream that save, or another program like it, wrote."},
    [IMAGE_BLOBS] = {
        "image_blobs", "GET", "/images/blobs", image_blobs_parameters, NULL,
        image_blobs_response_fields, ASKS(image_blobs_request), SAYS(image_blobs_response), 200,
        "Says which blobs images consist of, or which of some are here."},
    [IMAGE_CHANGES] = {
        "image_changes", "GET", "/images/{name}/changes", image_mount_parameters, NULL,
        container_changes_response_fields, ASKS(image_mount_request), SAYS(container_changes_response), 200,
        "Lists what an image's topmost layer changes."},
    [IMAGE_CONVERT] = {
        "image_convert", "POST", "/images/{name}/convert", image_convert_parameters, NULL,
        image_convert_response_fields, ASKS(image_convert_request), SAYS(image_convert_response), 201,
        "Makes the same image with its layers compressed in another way."},
    [IMAGE_MOUNT] = {
        "image_mount", "POST", "/images/{name}/mount", image_mount_parameters, NULL,
        mount_response_fields, ASKS(image_mount_request), SAYS(mount_response), 200,
        "Mounts an image's file system, read-only, for the host to look into."},
    [IMAGE_UNMOUNT] = {
        "image_unmount", "POST", "/images/{name}/unmount", image_unmount_parameters, NULL,
        NULL, ASKS(image_unmount_request), 0, 204,
        "Takes that mount away."},
    [NETWORK_CREATE] = {
        "network_create", "POST", "/networks/create", NULL, network_create_body,
        network_create_response_fields, ASKS(network_create_request), SAYS(network_create_response), 201,
        "Makes a network."},
    [NETWORK_LIST] = {
        "network_list", "GET", "/networks", network_list_parameters, NULL,
        network_list_response_fields, ASKS(network_list_request), SAYS(network_list_response), 200,
        "Lists networks."},
    [NETWORK_INSPECT] = {
        "network_inspect", "GET", "/networks/{id}", network_inspect_parameters, NULL,
        network_info_fields, ASKS(network_inspect_request), SAYS(network_info), 200,
        "Says everything there is to know about one network."},
    [NETWORK_REMOVE] = {
        "network_remove", "DELETE", "/networks/{id}", network_reference_parameters, NULL,
        NULL, ASKS(network_reference), 0, 204,
        "Removes a network that no running container is on."},
    [NETWORK_CONNECT] = {
        "network_connect", "POST", "/networks/{id}/connect", network_connect_parameters, network_connect_body,
        NULL, ASKS(network_connect_request), 0, 200,
        "Puts a container on one more network, while it runs, too."},
    [NETWORK_DISCONNECT] = {
        "network_disconnect", "POST", "/networks/{id}/disconnect", network_disconnect_parameters, network_disconnect_body,
        NULL, ASKS(network_disconnect_request), 0, 200,
        "Takes a container from a network, while it runs, too."},
    [NETWORK_PRUNE] = {
        "network_prune", "POST", "/networks/prune", network_prune_parameters, NULL,
        network_prune_response_fields, ASKS(network_prune_request), SAYS(network_prune_response), 200,
        "Removes networks that no container is on."},
    [CONTAINER_MOUNTS] = {
        "container_mounts", "POST", "/containers/{id}/mounts", container_mounts_parameters, container_mounts_body,
        NULL, ASKS(container_mounts_request), 0, 200,
        "Mounts something in a container that may run, or takes a mount away."},
    [NETWORK_RELOAD] = {
        "network_reload", "POST", "/networks/reload", network_reload_parameters, NULL,
        NULL, ASKS(network_reload_request), 0, 204,
        "Makes the firewall's rules anew."},
    [CONTAINER_EXPOSURE] = {
        "container_exposure", "GET", "/containers/{id}/exposure", container_reference_parameters, NULL,
        container_exposure_fields, ASKS(container_reference), SAYS(container_exposure), 200,
        "Says who reaches a container's published ports."},
    [CONTAINER_PORTS] = {
        "container_ports", "POST", "/containers/{id}/ports", container_ports_parameters, container_ports_body,
        NULL, ASKS(container_ports_request), 0, 200,
        "Publishes ports of a container that may run, or takes published ones back."},
    [VOLUME_CREATE] = {
        "volume_create", "POST", "/volumes/create", NULL, volume_create_body,
        volume_info_fields, ASKS(volume_create_request), SAYS(volume_info), 201,
        "Makes a volume, or says that it is there."},
    [VOLUME_LIST] = {
        "volume_list", "GET", "/volumes", volume_list_parameters, NULL,
        volume_list_response_fields, ASKS(volume_list_request), SAYS(volume_list_response), 200,
        "Lists volumes."},
    [VOLUME_INSPECT] = {
        "volume_inspect", "GET", "/volumes/{name}", volume_reference_parameters, NULL,
        volume_info_fields, ASKS(volume_reference), SAYS(volume_info), 200,
        "Says everything there is to know about one volume."},
    [VOLUME_REMOVE] = {
        "volume_remove", "DELETE", "/volumes/{name}", volume_remove_parameters, NULL,
        NULL, ASKS(volume_remove_request), 0, 204,
        "Removes a volume that no container uses, with all that is in it."},
    [VOLUME_PRUNE] = {
        "volume_prune", "POST", "/volumes/prune", volume_prune_parameters, NULL,
        volume_prune_response_fields, ASKS(volume_prune_request), SAYS(volume_prune_response), 200,
        "Removes volumes that no container uses."},
    [VOLUME_UPDATE] = {
        "volume_update", "PUT", "/volumes/{name}", volume_update_parameters, volume_update_body,
        NULL, ASKS(volume_update_request), 0, 200,
        "Changes a volume's labels."},
    [VOLUME_CLONE] = {
        "volume_clone", "POST", "/volumes/{name}/clone", volume_clone_parameters, volume_clone_body,
        volume_info_fields, ASKS(volume_clone_request), SAYS(volume_info), 201,
        "Makes a volume that begins with what another one has."},
    [VOLUME_EXPORT] = {
        "volume_export", "GET", "/volumes/{name}/export", volume_stream_parameters, NULL,
        NULL, ASKS(volume_stream_request), 0, 200,
        "Writes what is in a volume as a tar stream."},
    [VOLUME_IMPORT] = {
        "volume_import", "POST", "/volumes/{name}/import", volume_stream_parameters, NULL,
        NULL, ASKS(volume_stream_request), 0, 204,
        "Unpacks a tar stream into a volume."},
    [SECRET_CREATE] = {
        "secret_create", "POST", "/secrets/create", secret_create_parameters, secret_create_body,
        secret_create_response_fields, ASKS(secret_create_request), SAYS(secret_create_response), 201,
        "Keeps a secret for containers."},
    [SECRET_LIST] = {
        "secret_list", "GET", "/secrets", secret_list_parameters, NULL,
        secret_list_response_fields, ASKS(secret_list_request), SAYS(secret_list_response), 200,
        "Lists secrets, without their values."},
    [SECRET_INSPECT] = {
        "secret_inspect", "GET", "/secrets/{id}", secret_reference_parameters, NULL,
        secret_info_fields, ASKS(secret_reference), SAYS(secret_info), 200,
        "Says what is known about a secret."},
    [SECRET_REMOVE] = {
        "secret_remove", "DELETE", "/secrets/{id}", secret_reference_parameters, NULL,
        NULL, ASKS(secret_reference), 0, 204,
        "Removes a secret and its value."},
    [DISTRIBUTION_INSPECT] = {
        "distribution_inspect", "GET", "/distribution/{name}/json", distribution_parameters, NULL,
        distribution_response_fields, ASKS(distribution_request), SAYS(distribution_response), 200,
        "Asks a registry what a name means there."},
    [MANIFEST_GET] = {
        "manifest_get", "GET", "/distribution/{name}/manifest", manifest_get_parameters, NULL,
        manifest_get_response_fields, ASKS(manifest_get_request), SAYS(manifest_get_response), 200,
        "Fetches a manifest or an index from a registry."},
    [MANIFEST_PUT] = {
        "manifest_put", "PUT", "/distribution/{name}/manifest", manifest_put_parameters, manifest_put_body,
        manifest_put_response_fields, ASKS(manifest_put_request), SAYS(manifest_put_response), 201,
        "Sends a manifest or an index to a registry."},
    [SYSTEM_AUTH] = {
        "system_auth", "POST", "/auth", NULL, registry_auth_fields,
        system_auth_response_fields, ASKS(registry_auth), SAYS(system_auth_response), 200,
        "Tries credentials at a registry."},
    [SYSTEM_DF] = {
        "system_df", "GET", "/system/df", system_df_parameters, NULL,
        system_df_fields, ASKS(system_df_request), SAYS(system_df), 200,
        "Says how much of the disk is used by what."},
    [SYSTEM_CHECK] = {
        "system_check", "POST", "/system/check", system_check_parameters, NULL,
        system_check_response_fields, ASKS(system_check_request), SAYS(system_check_response), 200,
        "Reads all that is stored and says what is damaged."},
    [SYSTEM_VERSION] = {
        "system_version", "GET", "/version", NULL, NULL,
        system_version_fields, 0, SAYS(system_version), 200,
        "Says which dhow this is."},
    [SYSTEM_INFO] = {
        "system_info", "GET", "/info", NULL, NULL,
        system_info_fields, 0, SAYS(system_info), 200,
        "Says how much there is of what, and where."},
    [SYSTEM_EVENTS] = {
        "system_events", "GET", "/events", system_events_parameters, NULL,
        NULL, ASKS(system_events_request), 0, 200,
        "Streams what happens, as it happens."},
    [CONTAINER_STATS] = {
        "container_stats", "GET", "/containers/{id}/stats", container_stats_parameters, NULL,
        container_stats_fields, ASKS(container_stats_request), SAYS(container_stats), 200,
        "Says what a container uses of the machine."},
    [CONTAINER_TOP] = {
        "container_top", "GET", "/containers/{id}/top", container_top_parameters, NULL,
        container_top_response_fields, ASKS(container_top_request), SAYS(container_top_response), 200,
        "Lists the processes that run in a container."},
    [CONTAINER_PRUNE] = {
        "container_prune", "POST", "/containers/prune", container_prune_parameters, NULL,
        container_prune_response_fields, ASKS(container_prune_request), SAYS(container_prune_response), 200,
        "Removes containers that do not run."},
    // life
    [CONTAINER_PAUSE] = {
        "container_pause", "POST", "/containers/{id}/pause", container_reference_parameters, NULL,
        NULL, ASKS(container_reference), 0, 204,
        "Freezes all processes of a container."},
    [CONTAINER_UNPAUSE] = {
        "container_unpause", "POST", "/containers/{id}/unpause", container_reference_parameters, NULL,
        NULL, ASKS(container_reference), 0, 204,
        "Lets a paused container go on."},
    [CONTAINER_RESTART] = {
        "container_restart", "POST", "/containers/{id}/restart", container_restart_parameters, NULL,
        NULL, ASKS(container_restart_request), 0, 204,
        "Stops a container, if it runs, and starts it."},
    [CONTAINER_RENAME] = {
        "container_rename", "POST", "/containers/{id}/rename", container_rename_parameters, NULL,
        NULL, ASKS(container_rename_request), 0, 204,
        "Gives a container another name."},
    [CONTAINER_UPDATE] = {
        "container_update", "POST", "/containers/{id}/update", container_update_parameters, container_update_body,
        container_update_response_fields, ASKS(container_update_request), SAYS(container_update_response), 200,
        "Changes a container's limits and restart policy while it runs, and more for its next start."},
    [CONTAINER_WHY] = {
        "container_why", "GET", "/containers/{id}/why", container_reference_parameters, NULL,
        container_why_fields, ASKS(container_reference), SAYS(container_why), 200,
        "Says why a container has ended, from the records of its monitor."},
    [SYSTEM_BOOT] = {
        "system_boot", "POST", "/system/boot", system_boot_parameters, NULL,
        system_boot_fields, ASKS(system_boot_request), SAYS(system_boot_response), 200,
        "Starts the containers that are to run after a boot."},
};
