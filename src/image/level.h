// SPDX-License-Identifier: Apache-2.0
// level.h — inside image/: what this processor can run of its family.
#pragma once

// The x86-64 level (psABI: v1 to v4) of this machine; 1 on other machines.
int level_of_amd64(void);
