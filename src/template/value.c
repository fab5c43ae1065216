// SPDX-License-Identifier: Apache-2.0
// value.c — values from structs, JSON and headings, and what is in them.
//
// A struct's member that is a pointer and NULL is VALUE_NIL, a list without elements is an empty
// list: what Go has for fields that are not there, so that {{.State.Health}} says <nil>.
#include "json/tree.h"
#include "template/parts.h"

#include <stdlib.h>
#include <string.h>

static int compare_keys(const void *a, const void *b)
{
    const struct str *left = a, *right = b;
    int order = memcmp(left->at, right->at, left->n < right->n ? left->n : right->n);
    return order != 0 ? order : (left->n > right->n) - (left->n < right->n);
}

// Sorts keys and values together: the values follow through an array of pairs.
struct entry {
    struct str key;
    struct value value;
};

static struct value map_of(struct arena *arena, struct entry *entries, size_t n,
                           enum value_kind element)
{
    struct str *keys = arena_array(arena, n + 1, sizeof *keys);
    struct value *values = arena_array(arena, n + 1, sizeof *values);
    qsort(entries, n, sizeof *entries, compare_keys);
    for (size_t i = 0; i < n; i++) {
        keys[i] = entries[i].key;
        values[i] = entries[i].value;
    }
    return (struct value){
        .kind = VALUE_MAP, .values = values, .keys = keys, .n = n, .element = element};
}

const struct value *map_get(const struct value *map, struct str key)
{
    const struct str *found =
        map->n != 0 ? bsearch(&key, map->keys, map->n, sizeof key, compare_keys) : NULL;
    return found != NULL ? &map->values[found - map->keys] : NULL;
}

// --- JSON ---

static struct value number_of(const struct json_node *node, enum value_flags flags)
{
    struct str text = {node->text, node->n};
    struct value value = {.kind = VALUE_NUMBER, .text = text};
    if (flags & VALUE_NUMBERS)
        return value;
    if (str_to_i64(text, &value.whole))
        value.kind = VALUE_INT;
    else if (str_to_u64(text, &value.natural))
        value.kind = VALUE_UINT;
    else
        value = (struct value){.kind = VALUE_FLOAT, .fraction = strtod(node->text, NULL)};
    return value;
}

static struct value value_of_node(struct arena *arena, const struct json_node *node,
                                  enum value_flags flags)
{
    switch (node->kind) {
    case TREE_NULL:
        break;
    case TREE_FALSE:
    case TREE_TRUE:
        return (struct value){.kind = VALUE_BOOL, .truth = node->kind == TREE_TRUE};
    case TREE_NUMBER:
        return number_of(node, flags);
    case TREE_TEXT:
        return (struct value){.kind = VALUE_TEXT, .text = {node->text, node->n}};
    case TREE_LIST: {
        struct value *values = arena_array(arena, node->n + 1, sizeof *values);
        for (size_t i = 0; i < node->n; i++)
            values[i] = value_of_node(arena, &node->children[i], flags);
        return (struct value){
            .kind = VALUE_LIST, .values = values, .n = node->n, .element = VALUE_NULL};
    }
    case TREE_OBJECT: {
        struct entry *entries = arena_array(arena, node->n + 1, sizeof *entries);
        for (size_t i = 0; i < node->n; i++)
            entries[i] = (struct entry){str_of(node->children[i].key),
                                        value_of_node(arena, &node->children[i], flags)};
        return map_of(arena, entries, node->n, VALUE_NULL);
    }
    }
    return (struct value){.kind = VALUE_NULL};
}

int value_of_json(struct arena *arena, const char *text, size_t n, enum value_flags flags,
                  struct value *out, struct err *err)
{
    struct json_node node;
    if (json_tree(arena, text, n, &node, err) < 0)
        return -1;
    *out = value_of_node(arena, &node, flags);
    return 0;
}

// --- structs ---

// An element of a list or a map: a struct, or the one member that stands for it (bind.h).
static struct value element_of(struct arena *arena, const struct json_field *field,
                               const void *element)
{
    if (json_is_document(field->fields))
        return value_of_field(arena, field->fields, element);
    return value_of_struct(field->fields, element, field->name);
}

static struct value list_of(struct arena *arena, const struct json_field *field,
                            const char *elements, size_t n)
{
    struct value *values = arena_array(arena, n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        if (field->kind == JSON_STRINGS)
            values[i] = value_of_text(((const char *const *)(const void *)elements)[i]);
        else if (field->kind == JSON_NUMBERS)
            values[i] = (struct value){.kind = VALUE_UINT,
                                       .natural = ((const uint32_t *)(const void *)elements)[i]};
        else
            values[i] = element_of(arena, field, elements + i * field->size);
    }
    return (struct value){.kind = VALUE_LIST,
                          .values = values,
                          .n = n,
                          .element = field->kind == JSON_STRINGS ? VALUE_TEXT : VALUE_NIL};
}

// A table's own text that is no JSON is shown as it is.
static struct value value_of_raw(struct arena *arena, const char *text)
{
    struct value value = {.kind = VALUE_NULL};
    struct err ignored;
    if (text != NULL && value_of_json(arena, text, strlen(text), 0, &value, &ignored) < 0)
        value = value_of_text(text);
    return value;
}

// A struct where the table says what the text holds.
static struct value value_of_raw_field(struct arena *arena, const struct json_field *field,
                                       const char *text)
{
    struct err ignored;
    void *behind = field->fields != NULL && text != NULL ? arena_alloc(arena, field->size) : NULL;
    if (behind != NULL &&
        json_decode(arena, text, strlen(text), field->fields, behind, JSON_LENIENT, &ignored) == 0)
        return value_of_struct(field->fields, behind, field->name);
    return value_of_raw(arena, text);
}

// Elements of a map are pairs of a key and a text, or structs that begin with their key.
static struct value map_of_field(struct arena *arena, const struct json_field *field,
                                 const char *elements, size_t n)
{
    struct entry *entries = arena_array(arena, n + 1, sizeof *entries);
    bool is_pair = field->kind != JSON_MAP_STRUCTS;
    for (size_t i = 0; i < n; i++) {
        const void *element = elements + i * (is_pair ? sizeof(struct json_pair) : field->size);
        const struct json_pair *pair = element;
        entries[i].key = str_of(*(const char *const *)element);
        if (field->kind == JSON_MAP)
            entries[i].value = value_of_text(pair->value);
        else if (field->kind == JSON_MAP_RAW)
            entries[i].value = value_of_raw(arena, pair->value);
        else
            entries[i].value = element_of(arena, field, element);
    }
    return map_of(arena, entries, n,
                  field->kind == JSON_MAP       ? VALUE_TEXT
                  : field->kind == JSON_MAP_RAW ? VALUE_NULL
                                                : VALUE_NIL);
}

struct value value_of_field(struct arena *arena, const struct json_field *field, const void *from)
{
    const void *at = (const char *)from + field->offset;
    // Only lists and pointers begin with a pointer; a bool at the end of a struct has no eight
    // bytes.
    bool is_elsewhere = field->count_offset != 0 || (field->flags & JSON_POINTER) != 0;
    const void *elements = is_elsewhere ? *(const void *const *)at : NULL;
    size_t n = field->count_offset != 0
                   ? *(const size_t *)(const void *)((const char *)from + field->count_offset)
                   : 0;
    if (field->flags & JSON_POINTER) {
        at = elements;
        if (at == NULL)
            return (struct value){.kind = VALUE_NIL};
    }
    switch ((enum json_kind)field->kind) {
    case JSON_STRING:
        return value_of_text(*(const char *const *)at);
    case JSON_BOOL:
        return (struct value){.kind = VALUE_BOOL, .truth = *(const bool *)at};
    case JSON_INT:
        return (struct value){.kind = VALUE_INT, .whole = *(const int64_t *)at};
    case JSON_UINT:
        return (struct value){.kind = VALUE_UINT, .natural = *(const uint64_t *)at};
    case JSON_U32:
        return (struct value){.kind = VALUE_UINT, .natural = *(const uint32_t *)at};
    case JSON_DOUBLE:
        return (struct value){.kind = VALUE_FLOAT, .fraction = *(const double *)at};
    case JSON_ENUM:
        return value_of_text(field->words[*(const int *)at]);
    case JSON_RAW:
        return value_of_raw_field(arena, field, *(const char *const *)at);
    case JSON_STRUCT:
        return value_of_struct(field->fields, at, field->name);
    case JSON_STRINGS:
    case JSON_NUMBERS:
    case JSON_STRUCTS:
        return list_of(arena, field, elements, n);
    case JSON_MAP:
    case JSON_MAP_RAW:
    case JSON_MAP_STRUCTS:
        return map_of_field(arena, field, elements, n);
    case JSON_END:
        break;
    }
    abort(); // a table that a test has never read
}

// The same name, or the one that Go's struct has where JSON's differs in case only: .ID for Id,
// .Scope for scope.
static bool is_name_of(const char *field, struct str name)
{
    return strlen(field) == name.n && strncasecmp(field, name.at, name.n) == 0 &&
           (field[0] == name.at[0] || (name.at[0] >= 'A' && name.at[0] <= 'Z'));
}

bool value_member(struct arena *arena, const struct value *value, struct str name,
                  struct value *out)
{
    const struct json_field *field = value->fields, *near = NULL;
    for (; field->name != NULL && !str_is(name, field->name); field++) {
        if (is_name_of(field->name, name))
            near = field;
    }
    if (field->name == NULL)
        field = near;
    if (field == NULL)
        return false;
    *out = value_of_field(arena, field, value->from);
    return true;
}

// --- rows ---

const struct row_field *row_field_find(const struct row_type *type, struct str name)
{
    for (const struct row_field *field = type->fields; field->name != NULL; field++) {
        if (str_is(name, field->name))
            return field;
    }
    return NULL;
}

struct value headings_map(struct arena *arena, const struct row_type *type)
{
    size_t n = 0;
    while (type->fields[n].name != NULL)
        n++;
    struct entry *entries = arena_array(arena, n + 1, sizeof *entries);
    size_t n_entries = 0;
    for (size_t i = 0; i < n; i++) {
        if (type->fields[i].text != NULL)
            entries[n_entries++] = (struct entry){str_of(type->fields[i].name),
                                                  value_of_text(type->fields[i].heading)};
    }
    return map_of(arena, entries, n_entries, VALUE_TEXT);
}

struct value row_value(struct arena *arena, const struct row_field *field, const void *row)
{
    const char *text = field->text(arena, row);
    return text != NULL ? value_of_text(text) : (struct value){.kind = VALUE_NIL};
}

// --- what a value is ---

bool value_truth(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
    case VALUE_NIL:
        return false;
    case VALUE_BOOL:
        return value->truth;
    case VALUE_INT:
    case VALUE_UINT:
        return value->natural != 0;
    case VALUE_FLOAT:
        return value->fraction < 0 || value->fraction > 0 || value->fraction != value->fraction;
    case VALUE_TEXT:
    case VALUE_NUMBER:
        return value->text.n != 0;
    case VALUE_LIST:
    case VALUE_MAP:
        return value->n != 0;
    case VALUE_STRUCT:
    case VALUE_ROW:
    case VALUE_HEADS:
        break;
    }
    return true;
}

const char *value_type(struct arena *arena, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
        return "interface {}";
    case VALUE_NIL:
        return "nil pointer";
    case VALUE_BOOL:
        return "bool";
    case VALUE_INT:
        return "int";
    case VALUE_UINT:
        return "uint64";
    case VALUE_FLOAT:
        return "float64";
    case VALUE_TEXT:
        return "string";
    case VALUE_NUMBER:
        return "json.Number";
    case VALUE_LIST:
    case VALUE_MAP:
        return arena_printf(arena, "%s%s", value->kind == VALUE_LIST ? "[]" : "map[string]",
                            value->element == VALUE_TEXT ? "string" : "interface {}");
    case VALUE_STRUCT:
        return value->type != NULL ? value->type : "struct";
    case VALUE_ROW:
        return value->row_type->type;
    case VALUE_HEADS:
        return "formatter.SubHeaderContext";
    }
    return "";
}

const char *text_of(struct arena *arena, const struct value *text)
{
    return arena_strndup(arena, text->text.at, text->text.n);
}
