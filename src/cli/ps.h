// SPDX-License-Identifier: Apache-2.0
// ps.h — containers as rows of a table: of ps, and of system df.
#pragma once
#include "cli/format.h"
#include "ops/container.h"

struct ps_row {
    const struct container_summary *it;
    bool no_trunc;
};
extern const struct row_type ps_rows; // of struct ps_row
