// SPDX-License-Identifier: Apache-2.0
// netdevice.h — a network device of the host moves into a container (config-linux.md, "Network
// Devices").
#pragma once
#include "base/err.h"

// Moves the device `name` of the caller's network namespace into the one of fd `netns`, as
// `new_name` (NULL or "": the name stays). Its permanent addresses of global scope go with it, and
// it is up afterwards. ERR_NOT_FOUND: no such device; ERR_CONFLICT: the name exists there. The
// calling thread is in netns for a moment. On failure the device is where and as it was.
[[nodiscard]] int netdevice_move(const char *name, int netns, const char *new_name,
                                 struct err *err);
// A device name as the kernel takes it: 1 to 15 bytes, no '/', ':', '%', blank, not "." or "..".
[[nodiscard]] int netdevice_check_name(const char *name, struct err *err);
