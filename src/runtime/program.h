// SPDX-License-Identifier: Apache-2.0
// program.h — why the kernel would not run a file that is there (execve(2), elf(5)).
#pragma once

// What the file's beginning says: "its interpreter /bin/bash is not there", "it is for aarch64,
// this machine is x86_64". NULL when it says nothing, or cannot be read. Yours: free.
char *program_flaw(const char *path);
