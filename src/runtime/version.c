// SPDX-License-Identifier: Apache-2.0
// version.c — the one file that the version and the commit are compiled into.
#include "runtime/version.h"

const char runtime_version[] = DHOW_VERSION;
const char runtime_commit[] = DHOW_COMMIT;
