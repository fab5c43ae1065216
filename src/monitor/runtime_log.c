// SPDX-License-Identifier: Apache-2.0
// runtime_log.c — why an OCI runtime failed, from its --log-format json.
#include "monitor/runtime_log.h"

#include "base/mem.h"
#include "json/bind.h"

#include <string.h>

struct log_entry {
    const char *level, *msg;
};
static const struct json_field entry_fields[] = {
    JSON_FIELD(struct log_entry, level, JSON_OPTIONAL),
    JSON_FIELD(struct log_entry, msg, JSON_OPTIONAL),
    {},
};

// What docker answers with "not found" (exit status 127) and "cannot be invoked" (126).
static const struct {
    const char *words;
    enum err_kind kind;
} kinds[] = {
    {"executable file not found", ERR_NOT_FOUND},
    {"executable file `", ERR_NOT_FOUND},
    {"no such file or directory", ERR_NOT_FOUND},
    {"No such file or directory", ERR_NOT_FOUND},
    {"permission denied", ERR_DENIED},
    {"Permission denied", ERR_DENIED},
    {"is a directory", ERR_DENIED},
};

enum err_kind runtime_error_kind(const char *text)
{
    for (size_t i = 0; i < N_ELEMENTS(kinds); i++) {
        if (strstr(text, kinds[i].words) != NULL)
            return kinds[i].kind;
    }
    return ERR_SYSTEM;
}

const char *runtime_log_message(struct arena *arena, struct str log)
{
    const char *message = NULL;
    while (log.n != 0) {
        struct str line = str_cut(&log, '\n');
        struct log_entry entry;
        struct err ignored; // a line that is none says nothing
        if (line.n != 0 &&
            json_decode(arena, line.at, line.n, entry_fields, &entry, JSON_LENIENT, &ignored) ==
                0 &&
            entry.msg != NULL && (message == NULL || text_equal(entry.level, "error")))
            message = entry.msg;
    }
    return message;
}
