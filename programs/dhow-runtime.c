// SPDX-License-Identifier: Apache-2.0
// dhow-runtime.c — the OCI runtime: makes, starts and ends containers for engines (src/runtime/).
#include "runtime/commands.h"

int main(int argc, char **argv)
{
    return commands_main(argc, argv);
}
