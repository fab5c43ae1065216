// SPDX-License-Identifier: Apache-2.0
// entry_x86_64.c — what runs before the C library: exec into the protected copy while that is still
// cheap.
//
// The verbs that enter containers must run from a read-only mount (S-7, linux/self.c), which takes
// a second execve. A C library's start is what an execve costs: glibc asks the processor about
// itself some seventy times (CPUID), and under a hypervisor each answer takes microseconds: half a
// millisecond of the four that a container takes. So the first start ends here, with four system
// calls and no library. Whatever does not work is left to self_protect(), which does the same
// later, checks the result, and knows what to do without privileges.
//
// Nothing here may use the C library: it is not set up, not even its thread pointer and its memcpy.
#if defined(__x86_64__) // the Makefile uses it nowhere else
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stddef.h>

static const char own_program[] = "/proc/self/exe";
static const char *const entering_verbs[] = {"create", "run", "exec", "restore"};

static long call(long number, long a, long b, long c, long d, long e)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static bool is_same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool enters_container(char **argv)
{
    for (char **word = argv; *word != NULL; word++)
        for (size_t i = 0; i < sizeof entering_verbs / sizeof *entering_verbs; i++)
            if (is_same(*word, entering_verbs[i]))
                return true;
    return false;
}

void runtime_entry_protect(long *stack);
void runtime_entry_protect(long *stack)
{
    char **argv = (char **)(stack + 1);
    char **envp = argv + stack[0] + 1;
    if (!enters_container(argv))
        return;
    // The file of a mount that is attached nowhere is called "/". Read-only alone would not do:
    // what lies on a read-only /usr can be written as soon as somebody makes /usr writable.
    char name[2];
    bool is_protected = call(__NR_readlink, (long)own_program, (long)name, sizeof name, 0, 0) == 1;
    long tree = is_protected ? -1
                             : call(__NR_open_tree, AT_FDCWD, (long)own_program,
                                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);
    struct mount_attr attributes;
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    attributes.attr_clr = attributes.propagation = attributes.userns_fd = 0;
    if (tree >= 0 && call(__NR_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attributes,
                          sizeof attributes) == 0)
        (void)call(__NR_execveat, tree, (long)"", (long)argv, (long)envp, AT_EMPTY_PATH);
    if (tree >= 0)
        (void)call(__NR_close, tree, 0, 0, 0, 0);
}

// The program's entry point (the linker's -e): the stack is as the kernel left it, and so it is
// handed to the C library's own start. The x86-64 ABI has it aligned to 16 bytes here and before
// each call.
void runtime_entry(void);
__attribute__((naked, used)) void runtime_entry(void)
{
    __asm__("mov %rsp, %rdi\n\t"
            "push %rdx\n\t"
            "sub $8, %rsp\n\t"
            "call runtime_entry_protect\n\t"
            "add $8, %rsp\n\t"
            "pop %rdx\n\t"
            "jmp _start");
}
#endif
