// SPDX-License-Identifier: Apache-2.0
// check.c — where a check stands, and the checks that several parts of a configuration need.
#include "oci/check.h"

#include "base/buf.h"
#include "base/idlist.h"
#include "base/mem.h"
#include "base/str.h"
#include "oci/words.h"

#include <string.h>

static void place_print(const struct place *at, struct buf *out)
{
    if (at == NULL)
        return;
    place_print(at->outer, out);
    if (at->name == NULL)
        buf_printf(out, "[%zu]", at->index);
    else
        buf_printf(out, "%s%.100s", out->n != 0 ? "." : "", at->name);
}

int check_fail(struct err *err, const struct place *at, const char *fmt, ...)
{
    AUTO_BUF struct buf path;
    buf_init(&path, 400);
    place_print(at, &path);
    va_list args;
    va_start(args, fmt);
    AUTO_FREE char *why = str_vprintf(fmt, args);
    va_end(args);
    return fail(err, ERR_INVALID, "%s%s%s", buf_get(&path), path.n != 0 ? ": " : "", why);
}

int check_word(struct err *err, const struct place *at, const char *const *words, const char *text)
{
    if (oci_word_find(words, text) >= 0)
        return 0;
    AUTO_BUF struct buf list;
    buf_init(&list, 600);
    for (size_t i = 0; words[i] != NULL; i++)
        buf_printf(&list, "%s%s", i != 0 ? ", " : "", words[i]);
    return check_fail(err, at, "\"%.80s\" is not one of %s", text, buf_get(&list));
}

int check_words(struct err *err, const struct place *at, const char *const *words,
                const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (check_word(err, PLACE_AT(at, i), words, texts[i]) < 0)
            return -1;
    return 0;
}

int check_range(struct err *err, const struct place *at, int64_t value, int64_t min, int64_t max)
{
    if (value >= min && value <= max)
        return 0;
    return check_fail(err, at, "must be from %jd to %jd: %jd", (intmax_t)min, (intmax_t)max,
                      (intmax_t)value);
}

int check_absolute(struct err *err, const struct place *at, const char *path)
{
    if (*path == '/')
        return 0;
    return check_fail(err, at, "must be an absolute path: \"%.200s\"", path);
}

int check_line(struct err *err, const struct place *at, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return check_fail(err, at, "must not have control characters (byte %zu is 0x%02x)",
                              (size_t)(c - text), (unsigned)*c);
    return 0;
}

int check_number_list(struct err *err, const struct place *at, const char *list, uint32_t limit)
{
    struct id_list set;
    struct err ignored;
    if (str_trim(str_of(list)).n == 0)
        return 0;
    if (id_list_parse(list, &set, &ignored) < 0 || id_list_end(&set) > limit)
        return check_fail(err, at, "must be a list of numbers up to %u such as 0-3,7: \"%.200s\"",
                          limit - 1, list);
    return 0;
}

int check_env(struct err *err, const struct place *at, const char *const *env, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (*env[i] == '=' || strchr(env[i], '=') == NULL)
            return check_fail(err, PLACE_AT(at, i), "must be NAME=value: \"%.200s\"", env[i]);
    return 0;
}

int check_id(struct err *err, const struct place *at, uint32_t id)
{
    if (id != UINT32_MAX)
        return 0;
    return check_fail(err, at, "%u stands for no id at all", id);
}

int check_interface_name(struct err *err, const struct place *at, const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return check_fail(err, at, "must be a network interface's name, 1 to 15 bytes: \"%.80s\"",
                          name);
    // '%' is a pattern that the kernel would fill in.
    if (strpbrk(name, "/:% \t\n\v\f\r") != NULL)
        return check_fail(err, at, "must not have '/', ':', '%%' or blanks: \"%s\"", name);
    return check_line(err, at, name);
}

static bool is_overlap(uint32_t a, uint32_t b, const struct oci_id_map *x,
                       const struct oci_id_map *y)
{
    return (uint64_t)a < (uint64_t)b + y->size && (uint64_t)b < (uint64_t)a + x->size;
}

int check_id_maps(struct err *err, const struct place *at, const struct oci_id_map *maps, size_t n)
{
    if (n > OCI_ID_MAPS_MAX)
        return check_fail(err, at, "more than %d mappings", OCI_ID_MAPS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct oci_id_map *map = &maps[i];
        const struct place *here = PLACE_AT(at, i);
        if (map->size == 0)
            return check_fail(err, PLACE(here, "size"), "must not be 0");
        if (map->size > UINT32_MAX - map->containerID || map->size > UINT32_MAX - map->hostID)
            return check_fail(err, here, "goes beyond the largest id, %u", UINT32_MAX - 1);
        for (size_t j = 0; j < i; j++)
            if (is_overlap(map->containerID, maps[j].containerID, map, &maps[j]) ||
                is_overlap(map->hostID, maps[j].hostID, map, &maps[j]))
                return check_fail(err, here, "overlaps with [%zu]", j);
    }
    return 0;
}
