// SPDX-License-Identifier: Apache-2.0
// version.h — which dhow-runtime this is.
#pragma once

extern const char runtime_version[], runtime_commit[];
