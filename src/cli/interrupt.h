// SPDX-License-Identifier: Apache-2.0
// interrupt.h — Ctrl-C in the middle of something long that can be gone on with later.
#pragma once
#include <signal.h>

enum { N_INTERRUPTS = 4 };
struct interrupt {
    sigset_t mask;
    struct sigaction before[N_INTERRUPTS];
};

// From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT end the program with status 128 + n after these
// words, which must stay where they are, even if they were blocked.
void interrupt_arm(struct interrupt *interrupt, const char *last_words);
// As before.
void interrupt_disarm(const struct interrupt *interrupt);
