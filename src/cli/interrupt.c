// SPDX-License-Identifier: Apache-2.0
// interrupt.c — last words, and the end.
//
// The program ends at once, wherever it is: everything it does can be killed at any instruction
// (ARCHITECTURE.md, I6), so there is nothing to clear up, and nothing to wait for.
#include "cli/interrupt.h"

#include <string.h>
#include <unistd.h>

static const int signals[N_INTERRUPTS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static const char *volatile words_at_end = "";

static void end(int number)
{
    const char *words = words_at_end;
    ssize_t n = write(STDERR_FILENO, words, strlen(words));
    (void)n; // nobody is there to read it: fine
    _exit(128 + number);
}

void interrupt_arm(struct interrupt *interrupt, const char *last_words)
{
    const struct sigaction ends = {.sa_handler = end};
    sigset_t set;
    words_at_end = last_words;
    sigemptyset(&set);
    for (size_t i = 0; i < N_INTERRUPTS; i++) {
        sigaddset(&set, signals[i]);
        (void)sigaction(signals[i], &ends, &interrupt->before[i]); // valid numbers: cannot fail
        // nohup and cron ignore some, and mean it.
        if (interrupt->before[i].sa_handler == SIG_IGN)
            (void)sigaction(signals[i], &interrupt->before[i], NULL);
    }
    (void)sigprocmask(SIG_UNBLOCK, &set, &interrupt->mask);
}

void interrupt_disarm(const struct interrupt *interrupt)
{
    (void)sigprocmask(SIG_SETMASK, &interrupt->mask, NULL);
    for (size_t i = 0; i < N_INTERRUPTS; i++)
        (void)sigaction(signals[i], &interrupt->before[i], NULL);
}
