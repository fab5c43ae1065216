// SPDX-License-Identifier: Apache-2.0
// program.c — see program.h. It runs in the container, as the container's user: what it reads can
// be anything, and it can do no more than the program itself could.
#include "runtime/program.h"

#include "base/mem.h"
#include "base/str.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { HEAD_MAX = 256, HEADERS_MAX = 64 };

static const struct {
    uint16_t machine;
    uint8_t class; // ELFCLASS…; 0: either
    const char *name;
} machines[] = {
    {EM_X86_64, ELFCLASS64, "x86_64"},
    {EM_386, 0, "i386"},
    {EM_AARCH64, 0, "aarch64"},
    {EM_ARM, 0, "arm"},
    {EM_RISCV, 0, "riscv64"},
    {EM_PPC64, 0, "ppc64"},
    {EM_S390, 0, "s390x"},
    {EM_MIPS, 0, "mips"},
    {EM_LOONGARCH, 0, "loongarch64"},
};

// A script's interpreter: the first word behind "#!".
static char *script_flaw(const char *head, size_t n)
{
    struct str rest = {head + 2, n - 2}, whole = str_cut(&rest, '\n'), line = str_trim(whole);
    size_t length = 0;
    while (length < line.n && line.at[length] != ' ' && line.at[length] != '\t')
        length++;
    AUTO_FREE char *interpreter = xstrndup(line.at, length);
    if (length == 0)
        return xstrdup("its first line names no interpreter");
    if (whole.at[whole.n - 1] == '\r')
        return xstrdup("its lines end with carriage returns, so the interpreter's name does, too");
    if (access(interpreter, F_OK) < 0)
        return str_printf("its interpreter %s is not there", interpreter);
    if (access(interpreter, X_OK) < 0)
        return str_printf("its interpreter %s cannot be executed", interpreter);
    return NULL;
}

// The path in PT_INTERP of a 64-bit program: its loader.
static char *loader_flaw(int fd, const Elf64_Ehdr *elf)
{
    for (size_t i = 0; i < elf->e_phnum && i < HEADERS_MAX; i++) {
        Elf64_Phdr part;
        off_t at = (off_t)(elf->e_phoff + i * sizeof part);
        if (at < 0 || pread(fd, &part, sizeof part, at) != sizeof part)
            return NULL;
        char path[HEAD_MAX] = "";
        if (part.p_type != PT_INTERP || part.p_filesz == 0 || part.p_filesz >= sizeof path)
            continue;
        if (pread(fd, path, part.p_filesz, (off_t)part.p_offset) != (ssize_t)part.p_filesz)
            return NULL;
        return access(path, F_OK) < 0
                   ? str_printf("its loader %s is not there: it is for another C library", path)
                   : NULL;
    }
    return NULL;
}

static char *elf_flaw(int fd, const char *head, size_t n)
{
    Elf64_Ehdr elf;
    struct utsname host;
    if (n < sizeof elf || uname(&host) < 0)
        return NULL;
    memcpy(&elf, head, sizeof elf);
    const char *name = NULL;
    for (size_t i = 0; i < N_ELEMENTS(machines) && name == NULL; i++) {
        bool fits = machines[i].class == 0 || machines[i].class == elf.e_ident[EI_CLASS];
        name = fits && machines[i].machine == elf.e_machine ? machines[i].name : NULL;
    }
    if (name != NULL && strcmp(name, host.machine) != 0)
        return str_printf("it is for %s, this machine is %s", name, host.machine);
    return elf.e_ident[EI_CLASS] == ELFCLASS64 ? loader_flaw(fd, &elf) : NULL;
}

char *program_flaw(const char *path)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char head[HEAD_MAX];
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    if (n < 0)
        return NULL;
    if (n == 0)
        return xstrdup("it is empty");
    if (n > 2 && head[0] == '#' && head[1] == '!')
        return script_flaw(head, (size_t)n);
    if (n > SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
        return elf_flaw(fd, head, (size_t)n);
    return xstrdup("it is neither a program nor a script with a first line like #!/bin/sh");
}
