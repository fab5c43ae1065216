// SPDX-License-Identifier: Apache-2.0
// signal.c — one table of names; the real-time signals are counted.
//
// Numbers are the generic ones of asm-generic/signal.h, as x86, arm and riscv have them.
#include "linux/signal.h"

#include "base/mem.h"
#include "base/str.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum {
    SIGNAL_MAX = 64,   // _NSIG
    REALTIME_MIN = 34, // glibc keeps 32 and 33 for itself
    TEXT_MAX = 16,
};

// clang-format off
static const char *const names[] = {
    [SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL",
    [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE",
    [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1", [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2",
    [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM", [SIGSTKFLT] = "SIGSTKFLT",
    [SIGCHLD] = "SIGCHLD", [SIGCONT] = "SIGCONT", [SIGSTOP] = "SIGSTOP", [SIGTSTP] = "SIGTSTP",
    [SIGTTIN] = "SIGTTIN", [SIGTTOU] = "SIGTTOU", [SIGURG] = "SIGURG", [SIGXCPU] = "SIGXCPU",
    [SIGXFSZ] = "SIGXFSZ", [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGWINCH] = "SIGWINCH",
    [SIGIO] = "SIGIO", [SIGPWR] = "SIGPWR", [SIGSYS] = "SIGSYS",
    [34] = "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5",
    "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGRTMIN+10", "SIGRTMIN+11",
    "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMAX-14", "SIGRTMAX-13",
    "SIGRTMAX-12", "SIGRTMAX-11", "SIGRTMAX-10", "SIGRTMAX-9", "SIGRTMAX-8", "SIGRTMAX-7",
    "SIGRTMAX-6", "SIGRTMAX-5", "SIGRTMAX-4", "SIGRTMAX-3", "SIGRTMAX-2", "SIGRTMAX-1", "SIGRTMAX",
};
// clang-format on

// Second names of the same signals.
static const struct {
    const char *name;
    int number;
} aliases[] = {
    {"SIGIOT", SIGABRT},
    {"SIGCLD", SIGCHLD},
    {"SIGPOLL", SIGIO},
};

const char *signal_name(int number)
{
    return number > 0 && number < (int)N_ELEMENTS(names) ? names[number] : NULL;
}

// "RTMIN+n" and "RTMAX-n", for the halves that the table does not spell.
static bool find_realtime(struct str text, int *out)
{
    bool is_min = str_starts(text, "SIGRTMIN+");
    if (!is_min && !str_starts(text, "SIGRTMAX-"))
        return false;
    uint32_t distance;
    struct str number = {text.at + strlen("SIGRTMIN+"), text.n - strlen("SIGRTMIN+")};
    if (!str_to_u32(number, &distance) || distance > SIGNAL_MAX - REALTIME_MIN)
        return false;
    *out = is_min ? REALTIME_MIN + (int)distance : SIGNAL_MAX - (int)distance;
    return true;
}

static bool find_name(const char *name, int *out)
{
    for (size_t i = 1; i < N_ELEMENTS(names); i++) {
        if (names[i] == NULL || strcmp(names[i], name) != 0)
            continue;
        *out = (int)i;
        return true;
    }
    for (size_t i = 0; i < N_ELEMENTS(aliases); i++) {
        if (strcmp(aliases[i].name, name) != 0)
            continue;
        *out = aliases[i].number;
        return true;
    }
    return find_realtime(str_of(name), out);
}

static char upper(char c)
{
    if (c < 'a' || c > 'z')
        return c;
    return (char)(c - 'a' + 'A');
}

int signal_parse(const char *text, int *out, struct err *err)
{
    uint32_t number;
    char name[TEXT_MAX + sizeof "SIG"] = "SIG";
    size_t n = strlen(text);
    if (str_to_u32((struct str){text, n}, &number) && number >= 1 && number <= SIGNAL_MAX) {
        *out = (int)number;
        return 0;
    }
    if (n > 0 && n <= TEXT_MAX) {
        for (size_t i = 0; i <= n; i++)
            name[3 + i] = upper(text[i]);
        if (find_name(text_starts(name + 3, "SIG") ? name + 3 : name, out))
            return 0;
    }
    return fail(err, ERR_INVALID, "invalid signal: %s", text);
}
