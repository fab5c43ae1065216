// SPDX-License-Identifier: Apache-2.0
// devices.c — the ordered device rules of a config, and their meaning.
#include "cgroup/devices.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

// Numbers: Documentation/admin-guide/devices.txt.
static const struct device_rule default_rules[] = {
    {true, 'c', -1, -1, DEVICE_MKNOD}, {true, 'b', -1, -1, DEVICE_MKNOD}, // a node opens nothing
    {true, 'c', 1, 3, DEVICE_ALL},                                        // null
    {true, 'c', 1, 5, DEVICE_ALL},                                        // zero
    {true, 'c', 1, 7, DEVICE_ALL},                                        // full
    {true, 'c', 1, 8, DEVICE_ALL},                                        // random
    {true, 'c', 1, 9, DEVICE_ALL},                                        // urandom
    {true, 'c', 5, 0, DEVICE_ALL},                                        // tty
    {true, 'c', 5, 2, DEVICE_ALL},                                        // ptmx
    {true, 'c', 136, -1, DEVICE_ALL},                                     // pts
};

static int access_of(const char *text, size_t at, uint8_t *out, struct err *err)
{
    static const struct {
        char letter;
        uint8_t bit;
    } letters[] = {{'r', DEVICE_READ}, {'w', DEVICE_WRITE}, {'m', DEVICE_MKNOD}};
    uint8_t access = 0;
    for (const char *c = text; c != NULL && *c != '\0'; c++) {
        uint8_t bit = 0;
        for (size_t i = 0; i < N_ELEMENTS(letters); i++)
            if (letters[i].letter == *c)
                bit = letters[i].bit;
        if (bit == 0)
            return fail(err, ERR_INVALID, "resources.devices[%zu].access: \"%.20s\" is not of rwm",
                        at, text);
        access |= bit;
    }
    *out = access != 0 ? access : DEVICE_ALL;
    return 0;
}

// Kernel numbers: 12 bits of major, 20 of minor (kdev_t.h); -1 and absence mean all.
static int number_of(const int64_t *number, int64_t max, const char *name, size_t at, int64_t *out,
                     struct err *err)
{
    int64_t value = number != NULL ? *number : -1;
    if (value < -1 || value > max)
        return fail(err, ERR_INVALID, "resources.devices[%zu].%s: %jd is not from 0 to %jd", at,
                    name, (intmax_t)value, (intmax_t)max);
    *out = value;
    return 0;
}

static int rule_of(const struct oci_device_rule *from, size_t at, struct device_rule *out,
                   struct err *err)
{
    struct device_rule rule = {.is_allow = from->allow};
    const char *type = from->type != NULL ? from->type : "a";
    if (type[0] == '\0' || type[1] != '\0' || strchr("abcu", type[0]) == NULL)
        return fail(err, ERR_INVALID, "resources.devices[%zu].type: \"%.20s\" is not a, b or c", at,
                    type);
    rule.type = type[0] == 'u' ? 'c' : type[0];
    if (number_of(from->major, (1 << 12) - 1, "major", at, &rule.major, err) < 0 ||
        number_of(from->minor, (1 << 20) - 1, "minor", at, &rule.minor, err) < 0 ||
        access_of(from->access, at, &rule.access, err) < 0)
        return -1;
    *out = rule;
    return 0;
}

// "Every device" forgets what was before; "every device of these numbers" is a rule for each type.
static void add_rule(struct device_list *list, const struct device_rule *rule)
{
    bool is_all = rule->major == -1 && rule->minor == -1 && rule->access == DEVICE_ALL;
    if (rule->type == 'a' && is_all)
        list->n = 0;
    list->rules[list->n++] = *rule;
    if (rule->type == 'a' && !is_all) {
        list->rules[list->n - 1].type = 'b';
        list->rules[list->n] = *rule;
        list->rules[list->n++].type = 'c';
    }
}

int device_list_make(struct arena *arena, const struct oci_resources *resources,
                     struct device_list *out, struct err *err)
{
    struct device_list list = {0};
    size_t given = resources != NULL ? resources->n_devices : 0;
    if (given > DEVICE_RULES_MAX)
        return fail(err, ERR_INVALID, "resources.devices: %zu rules, at most %d are taken", given,
                    DEVICE_RULES_MAX);
    if (given != 0) {
        list.is_given = true;
        list.rules = arena_array(arena, given * 2 + N_ELEMENTS(default_rules), sizeof *list.rules);
    }
    for (size_t i = 0; i < given; i++) {
        struct device_rule rule;
        if (rule_of(&resources->devices[i], i, &rule, err) < 0)
            return -1;
        add_rule(&list, &rule);
    }
    // Nothing to add to "everything is allowed".
    if (given != 0 && !(list.n == 1 && list.rules[0].type == 'a' && list.rules[0].is_allow)) {
        memcpy(list.rules + list.n, default_rules, sizeof default_rules);
        list.n += N_ELEMENTS(default_rules);
    }
    *out = list;
    return 0;
}

static bool rule_names(const struct device_rule *rule, char type, int64_t major, int64_t minor)
{
    return (rule->type == 'a' || rule->type == type) &&
           (rule->major == -1 || rule->major == major) &&
           (rule->minor == -1 || rule->minor == minor);
}

bool device_list_allows(const struct device_list *list, char type, int64_t major, int64_t minor,
                        uint8_t access)
{
    if (!list->is_given)
        return true;
    uint8_t open = access; // accesses that no rule has decided yet
    for (size_t i = list->n; i-- > 0 && open != 0;) {
        const struct device_rule *rule = &list->rules[i];
        if (!rule_names(rule, type, major, minor))
            continue;
        if (!rule->is_allow && (rule->access & open) != 0)
            return false;
        open &= (uint8_t)~rule->access;
    }
    return open == 0;
}
