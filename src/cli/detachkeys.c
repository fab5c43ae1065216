// SPDX-License-Identifier: Apache-2.0
// detachkeys.c — a sequence that is not finished is held back, and sent when something else comes.
#include "cli/detachkeys.h"

#include "base/str.h"

#include <string.h>

static bool read_key(struct str key, char *out)
{
    static const char behind[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_"; // ctrl-@ is 0
    if (key.n == 1) {
        *out = key.at[0];
        return true;
    }
    if (str_is(key, "DEL")) {
        *out = 127;
        return true;
    }
    const char *code = NULL;
    if (key.n == 6 && str_starts(key, "ctrl-") && key.at[5] != '\0')
        code = strchr(behind, key.at[5]);
    if (code == NULL)
        return false;
    *out = (char)(code - behind);
    return true;
}

int detach_keys_parse(const char *text, struct detach_keys *out, struct err *err)
{
    struct detach_keys keys = {};
    struct str rest = str_of(text_is_empty(text) ? DETACH_KEYS_USUAL : text);
    bool goes_on = true;
    while (goes_on) {
        goes_on = memchr(rest.at, ',', rest.n) != NULL;
        struct str key = str_cut(&rest, ',');
        if (keys.n == DETACH_KEYS_MAX || !read_key(key, &keys.at[keys.n]))
            return fail(err, ERR_INVALID,
                        "Invalid detach keys (%s) provided: keys are single characters, ctrl- and "
                        "a letter or one of @ [ \\ ] ^ _, or DEL, with commas between",
                        text);
        keys.n++;
    }
    *out = keys;
    return 0;
}

long detach_keys_filter(struct detach_keys *keys, const char *bytes, size_t n, char *out)
{
    long done = 0;
    for (size_t i = 0; i < n; i++) {
        if (keys->matched != 0 && bytes[i] != keys->at[keys->matched]) {
            memcpy(out + done, keys->at, keys->matched);
            done += (long)keys->matched;
            keys->matched = 0;
        }
        if (bytes[i] != keys->at[keys->matched]) {
            out[done++] = bytes[i];
            continue;
        }
        keys->matched++;
        if (keys->matched == keys->n)
            return -1 - done;
    }
    return done;
}
