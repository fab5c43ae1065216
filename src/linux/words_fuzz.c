// SPDX-License-Identifier: Apache-2.0
// words_fuzz.c — every short text that a user or an image hands to this module, at its reader.
#include "base/mem.h"
#include "base/str.h"
#include "linux/lsm.h"
#include "linux/memorypolicy.h"
#include "linux/netdevice.h"
#include "linux/signal.h"
#include "linux/sysctl.h"

#include <assert.h>
#include <string.h>

static void check_sysctl(const char *text)
{
    struct err err;
    char path[SYSCTL_KEY_MAX + 1];
    if (sysctl_path(text, path, &err) < 0)
        return;
    assert(strlen(path) == strlen(text) && path[0] != '/' && strstr(path, "//") == NULL);
    assert(strstr(path, "/../") == NULL && !text_starts(path, "../") && !text_ends(path, "/.."));
}

static void check_list(const char *text)
{
    struct err err;
    struct id_list list;
    if (id_list_parse(text, &list, &err) < 0)
        return;
    unsigned id = 0;
    while (id < ID_LIST_MAX && !id_list_has(&list, id))
        id++;
    assert(id < ID_LIST_MAX); // never an empty set
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    int number = 0;
    struct memory_policy policy;
    AUTO_FREE char *text = xstrndup((const char *)data, size);
    const char *flags[] = {text};
    check_sysctl(text);
    check_list(text);
    if (signal_parse(text, &number, &err) == 0)
        assert(number >= 1 && number <= 64);
    if (netdevice_check_name(text, &err) == 0)
        assert(strlen(text) < 16 && strchr(text, '/') == NULL);
    if (lsm_selinux_check(text, &err) == 0)
        assert(*text == '\0' || (strchr(text, ':') != NULL && strchr(text, '"') == NULL));
    (void)lsm_apparmor_check(text, &err);
    (void)memory_policy_parse("MPOL_BIND", text, flags, 1, &policy, &err);
    return 0;
}
