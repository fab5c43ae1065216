// SPDX-License-Identifier: Apache-2.0
// exchange.c — the attacker's move: two names swap what they stand for, atomically.
//
//     exchange A B              once (with sysfault --script: exactly between two system calls)
//     exchange --forever A B    until killed: the free-running second opinion
//
// renameat2(2) with RENAME_EXCHANGE: a directory and a symbolic link, a device and a file; at no
// moment is one missing.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    int is_endless = argc > 1 && strcmp(argv[1], "--forever") == 0;
    if (argc != 3 + is_endless) {
        fputs("usage: exchange [--forever] A B\n", stderr);
        return 2;
    }
    const char *a = argv[1 + is_endless], *b = argv[2 + is_endless];
    do {
        if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0 && !is_endless) {
            fprintf(stderr, "exchange: %s and %s: %s\n", a, b, strerror(errno));
            return 1;
        }
    } while (is_endless);
    return 0;
}
