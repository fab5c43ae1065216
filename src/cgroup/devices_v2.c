// SPDX-License-Identifier: Apache-2.0
// devices_v2.c — device rules in cgroup v2: a BPF program that the kernel asks about each open and
// mknod.
//
// The program is given {access << 16 | type, major, minor} and answers 1 (yes) or 0. It keeps the
// accesses that no rule has decided yet and looks at the rules from the last to the first: a rule
// that names the device takes its accesses away when it allows, and answers 0 when it denies one of
// them. What is left at the end is denied. Kernel: Documentation/bpf/, include/uapi/linux/bpf.h
// (BPF_DEVCG_…); the access bits there are ours, too.
//
// An update replaces our own program, found by its name, in one step: there is no moment without
// one, and systemd's program beside it stays.
#include "base/mem.h"
#include "cgroup/devices.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>

static_assert((int)DEVICE_MKNOD == (int)BPF_DEVCG_ACC_MKNOD &&
              (int)DEVICE_READ == (int)BPF_DEVCG_ACC_READ &&
              (int)DEVICE_WRITE == (int)BPF_DEVCG_ACC_WRITE);

#define PROGRAM_NAME "dhow_devices" // at most BPF_OBJ_NAME_LEN - 1
enum {
    INSTRUCTIONS_PER_RULE = 8,
    INSTRUCTIONS_FIXED = 16,
    PROGRAMS_MAX = 64, // the kernel's own limit of programs on a cgroup (BPF_CGROUP_MAX_PROGS)
    LOG_MAX = 64 * 1024,
};

// r1 the context; r2 type, r3 open accesses, r4 major, r5 minor, r6 scratch, r0 the answer.
struct assembler {
    struct bpf_insn *at;
    size_t n;
};

static void emit(struct assembler *as, uint8_t code, uint8_t to, uint8_t from, int16_t offset,
                 int32_t number)
{
    as->at[as->n++] = (struct bpf_insn){
        .code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = number};
}

static void emit_start(struct assembler *as)
{
    emit(as, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_3, BPF_REG_1,
         offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
    emit(as, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_3, 0, 0);
    emit(as, BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
    emit(as, BPF_ALU | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
    emit(as, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1,
         offsetof(struct bpf_cgroup_dev_ctx, major), 0);
    emit(as, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_5, BPF_REG_1,
         offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
    emit(as, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0);
}

static void emit_answer(struct assembler *as, int32_t answer)
{
    emit(as, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, answer);
    emit(as, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

// Conditions jump to the rule's end; their distances are filled in when that is known.
static void emit_rule(struct assembler *as, const struct device_rule *rule)
{
    size_t skips[3];
    size_t n_skips = 0;
    const struct {
        bool is_needed;
        uint8_t reg;
        int32_t value;
    } conditions[] = {
        {rule->type != 'a', BPF_REG_2,
         rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR},
        {rule->major != -1, BPF_REG_4, (int32_t)rule->major},
        {rule->minor != -1, BPF_REG_5, (int32_t)rule->minor},
    };
    for (size_t i = 0; i < N_ELEMENTS(conditions); i++) {
        if (!conditions[i].is_needed)
            continue;
        skips[n_skips++] = as->n;
        emit(as, BPF_JMP | BPF_JNE | BPF_K, conditions[i].reg, 0, 0, conditions[i].value);
    }
    if (rule->is_allow) {
        emit(as, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_3, 0, 0, DEVICE_ALL & ~rule->access);
        emit(as, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_3, 0, 2, 0); // some are still open
        emit_answer(as, 1);
    } else {
        emit(as, BPF_JMP | BPF_JSET | BPF_K, BPF_REG_3, 0, 1, rule->access);
        emit(as, BPF_JMP | BPF_JA, 0, 0, 1, 0);
        emit(as, BPF_JMP | BPF_EXIT, 0, 0, 0, 0); // r0 is 0 since the start
    }
    for (size_t i = 0; i < n_skips; i++)
        as->at[skips[i]].off = (int16_t)(as->n - skips[i] - 1);
}

int devices_program(struct arena *arena, const struct device_list *list, struct bpf_insn **out,
                    size_t *out_n, struct err *err)
{
    if (list->n > 2 * DEVICE_RULES_MAX + 64)
        return fail(err, ERR_INVALID, "resources.devices: too many rules");
    struct assembler as = {arena_array(arena, list->n * INSTRUCTIONS_PER_RULE + INSTRUCTIONS_FIXED,
                                       sizeof(struct bpf_insn)),
                           0};
    emit_start(&as);
    for (size_t i = list->n; i-- > 0;)
        emit_rule(&as, &list->rules[i]);
    emit_answer(&as, 0);
    *out = as.at;
    *out_n = as.n;
    return 0;
}

// --- loading and attaching ---

static int bpf(int command, union bpf_attr *attributes)
{
    return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static int load(const struct bpf_insn *program, size_t n, struct err *err)
{
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insns = (uintptr_t)program,
                           .insn_cnt = (uint32_t)n,
                           .license = (uintptr_t) "Apache-2.0",
                           .prog_name = PROGRAM_NAME};
    int fd = bpf(BPF_PROG_LOAD, &load);
    if (fd < 0)
        return fail_sys(err, "load the program for resources.devices (%zu instructions)", n);
    return fd;
}

// The descriptor of our program on the cgroup, or -1 when there is none.
static int find_ours(int cgroup_fd)
{
    uint32_t ids[PROGRAMS_MAX] = {0};
    union bpf_attr query = {.query = {.target_fd = (uint32_t)cgroup_fd,
                                      .attach_type = BPF_CGROUP_DEVICE,
                                      .prog_ids = (uintptr_t)ids,
                                      .prog_cnt = PROGRAMS_MAX}};
    if (bpf(BPF_PROG_QUERY, &query) < 0)
        return -1;
    for (uint32_t i = 0; i < query.query.prog_cnt && i < PROGRAMS_MAX; i++) {
        union bpf_attr get = {.prog_id = ids[i]};
        AUTO_FD int fd = bpf(BPF_PROG_GET_FD_BY_ID, &get);
        struct bpf_prog_info info = {0};
        union bpf_attr ask = {
            .info = {.bpf_fd = (uint32_t)fd, .info_len = sizeof info, .info = (uintptr_t)&info}};
        if (fd >= 0 && bpf(BPF_OBJ_GET_INFO_BY_FD, &ask) == 0 &&
            strcmp(info.name, PROGRAM_NAME) == 0)
            return TAKE_FD(fd);
    }
    return -1;
}

static int attach(int cgroup_fd, int program_fd, bool is_update, const char *path, struct err *err)
{
    AUTO_FD int old = is_update ? find_ours(cgroup_fd) : -1;
    union bpf_attr attach = {.target_fd = (uint32_t)cgroup_fd,
                             .attach_bpf_fd = (uint32_t)program_fd,
                             .attach_type = BPF_CGROUP_DEVICE,
                             .attach_flags = BPF_F_ALLOW_MULTI};
    if (old >= 0) {
        attach.attach_flags |= BPF_F_REPLACE;
        attach.replace_bpf_fd = (uint32_t)old;
    }
    if (bpf(BPF_PROG_ATTACH, &attach) < 0)
        return fail_sys(err, "set resources.devices: attach the program to %s%s", path,
                        errno == EPERM ? " (a parent cgroup's program forbids others)" : "");
    return 0;
}

int devices_apply_v2(const struct cgroup *cgroup, const struct device_list *list, bool is_update,
                     struct err *err)
{
    const struct hierarchy *hierarchy = hierarchy_get(cgroup, "devices");
    if (!list->is_given || hierarchy == NULL || hierarchy->is_left_out)
        return 0;
    // "All are allowed" needs no program; on update it may have to replace one.
    bool is_all = list->n == 1 && list->rules[0].type == 'a' && list->rules[0].is_allow;
    if (is_all && !is_update)
        return 0;
    AUTO_ARENA struct arena arena = {0};
    struct bpf_insn *program;
    size_t n;
    if (devices_program(&arena, list, &program, &n, err) < 0)
        return -1;
    AUTO_FD int program_fd = load(program, n, err);
    if (program_fd < 0 && cgroup->is_rootless && err->sys == EPERM)
        return 0; // in a user namespace no device node can be made that opens anything
    if (program_fd < 0)
        return -1;
    AUTO_FD int cgroup_fd = open(hierarchy->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cgroup_fd < 0)
        return fail_sys(err, "open cgroup %s", hierarchy->path);
    return attach(cgroup_fd, program_fd, is_update, hierarchy->path, err);
}
