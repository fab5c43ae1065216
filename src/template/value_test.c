// SPDX-License-Identifier: Apache-2.0
// value_test.c — structs through their tables, rows with headings, limits.
#include "base/mem.h"
#include "template/rows_test.h"

struct inner {
    const char *text;
    int64_t *maybe;
};
struct outer {
    const char *id, *none;
    bool is_on;
    uint64_t natural;
    struct inner inside, *behind, *list;
    size_t n_list;
    const char **texts;
    size_t n_texts;
    struct json_pair *labels;
    size_t n_labels;
    const char *raw, *shaped;
};
// clang-format off
static const struct json_field inner_fields[] = {
    JSON_NAMED(struct inner, text, "Text", JSON_ALWAYS),
    JSON_NAMED(struct inner, maybe, "Maybe", JSON_OPTIONAL),
    {},
};
static const struct json_field outer_fields[] = {
    {.name = "Shaped", .offset = offsetof(struct outer, shaped), .kind = JSON_RAW,
     .fields = inner_fields, .size = sizeof(struct inner)},
    JSON_NAMED(struct outer, id, "Id", JSON_ALWAYS),
    JSON_NAMED(struct outer, none, "None", JSON_OPTIONAL),
    JSON_NAMED(struct outer, is_on, "IsOn", JSON_ALWAYS),
    JSON_NAMED(struct outer, natural, "Natural", JSON_ALWAYS),
    JSON_INSIDE_NAMED(struct outer, inside, "Inside", inner_fields, JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct outer, behind, "Behind", inner_fields, JSON_OPTIONAL),
    JSON_LIST_NAMED(struct outer, list, "List", inner_fields, JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct outer, texts, "Texts", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct outer, labels, "Labels", JSON_ALWAYS),
    { .name = "Raw", .offset = offsetof(struct outer, raw), .kind = JSON_RAW },
    {},
};
// clang-format on

static void check_struct(const struct outer *it, const char *text, const char *said)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf out = {};
    say(&arena, text, value_of_struct(outer_fields, it, "Outer"), 0, &out);
    CHECK_STR(buf_get(&out), said);
}

TEST(a_struct_is_seen_through_its_table)
{
    int64_t seven = 7;
    struct inner list[] = {{"one", NULL}, {"two", &seven}};
    const char *texts[] = {"a", "b"};
    struct json_pair labels[] = {{"z", "26"}, {"com.example", "1"}};
    const struct outer it = {
        .id = "abc",
        .is_on = true,
        .natural = UINT64_MAX,
        .inside = {"in", NULL},
        .list = list,
        .n_list = 2,
        .texts = texts,
        .n_texts = 2,
        .labels = labels,
        .n_labels = 2,
        .shaped = "{\"Maybe\":5}",
        .raw = "{\"b\":[1,2.5],\"a\":null}",
    };
    static const struct template_row rows[] = {
        {"{{.Id}} {{.IsOn}} {{.Natural}} [{{.None}}]", "abc true 18446744073709551615 []"},
        {"{{.ID}}", "abc"}, // Go's name of it
        {"{{.Inside.Text}} {{.Inside}} {{.Inside.Maybe}}", "in {in <nil>} <nil>"},
        {"{{.Behind}}", "<nil>"},
        {"{{range .List}}{{.Text}}={{.Maybe}};{{end}}", "one=<nil>;two=7;"},
        {"{{.Texts}} {{.Labels}} {{len .List}}", "[a b] map[com.example:1 z:26] 2"},
        {"{{index .Labels \"com.example\"}}[{{index .Labels \"no\"}}]{{.Labels.no}}",
         "1[]<no value>"},
        {"{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}", "com.example=1 z=26 "},
        {"{{.Raw}} {{.Raw.b}} {{json .Raw}}",
         "map[a:<nil> b:[1 2.5]] [1 2.5] {\"a\":null,\"b\":[1,2.5]}"},
        {"{{json .Inside}} {{json .Texts}} {{json .Behind}} {{json .Labels}}",
         "{\"Text\":\"in\"} [\"a\",\"b\"] null {\"com.example\":\"1\",\"z\":\"26\"}"},
        {"[{{.Shaped.Text}}] {{.Shaped.Maybe}} {{.Shaped}} {{json .Shaped}}",
         "[] 5 { 5} {\"Text\":\"\",\"Maybe\":5}"},
        {"{{json .List}}", "[{\"Text\":\"one\"},{\"Text\":\"two\",\"Maybe\":7}]"},
        {"{{printf \"%+v\" .Inside}}", "{Text:in Maybe:<nil>}"},
        {"{{eq .Natural 1}} {{gt .Natural 1}} {{.IsOn | not}}", "false true false"},
        {"{{.Behind.Text}}", "template: :1:9: executing \"\" at <.Behind.Text>: nil pointer "
                             "evaluating nil pointer.Text"},
        {"{{.Nope}}",
         "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type Outer"},
        {"{{.Inside.Nope}}", "template: :1:9: executing \"\" at <.Inside.Nope>: can't evaluate "
                             "field Nope in type Inside"},
        {"{{.Id 1}}",
         "template: :1:2: executing \"\" at <.Id>: Id has arguments but cannot be invoked "
         "as function"},
        {"{{.iD}}",
         "template: :1:2: executing \"\" at <.iD>: can't evaluate field iD in type Outer"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        check_struct(&it, rows[i].text, rows[i].said);
}

// --- rows ---

static const char *row_id(struct arena *arena, const void *row)
{
    return arena_printf(arena, "id-%s", (const char *)row);
}

static const char *row_name(struct arena *arena, const void *row)
{
    (void)arena;
    return row;
}

static const char *row_label(struct arena *arena, const void *row, const char *name)
{
    return arena_printf(arena, "%s of %s", name, (const char *)row);
}

static const char *row_nothing(struct arena *arena, const void *row)
{
    (void)arena;
    (void)row;
    return NULL;
}

static const struct row_field row_fields[] = {
    {.name = "Platform", .heading = "PLATFORM", .text = row_nothing},
    {.name = "Names", .heading = "NAMES", .text = row_name},
    {.name = "ID", .heading = "CONTAINER ID", .text = row_id},
    {.name = "Label", .text_of = row_label},
    {},
};
static const struct row_type row_type = {"*formatter.ContainerContext", row_fields};

TEST(a_row_makes_its_fields_when_they_are_asked_for)
{
    static const struct template_row rows[] = {
        {"{{.ID}}\t{{.Names}}", "id-x\tx"},
        {"{{.Label \"a.b\"}} {{\"c\" | .Label}} {{upper (.Label \"d\")}}",
         "a.b of x c of x D OF X"},
        {"{{json .}}", "{\"ID\":\"id-x\",\"Names\":\"x\",\"Platform\":null}"},
        {"{{json .ID}} {{.Platform}}", "\"id-x\" <nil>"},
        {"{{.Nope}}",
         "template: :1:2: executing \"\" at <.Nope>: can't evaluate field Nope in type "
         "*formatter.ContainerContext"},
        {"{{.Label}}",
         "template: :1:2: executing \"\" at <.Label>: wrong number of args for Label: "
         "want 1 got 0"},
        {"{{.ID 1}}",
         "template: :1:2: executing \"\" at <.ID>: wrong number of args for ID: want 0 "
         "got 1"},
        {"{{.Label 1}}", "template: :1:9: executing \"\" at <1>: expected string; found 1"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf out = {};
        say(&arena, rows[i].text, value_of_row(&row_type, "x"), 0, &out);
        CHECK_STR(buf_get(&out), rows[i].said);
    }
}

TEST(only_a_whole_row_as_json_has_html_escapes)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf out = {};
    say(&arena, "{{json .Names}} {{json .}}", value_of_row(&row_type, "<&>"), 0, &out);
    CHECK_STR(buf_get(&out), "\"<&>\" {\"ID\":\"id-\\u003c\\u0026\\u003e\",\"Names\":"
                             "\"\\u003c\\u0026\\u003e\",\"Platform\":null}");
}

TEST(headings_go_through_the_same_template)
{
    static const struct template_row rows[] = {
        {"{{.ID}}\t{{.Names}}", "CONTAINER ID\tNAMES"},
        {"{{.Label \"com.example.my-own_name\"}}", "my own name"},
        {"{{upper .Names}}{{json .ID}}{{truncate .ID 3}}{{lower .ID}}{{title .ID}}",
         "NAMESCONTAINER IDCONTAINER IDCONTAINER IDCONTAINER ID"},
        {"{{.Nope}}", "<no value>"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf out = {};
        say(&arena, rows[i].text, value_of_headings(&row_type), TEMPLATE_HEADS, &out);
        CHECK_STR(buf_get(&out), rows[i].said);
    }
}

// --- limits ---

static void check_refused(const char *text, const char *why)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf out = {};
    say(&arena, text, value_of_text("x"), 0, &out);
    CHECK_HAS(buf_get(&out), why);
}

TEST(a_template_cannot_take_all_time_and_memory)
{
    check_refused("{{range 99999999999}}{{end}}", "steps");
    check_refused("{{range 99999999999}}xxxxxxxxxx{{end}}", "the output is larger than");
    check_refused("{{$x := \"xxxxxxxx\"}}{{range 99}}{{$x = print $x $x}}{{end}}",
                  "values are larger");
    check_refused("{{range 999999}}{{$x := split \"aaaaaaaaaaaaaaaaaaaa\" \"\"}}{{end}}",
                  "values are larger");
    check_refused("{{pad \"x\" 99999999999 0}}", "values are larger");
    check_refused("{{printf \"%999999999d\" 1}}", "NOVERB");
    check_refused("{{define \"x\"}}{{template \"x\"}}{{end}}{{template \"x\"}}",
                  "exceeded maximum template depth");
}

TEST(a_template_has_a_depth_and_a_length)
{
    AUTO_BUF struct buf text;
    buf_init(&text, (size_t)2 * TEMPLATE_TEXT_MAX);
    buf_text(&text, "{{");
    for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
        buf_char(&text, '(');
    check_refused(buf_get(&text), "max expression depth exceeded");
    buf_clear(&text);
    for (int i = 0; i <= TEMPLATE_DEPTH_MAX; i++)
        buf_text(&text, "{{if .}}");
    check_refused(buf_get(&text), "max expression depth exceeded");
    for (int i = 0; i <= TEMPLATE_TEXT_MAX; i++)
        buf_char(&text, 'x');
    check_refused(buf_get(&text), "the template is larger than");
}

TEST(other_documents)
{
    static const struct {
        const char *json, *text, *said;
    } rows[] = {
        {"[1,\"a\",null,[],{}]", "{{.}} {{json .}} {{index . 2}} {{len .}}",
         "[1 a <nil> [] map[]] [1,\"a\",null,[],{}] <no value> 5"},
        {"null", "{{.}} {{.X}}", "<no value> <no value>"},
        {"{\"z\":1,\"a\":2,\"M\":3}", "{{range $k,$v := .}}{{$k}}{{end}} {{.}}",
         "Maz map[M:3 a:2 z:1]"},
        {"{\"u\":\"é日本\"}", "{{.u}} {{len .u}} {{printf \"%q %5.2s| %x\" .u .u .u}}",
         "é日本 8 \"é日本\"    é日| c3a9e697a5e69cac"},
        {"18446744073709551615", "{{.}} {{gt . 1}}", "18446744073709551615 true"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf out = {};
        struct err err = {};
        struct value data;
        CHECK_INT(value_of_json(&arena, rows[i].json, strlen(rows[i].json), 0, &data, &err), 0);
        say(&arena, rows[i].text, data, 0, &out);
        CHECK_STR(buf_get(&out), rows[i].said);
    }
}
