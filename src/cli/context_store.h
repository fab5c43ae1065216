// SPDX-License-Identifier: Apache-2.0
// context_store.h — docker's contexts: engines by name, as files beside config.json.
//
//     <config>/contexts/meta/<sha256 of the name>/meta.json
//     <config>/contexts/tls/<sha256 of the name>/docker/{ca,cert,key}.pem
//
// The files are docker's own: what either program writes, the other one reads. Keys that dhow knows
// nothing of are kept.
#pragma once
#include "cli/command.h"

#define CONTEXT_DEFAULT "default"
// Where docker says that the engine of this machine is.
#define CONTEXT_HOST "unix:///var/run/docker.sock"
enum { CONTEXT_FILE_MAX = 1024 * 1024, CONTEXT_TLS_FILES = 3 };
extern const char *const context_tls_files[CONTEXT_TLS_FILES]; // "ca.pem", "cert.pem", "key.pem"

struct context_tls { // contents, or NULL, in the order of the names
    const char *text[CONTEXT_TLS_FILES];
};
struct context {
    const char *name;
    struct json_pair *metadata, *endpoints; // each value is JSON
    size_t n_metadata, n_endpoints;
    struct json_pair *tls; // endpoint → JSON list of file names
    size_t n_tls;
    const char *meta_path, *tls_path; // directories
    // Of the above: what the endpoint "docker" and the key "Description" say.
    const char *description, *host;
    bool skip_tls_verify;
};

// docker's grammar; ERR_INVALID in its words, also for "default".
[[nodiscard]] int context_name_check(const char *name, struct err *err);
// The one that is in force, by options, environment and config.json: a name. NULL: cli->err.
[[nodiscard]] const char *context_current(struct cli *cli);
// Why another engine than this machine's would have to be asked: 0 when it is this one.
[[nodiscard]] int context_check_local(struct cli *cli);
// "default" is made up, all others are read. ERR_NOT_FOUND in docker's words.
[[nodiscard]] int context_read(struct cli *cli, const char *name, struct context *out);
[[nodiscard]] int context_exists(struct cli *cli, const char *name); // 1, 0, < 0
// All but "default", by name; those that cannot be read have the reason as their description and
// no host.
[[nodiscard]] int context_list(struct cli *cli, struct context **out, size_t *n_out);
[[nodiscard]] int context_read_tls(struct cli *cli, const struct context *context,
                                   struct context_tls *out);
// Writes name, metadata and endpoints; and, if given, the certificates in place of those there are.
[[nodiscard]] int context_write(struct cli *cli, const struct context *context,
                                const struct context_tls *tls);
[[nodiscard]] int context_remove(struct cli *cli, const char *name);
// Puts what description, host and skip_tls_verify say into metadata and endpoints.
void context_encode(struct arena *arena, struct context *context);
// The opposite, of a meta.json.
[[nodiscard]] int context_decode(struct arena *arena, const char *text, size_t n,
                                 struct context *out, struct err *err);
// meta.json.
const char *context_text(struct arena *arena, const struct context *context);
extern const struct json_field context_inspect_fields[]; // of struct context, as inspect shows it
