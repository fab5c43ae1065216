// SPDX-License-Identifier: Apache-2.0
// devices_test.c — device rules: their meaning, and that v1's exceptions and v2's program have it.
#include "base/mem.h"
#include "base/test.h"
#include "cgroup/devices.h"

#include <string.h>

// --- a small machine for the programs that we make ---

static bool condition_holds(uint8_t code, uint64_t left, int32_t right)
{
    switch (BPF_OP(code)) {
    case BPF_JA:
        return true;
    case BPF_JNE:
        return left != (uint64_t)(int64_t)right;
    case BPF_JSET:
        return (left & (uint64_t)(int64_t)right) != 0;
    default:
        CHECK(!"an unknown jump");
        return false;
    }
}

static uint64_t compute(uint8_t code, uint64_t to, uint64_t operand)
{
    uint64_t result = 0;
    switch (BPF_OP(code)) {
    case BPF_MOV:
        result = operand;
        break;
    case BPF_AND:
        result = to & operand;
        break;
    case BPF_RSH:
        result = (uint32_t)to >> operand;
        break;
    default:
        CHECK(!"an unknown operation");
    }
    return BPF_CLASS(code) == BPF_ALU ? (uint32_t)result : result;
}

static bool run(const struct bpf_insn *program, size_t n, const struct bpf_cgroup_dev_ctx *context)
{
    uint64_t r[11] = {0};
    r[BPF_REG_1] = (uintptr_t)context;
    for (size_t at = 0, steps = 0;; at++, steps++) {
        CHECK(at < n && steps <= n); // only forward, and to an exit
        const struct bpf_insn *i = &program[at];
        switch (BPF_CLASS(i->code)) {
        case BPF_LDX: {
            uint32_t word;
            CHECK(i->src_reg == BPF_REG_1 && i->off >= 0 &&
                  (size_t)i->off + sizeof word <= sizeof *context);
            memcpy(&word, (const char *)context + i->off, sizeof word);
            r[i->dst_reg] = word;
            break;
        }
        case BPF_ALU:
        case BPF_ALU64:
            r[i->dst_reg] =
                compute(i->code, r[i->dst_reg],
                        BPF_SRC(i->code) == BPF_X ? r[i->src_reg] : (uint64_t)(int64_t)i->imm);
            break;
        case BPF_JMP:
            if (BPF_OP(i->code) == BPF_EXIT)
                return r[BPF_REG_0] != 0;
            if (condition_holds(i->code, r[i->dst_reg], i->imm))
                at += (size_t)i->off;
            break;
        default:
            CHECK(!"an unknown instruction");
        }
    }
}

// v1 as security/device_cgroup.c decides.
static bool set_allows(const struct device_set *set, char type, int64_t major, int64_t minor,
                       uint8_t access)
{
    for (size_t i = 0; i < set->n; i++) {
        const struct device_rule *e = &set->exceptions[i];
        bool is_named = e->type == type && (e->major == -1 || e->major == major) &&
                        (e->minor == -1 || e->minor == minor);
        if (is_named && set->is_allow_default && (e->access & access) != 0)
            return false;
        if (is_named && !set->is_allow_default && (access & ~e->access) == 0)
            return true;
    }
    return set->is_allow_default;
}

static unsigned seed = 1;
static unsigned pick(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n;
}

static struct device_list random_list(struct arena *arena, size_t max)
{
    size_t n = 1 + pick((unsigned)max);
    struct device_rule *rules = arena_array(arena, n, sizeof *rules);
    for (size_t i = 0; i < n; i++) {
        rules[i] = (struct device_rule){pick(2) == 0, pick(2) ? 'b' : 'c', (int)pick(4) - 1,
                                        (int)pick(4) - 1, (uint8_t)(1 + pick(7))};
        if (pick(12) == 0)
            rules[i] = (struct device_rule){pick(2) == 0, 'a', -1, -1, DEVICE_ALL};
    }
    return (struct device_list){true, rules, n};
}

static void check_program(const struct device_list *list, const struct bpf_insn *program, size_t n)
{
    for (unsigned i = 0; i < 4 * 4 * DEVICE_ALL; i++) {
        unsigned major = i % 4, minor = i / 4 % 4, access = i / 16 + 1;
        bool is_block = (major + minor + access) % 2 != 0;
        struct bpf_cgroup_dev_ctx context = {
            access << 16 | (is_block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR), major, minor};
        CHECK(run(program, n, &context) ==
              device_list_allows(list, is_block ? 'b' : 'c', major, minor, (uint8_t)access));
    }
}

TEST(the_program_answers_as_the_rules_mean)
{
    for (int round = 0; round < 3000; round++) {
        AUTO_ARENA struct arena arena = {0};
        struct device_list list = random_list(&arena, 12);
        struct bpf_insn *program;
        size_t n;
        struct err err;
        CHECK(devices_program(&arena, &list, &program, &n, &err) == 0);
        check_program(&list, program, n);
    }
}

TEST(v1_exceptions_answer_as_the_rules_mean_or_are_refused)
{
    int taken = 0;
    for (int round = 0; round < 5000; round++) {
        AUTO_ARENA struct arena arena = {0};
        struct device_list list = random_list(&arena, 6);
        struct device_set set;
        struct err err;
        if (device_set_make(&arena, &list, &set, &err) < 0) {
            CHECK_INT(err.kind, ERR_INVALID);
            CHECK_HAS(err.text, "cgroup v1 cannot");
            continue;
        }
        taken++;
        for (unsigned i = 0; i < 4 * 4 * DEVICE_ALL; i++) {
            unsigned major = i % 4, minor = i / 4 % 4;
            uint8_t access = (uint8_t)(i / 16 + 1);
            CHECK(set_allows(&set, 'c', major, minor, access) ==
                  device_list_allows(&list, 'c', major, minor, access));
        }
    }
    CHECK(taken > 1000);
}

static struct oci_device_rule rule(bool is_allow, const char *type, int64_t *major, int64_t *minor,
                                   const char *access)
{
    return (struct oci_device_rule){is_allow, type, major, minor, access};
}

TEST(no_rules_mean_no_control_and_any_rule_starts_from_denial)
{
    AUTO_ARENA struct arena arena = {0};
    struct device_list list;
    struct err err;
    CHECK(device_list_make(&arena, NULL, &list, &err) == 0);
    CHECK(device_list_allows(&list, 'b', 8, 0, DEVICE_WRITE));
    int64_t major = 10, minor = 229;
    struct oci_device_rule fuse = rule(true, "c", &major, &minor, "rw");
    struct oci_resources resources = {.devices = &fuse, .n_devices = 1};
    CHECK(device_list_make(&arena, &resources, &list, &err) == 0);
    CHECK(device_list_allows(&list, 'c', 10, 229, DEVICE_READ | DEVICE_WRITE));
    CHECK(!device_list_allows(&list, 'b', 8, 0, DEVICE_READ));
    CHECK(device_list_allows(&list, 'c', 1, 3, DEVICE_ALL));
    CHECK(device_list_allows(&list, 'b', 8, 0, DEVICE_MKNOD));
}

TEST(allowing_all_needs_no_default_devices)
{
    AUTO_ARENA struct arena arena = {0};
    struct device_list list;
    struct err err;
    struct oci_device_rule all = rule(true, NULL, NULL, NULL, NULL);
    struct oci_resources resources = {.devices = &all, .n_devices = 1};
    CHECK(device_list_make(&arena, &resources, &list, &err) == 0);
    CHECK_INT(list.n, 1);
    CHECK(device_list_allows(&list, 'b', 8, 0, DEVICE_ALL));
}

TEST(docker_s_list_is_short_in_v1)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t one = 1, three = 3, five = 5, ten = 10, fuse = 229, all = -1;
    struct oci_device_rule rules[] = {
        rule(false, NULL, NULL, NULL, "rwm"), rule(true, "c", &one, &five, "rwm"),
        rule(true, "c", &one, &three, "rwm"), rule(false, "c", &ten, &fuse, "rwm"),
        rule(true, "c", &five, &all, "r"),
    };
    struct oci_resources resources = {.devices = rules, .n_devices = N_ELEMENTS(rules)};
    struct device_list list;
    struct device_set set;
    struct err err;
    CHECK(device_list_make(&arena, &resources, &list, &err) == 0);
    CHECK(device_set_make(&arena, &list, &set, &err) == 0);
    CHECK(!set.is_allow_default);
    CHECK_STR(device_rule_text(&arena, &set.exceptions[0]), "c 1:5 rwm");
    CHECK_INT(set.n, 11);
}

TEST(rules_out_of_range_are_refused_by_number)
{
    static const struct {
        const char *type, *access, *part;
        int64_t major, minor;
    } rows[] = {
        {"c", "rw", "devices[0].major: 4096 is not", 4096, 0},
        {"c", "rw", "devices[0].minor: -2 is not", 1, -2},
        {"c", "rx", "devices[0].access: \"rx\" is not of rwm", 1, 1},
        {"x", "r", "devices[0].type: \"x\"", 1, 1},
        {"cc", "r", "devices[0].type: \"cc\"", 1, 1},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {0};
        int64_t major = rows[i].major, minor = rows[i].minor;
        struct oci_device_rule bad = rule(true, rows[i].type, &major, &minor, rows[i].access);
        struct oci_resources resources = {.devices = &bad, .n_devices = 1};
        struct device_list list;
        struct err err;
        CHECK(device_list_make(&arena, &resources, &list, &err) < 0);
        CHECK_HAS(err.text, rows[i].part);
    }
}

TEST(every_type_with_numbers_means_both_types)
{
    AUTO_ARENA struct arena arena = {0};
    int64_t seven = 7;
    struct oci_device_rule rules[] = {rule(true, "a", &seven, NULL, "r")};
    struct oci_resources resources = {.devices = rules, .n_devices = 1};
    struct device_list list;
    struct err err;
    CHECK(device_list_make(&arena, &resources, &list, &err) == 0);
    CHECK(device_list_allows(&list, 'b', 7, 1, DEVICE_READ));
    CHECK(device_list_allows(&list, 'c', 7, 1, DEVICE_READ));
    CHECK(!device_list_allows(&list, 'b', 7, 1, DEVICE_WRITE));
    CHECK(!device_list_allows(&list, 'b', 8, 1, DEVICE_READ));
}
