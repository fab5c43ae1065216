// SPDX-License-Identifier: Apache-2.0
// config_walk_test.c — the tables know the whole specification, and nothing in a configuration can
// be replaced by anything so that reading it crashes.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "oci/config.h"
#include "oci/features.h"
#include "oci/state.h"

#include <fcntl.h>
#include <string.h>

enum { TEXT_MAX = 100'000 };

static const struct json_field *find_field(const struct json_field *fields, struct str name)
{
    for (; fields->name != NULL; fields++)
        if (str_is(name, fields->name))
            return fields;
    return NULL;
}

// "mounts[].uidMappings[].size", "linux.netDevices.*.name": a key that is data may be anything.
static bool is_known(const struct json_field *fields, struct str path)
{
    while (path.n != 0) {
        struct str part = str_cut(&path, '.');
        bool is_list = part.n > 2 && part.at[part.n - 1] == ']';
        part.n -= is_list ? 2 : 0;
        const struct json_field *field = fields == NULL ? NULL : find_field(fields, part);
        if (field == NULL || (is_list && field->kind != JSON_STRUCTS))
            return false;
        if (field->kind == JSON_MAP_STRUCTS)
            (void)str_cut(&path, '.');
        fields = field->fields;
    }
    return true;
}

static size_t count_fields(const struct json_field *fields)
{
    size_t n = 0;
    for (; fields->name != NULL; fields++)
        n += 1 + (fields->fields != NULL ? count_fields(fields->fields) : 0);
    return n;
}

static size_t check_paths(const char *name, const struct json_field *fields)
{
    AUTO_BUF struct buf text;
    struct err err = {};
    buf_init(&text, TEXT_MAX);
    CHECK_INT(file_read_at(AT_FDCWD, name, &text, &err), 0);
    size_t n = 0;
    for (struct str rest = {text.at, text.n}; rest.n != 0; n++) {
        struct str path = str_cut(&rest, '\n');
        AUTO_FREE char *copy = xstrndup(path.at, path.n);
        if (!is_known(fields, path))
            CHECK_STR(copy, "to be known");
    }
    return n;
}

TEST(config_tables_know_all_paths_of_the_specification)
{
    CHECK_INT(check_paths("tests/data/oci/linux-config-paths.txt", oci_config_fields), 223);
    CHECK(!is_known(oci_config_fields, STR("linux.nothing")));
    CHECK(!is_known(oci_config_fields, STR("process.cwd.x")));
    CHECK(!is_known(oci_config_fields, STR("process.args[].x")));
    // And nothing else: the list has both clocks of timeOffsets with their two members (6), the
    // table has the members only (2).
    CHECK_INT(count_fields(oci_config_fields), 223 - 4);
}

TEST(features_tables_know_all_paths_of_the_specification)
{
    CHECK_INT(check_paths("tests/data/oci/features-paths.txt", oci_features_fields), 33);
    CHECK_INT(count_fields(oci_features_fields), 33);
}

TEST(state_table_knows_all_paths_of_the_specification)
{
    CHECK_INT(check_paths("tests/data/oci/state-paths.txt", oci_state_fields), 6);
}

// One value of a JSON text, as a range of it.
struct span {
    size_t start, end;
};
struct spans {
    struct span at[2000];
    size_t n;
};

static size_t skip_blanks(const char *text, size_t i)
{
    return i + strspn(text + i, " \n\t\r");
}

static size_t skip_string(const char *text, size_t i)
{
    for (i++; text[i] != '"'; i++)
        i += text[i] == '\\';
    return i + 1;
}

// Notes the value at text[i] and all inside it; returns where it ends. The text is valid JSON.
static size_t find_spans(const char *text, size_t i, struct spans *spans)
{
    size_t mine = spans->n++;
    CHECK(spans->n < N_ELEMENTS(spans->at));
    size_t start = i;
    char kind = text[i];
    if (kind == '"') {
        i = skip_string(text, i);
    } else if (kind == '{' || kind == '[') {
        i = skip_blanks(text, i + 1);
        while (text[i] != '}' && text[i] != ']') {
            if (kind == '{') // the key and its colon
                i = skip_blanks(text, skip_blanks(text, skip_string(text, i)) + 1);
            i = skip_blanks(text, find_spans(text, i, spans));
            if (text[i] == ',')
                i = skip_blanks(text, i + 1);
        }
        i++;
    } else {
        i += strcspn(text + i, ",]} \n\t\r");
    }
    spans->at[mine] = (struct span){start, i};
    return i;
}

static void read_full(struct buf *text)
{
    struct err err = {};
    buf_init(text, TEXT_MAX);
    CHECK_INT(file_read_at(AT_FDCWD, "tests/data/oci/full.json", text, &err), 0);
}

TEST(config_with_everything_is_accepted_and_survives_a_round_trip)
{
    AUTO_BUF struct buf text;
    read_full(&text);
    AUTO_ARENA struct arena arena = {};
    struct oci_config config, again;
    struct err err = {};
    if (oci_config_parse(&arena, text.at, text.n, &config, &err) < 0)
        CHECK_STR(err.text, "");
    CHECK_INT(json_decode(&arena, text.at, text.n, oci_config_fields, &again, JSON_STRICT, &err),
              0);

    AUTO_BUF struct buf first, second;
    buf_init(&first, TEXT_MAX);
    buf_init(&second, TEXT_MAX);
    json_encode(&first, oci_config_fields, &config, JSON_PRETTY);
    CHECK_INT(oci_config_parse(&arena, first.at, first.n, &again, &err), 0);
    json_encode(&second, oci_config_fields, &again, JSON_PRETTY);
    CHECK_STR(buf_get(&first), buf_get(&second));
}

TEST(config_null_walk_neither_crashes_nor_blames_the_system)
{
    static const char *const values[] = {
        "null", "[]",     "{}",          "\"\"",       "-1",
        "0",    "1e999",  "1.5",         "true",       "[null]",
        "[{}]", "[\"\"]", "{\"\":null}", "{\"a\":{}}", "18446744073709551615"};
    AUTO_BUF struct buf text;
    read_full(&text);
    static struct spans spans;
    spans.n = 0;
    find_spans(text.at, skip_blanks(text.at, 0), &spans);
    CHECK(spans.n > 300);
    size_t refused = 0;
    for (size_t i = 0; i < spans.n; i++) {
        for (size_t j = 0; j < N_ELEMENTS(values); j++) {
            AUTO_BUF struct buf changed;
            buf_init(&changed, TEXT_MAX);
            buf_add(&changed, text.at, spans.at[i].start);
            buf_text(&changed, values[j]);
            buf_text(&changed, text.at + spans.at[i].end);
            AUTO_ARENA struct arena arena = {};
            struct oci_config config;
            struct err err = {};
            if (oci_config_parse(&arena, changed.at, changed.n, &config, &err) == 0)
                continue;
            CHECK_INT(err.kind, ERR_INVALID);
            CHECK(err.text[0] != '\0');
            refused++;
        }
    }
    CHECK(refused > spans.n);
}

TEST(config_cut_anywhere_is_refused)
{
    AUTO_BUF struct buf text;
    read_full(&text);
    size_t end = text.n;
    while (text.at[end - 1] != '}')
        end--;
    for (size_t n = 0; n < end; n++) {
        AUTO_ARENA struct arena arena = {};
        struct oci_config config;
        struct err err = {};
        CHECK(oci_config_parse(&arena, text.at, n, &config, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}
