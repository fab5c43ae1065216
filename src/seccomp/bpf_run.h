// SPDX-License-Identifier: Apache-2.0
// bpf_run.h — runs a seccomp program for one system call, so that tests can ask what it decides.
//
// Not here: anything the kernel needs. Only tests include it.
#pragma once
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BPF_RUN_BROKEN = 0xdeadbeef };

static inline uint32_t bpf_alu(const struct sock_filter *at, uint32_t a, uint32_t x)
{
    uint32_t operand = BPF_SRC(at->code) == BPF_X ? x : at->k;
    switch (BPF_OP(at->code)) {
    case BPF_ADD:
        return a + operand;
    case BPF_SUB:
        return a - operand;
    case BPF_AND:
        return a & operand;
    case BPF_OR:
        return a | operand;
    case BPF_LSH:
        return a << operand;
    case BPF_RSH:
        return a >> operand;
    default:
        return BPF_RUN_BROKEN;
    }
}

static inline size_t bpf_jump(const struct sock_filter *at, uint32_t a, uint32_t x)
{
    uint32_t operand = BPF_SRC(at->code) == BPF_X ? x : at->k;
    switch (BPF_OP(at->code)) {
    case BPF_JEQ:
        return a == operand ? at->jt : at->jf;
    case BPF_JGT:
        return a > operand ? at->jt : at->jf;
    case BPF_JGE:
        return a >= operand ? at->jt : at->jf;
    case BPF_JSET:
        return (a & operand) != 0 ? at->jt : at->jf;
    default:
        return at->k;
    }
}

// The action (SECCOMP_RET_… with data), or BPF_RUN_BROKEN for a program that the kernel would
// refuse.
static inline uint32_t bpf_run(const struct sock_filter *filter, size_t n,
                               const struct seccomp_data *call)
{
    uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {};
    for (size_t pc = 0; pc < n; pc++) {
        const struct sock_filter *at = &filter[pc];
        switch (BPF_CLASS(at->code)) {
        case BPF_LD:
            if (BPF_MODE(at->code) == BPF_ABS && at->k <= sizeof *call - sizeof a)
                memcpy(&a, (const char *)call + at->k, sizeof a);
            else
                a = BPF_MODE(at->code) == BPF_MEM ? memory[at->k % BPF_MEMWORDS] : at->k;
            break;
        case BPF_LDX:
            x = BPF_MODE(at->code) == BPF_MEM ? memory[at->k % BPF_MEMWORDS] : at->k;
            break;
        case BPF_ST:
            memory[at->k % BPF_MEMWORDS] = a;
            break;
        case BPF_ALU:
            a = bpf_alu(at, a, x);
            break;
        case BPF_JMP:
            pc += bpf_jump(at, a, x);
            break;
        case BPF_RET:
            return BPF_RVAL(at->code) == BPF_A ? a : at->k;
        default:
            return BPF_RUN_BROKEN;
        }
    }
    return BPF_RUN_BROKEN;
}
