// SPDX-License-Identifier: Apache-2.0
// commands.h — the command line in front of the verbs: one row a command.
//
// Names and flags are those of runc and crun, for their callers are ours (dockerd, containerd,
// podman, conmon).
#pragma once
#include "base/option.h"
#include "runtime/container.h"

// What a command's function gets, and the status that it wants the program to end with.
struct command_call {
    const struct runtime *runtime;
    struct arena *arena;
    const void *options; // of the command's own type
    struct words arguments;
    int exit_code;
};

enum command_flags {
    COMMAND_FIRST = 1 << 0, // the first argument ends the options, what follows is somebody else's
    COMMAND_ROOTLESS = 1 << 1, // needs no directory of containers
    COMMAND_ENTERS =
        1 << 2, // a process of ours becomes one inside: runs from a protected copy (S-7)
};

struct command {
    const char *name, *arguments, *help;
    const struct option *options; // NULL: none
    size_t options_size;
    unsigned flags;
    int min, max; // arguments; max -1: any number
    int failure;  // exit status when it fails; 0 stands for 1
    // How many file descriptors from 3 on the caller means us to have; NULL: none.
    int64_t (*inherits)(const void *options);
    int (*run)(struct command_call *call, struct err *err);
};

extern const struct command create_command, run_command, start_command, state_command, kill_command,
    delete_command, exec_command, list_command, ps_command, pause_command, resume_command,
    update_command, events_command, features_command, spec_command, checkpoint_command,
    restore_command;

// The whole program: exit status.
int commands_main(int argc, char **argv);
